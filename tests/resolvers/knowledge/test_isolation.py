"""S13: whatever is asked in whichever way, no word of an article that the asker may not see comes back."""

import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.access import Principal
from tests.resolvers.knowledge.desk import ARTICLE, LIST, PUBLISH, SAVE, SEARCH, SUGGEST, Desk, open_desk
from tests.resolvers.knowledge.test_import import EXPORT

ARTICLES = 24
ASKED = 400
UNITS = ("rides", "shop")
AUDIENCES = ([], ["agent"], ["vip"], ["user", "vip"])
CALLERS = [
    Principal(subject="anybody"),
    Principal(subject="user", roles=frozenset({"user"})),
    Principal(subject="vip", roles=frozenset({"vip"}), channel="app"),
    Principal(subject="claimed", roles=frozenset({"vip"}), claims={"audiences": ["user"]}),
    *(Principal(subject=f"agent {u}", roles=frozenset({"agent"}), units=frozenset({u})) for u in UNITS),
    *(Principal(subject=f"user {u}", roles=frozenset({"user"}), units=frozenset({u})) for u in UNITS),
    Principal(subject="both", roles=frozenset({"editor"}), units=frozenset(UNITS)),
]
MEMBER = Principal(subject="root", roles=frozenset({"admin"}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """An article, its word, and for whom it is."""

    id: str
    word: str
    unit: str
    audiences: list[str]
    published: bool

    def is_for(self, caller: Principal) -> bool:
        if caller.units and self.unit not in caller.units:
            return False
        staff = not caller.roles.isdisjoint({"agent", "editor"})
        claimed = caller.claims.get("audiences")
        mine = set(claimed) if isinstance(claimed, list) else set(caller.roles)
        meant = staff or not self.audiences or bool(mine & set(self.audiences))
        return self.unit in caller.units or (self.published and meant)


async def test_no_caller_is_told_a_word_of_what_is_not_for_it(tmp_path: Path) -> None:
    chance = random.Random(13)
    async with open_desk(tmp_path) as desk:
        secrets = [await write(desk, chance, number) for number in range(ARTICLES)]
        for secret in secrets:
            await relate(desk, secret, [one.id for one in chance.sample(secrets, 3)])
        await desk.search("word", MEMBER)  # all of it is in the index
        told = 0
        for _ in range(ASKED):
            caller = chance.choice(CALLERS)
            answer = json.dumps(await ask(desk, chance, caller, chance.choice(secrets)))
            leaked = [one for one in secrets if one.word in answer and not one.is_for(caller)]
            assert not leaked, (caller, leaked, answer)
            told += any(one.word in answer for one in secrets)
        assert told > ASKED / 4, "the questions lead to nothing: they prove nothing"


async def write(desk: Desk, chance: random.Random, number: int) -> Secret:
    word = "".join(chance.choices("bcdfghjklmnpqrstvwxz", k=9))
    unit, audiences = chance.choice(UNITS), chance.choice(AUDIENCES)
    saved = await desk.ask(
        SAVE,
        MEMBER,
        input={
            "unit": unit,
            "question": f"word {word} in a question",
            "similar": [f"similar {word}"],
            "answers": [{"body": f"an answer with {word}"}],
            "attributes": {"secret": word},
            "category": ["all", word],
            "tags": [word],
            "audiences": audiences,
            "pinnedFor": [f"pinned {word}"],
        },
    )
    published = chance.random() < 0.8
    if published:
        await desk.ask(PUBLISH, MEMBER, id=saved["id"])
    return Secret(id=saved["id"], word=word, unit=unit, audiences=audiences, published=published)


async def relate(desk: Desk, secret: Secret, others: list[str]) -> None:
    before = await desk.ask(ARTICLE, MEMBER, id=secret.id)
    names = ("id", "unit", "question", "similar", "attributes", "category", "tags", "audiences", "pinnedFor")
    given = {name: before[name] for name in names}
    body = [{"body": before["answers"][0]["body"]}]
    await desk.ask(SAVE, MEMBER, input={**given, "answers": body, "related": others})
    if secret.published:
        await desk.ask(PUBLISH, MEMBER, id=secret.id)


async def ask(desk: Desk, chance: random.Random, caller: Principal, about: Secret) -> Any:  # Any: JSON
    """In one of all ways, right or with a typo that a correction might complete."""
    near = about.word[:4] + chance.choice("aeiou") + about.word[5:]
    query = chance.choice(["word", about.word, f"similar {near}", f"pinned {about.word}", near])
    way = chance.randrange(6)
    if way == 0:
        found = await desk.ask(SEARCH, caller, input={"query": query, "first": 50})
        del found["pageInfo"]  # a cursor repeats what was asked
        for hit in found["hits"]:
            hit["why"].pop("terms", None)  # of what was asked
        return found
    if way == 1:
        return await desk.ask(SUGGEST, caller, prefix=chance.choice(["word", "sim", about.word[:3]]))
    if way == 2:
        return await desk.ask(ARTICLE, caller, id=about.id)
    if way == 3:
        return await desk.ask(LIST.replace("id status", "id question tags attributes"), caller, first=50)
    if way == 4:
        return await desk.ask(EXPORT, caller, format=chance.choice(["csv", "jsonl"]))
    scoped = {"query": "word", "scope": {"unit": about.unit, "audience": chance.choice(["vip", "agent"])}}
    return (await desk.ask(SEARCH, caller, input=scoped))["facets"]
