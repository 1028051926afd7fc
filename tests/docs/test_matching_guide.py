"""docs/matching.md: its rules are saved, and its questions get the answers it tells."""

import asyncio
import re
from pathlib import Path
from typing import Any

import orjson

from tests.resolvers.knowledge.desk import EDITOR, USER, open_desk
from tests.resolvers.matching.rules import MATCH, SAVE_RULE

TEXT = (Path(__file__).parents[2] / "docs" / "matching.md").read_text("utf-8")
BLOCK = re.compile(r"^```json (rule|ask|answer)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_guides_questions_get_the_guides_answers(tmp_path: Path) -> None:
    asyncio.run(ask_the_guide(tmp_path))


async def ask_the_guide(tmp_path: Path) -> None:
    asked: Any = None  # JSON
    told = 0
    async with open_desk(tmp_path) as desk:
        for kind, text in BLOCK.findall(TEXT):
            given = orjson.loads(text)
            if kind == "rule":
                await desk.ask(SAVE_RULE, EDITOR, input=given)
            elif kind == "ask":
                asked = given
            else:
                found = await desk.ask(MATCH, USER, input=asked)
                rules = [one["rule"]["name"] for one in found["solutions"]]
                assert {"rules": rules, "ask": found["ask"]} == given
                told += 1
    assert told == 2
