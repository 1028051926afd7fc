"""Words that mean the same to a unit: saved by its editors, looked up for every question."""

from collections.abc import Sequence

from kb_index.synonyms import MAX_GROUP
from resolvers.context import Context
from resolvers.idempotency import IdempotencyKey
from resolvers.knowledge.access import admit_editor
from resolvers.knowledge.errors import SynonymsInvalid
from resolvers.knowledge.records import SYNONYMS
from resolvers.knowledge.repeating import request_of
from resolvers.ports import Insert, Replace
from resolvers.store_errors import UniqueConflict, VersionConflict

MAX_GROUPS = 1_000
MAX_PHRASE = 100  # characters
MAX_RACES = 20  # other writers that may win before this one gives up

Groups = Sequence[Sequence[str]]


async def save_synonyms(
    context: Context, unit: str, groups: Groups, *, key: IdempotencyKey | None = None
) -> None:
    """Replace the unit's groups. Raises `AccessDenied`, `SynonymsInvalid`, `IdempotencyKeyReused`."""
    admit_editor(context.principal, unit)
    kept = [list(dict.fromkeys(phrase.strip() for phrase in group)) for group in groups]
    _check(kept)
    store = context.knowledge.store
    request = request_of(context, key, {"saveSynonyms": unit, "groups": kept})
    for _ in range(MAX_RACES):
        if request is not None and await request.find_result(store) is not None:
            return
        before = await store.find(SYNONYMS, unit)
        document = {"id": unit, "groups": kept, "version": 1 if before is None else before["version"] + 1}
        write = Insert if before is None else Replace
        try:
            remembered = [] if request is None else [request.remember({}, at=context.knowledge.now())]
            await store.write(write(collection=SYNONYMS, document=document), *remembered)
        except (UniqueConflict, VersionConflict):
            continue
        context.knowledge.synonyms.forget()
        return
    raise SynonymsInvalid(reason="others keep changing them: try again")


def _check(groups: Sequence[Sequence[str]]) -> None:
    if len(groups) > MAX_GROUPS:
        raise SynonymsInvalid(reason=f"there are more than {MAX_GROUPS} groups")
    for nth, group in enumerate(groups):
        if not 2 <= len(group) <= MAX_GROUP:
            raise SynonymsInvalid(reason=f"groups[{nth}] needs 2 to {MAX_GROUP} different phrases")
        if not all(0 < len(phrase) <= MAX_PHRASE for phrase in group):
            raise SynonymsInvalid(reason=f"groups[{nth}] has a phrase that is empty or too long")
