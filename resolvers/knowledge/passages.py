"""The passage of a file that a search found, for those who get the file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from kb_index.asking import Hit
from kb_index.passages import PASSAGE_CHARS
from resolvers.context import Context
from resolvers.knowledge.looking import ArticleView, answers_seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    attachment: str
    name: str
    text: str


async def found_passage(context: Context, hit: Hit, view: ArticleView) -> Passage | None:
    """None where the article says more of what was asked, or the caller gets no answer with the file."""
    told = cast("Mapping[str, object] | None", hit.why.get("attachment"))  # the index's own
    if told is None:
        return None
    file, at = str(told["id"]), cast("int", told["at"])
    if not any(file in answer.attachments for answer in answers_seen(view)):
        return None
    found = await context.loaders.attachments.load(file)
    if found is None:
        return None
    text = await context.loaders.attachment_texts.load(file)
    return Passage(attachment=file, name=found.name, text=text[at : at + PASSAGE_CHARS])


def why_told(hit: Hit, passage: Passage | None) -> Mapping[str, object]:
    """As the index says it; a file by its id and name."""
    why = {name: value for name, value in hit.why.items() if name != "attachment"}
    if passage is not None:
        why["attachment"] = {"id": passage.attachment, "name": passage.name}
    return why
