"""docs/knowledge.md: its examples run one after the other and give what it says; its codes are known."""

import asyncio
import json
import re
import shlex
from pathlib import Path
from urllib.parse import urlsplit

from gateway.errors import CODES
from resolvers.knowledge.exchange import NAMES
from tests.docs.gateway import open_guide_gateway
from tests.platform.callers import RIDES, RIDES_AGENT
from tests.resolvers.knowledge.desk import EDITOR, USER, open_desk

GUIDE = (Path(__file__).parents[2] / "docs" / "knowledge.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(r"^```graphql as (\w+)\n(.*?)^```\n```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SENT = re.compile(r"^```sh\n(curl .*?)^```\n```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CALLERS = {"editor": EDITOR, "publisher": RIDES, "user": USER, "agent": RIDES_AGENT}


def test_the_examples_give_what_the_guide_says(tmp_path: Path) -> None:
    examples = EXAMPLE.findall(GUIDE)
    assert len(examples) == GUIDE.count("```graphql")

    async def run() -> None:
        async with open_desk(tmp_path) as desk:
            for caller, text, told in examples:
                result = await desk.platform.execute(text, principal=CALLERS[caller])
                assert result.errors is None, result.errors
                assert result.data == json.loads(told)
                knowledge = desk.platform.knowledge
                await knowledge.index.reach(await knowledge.feed.position(), wait_s=10)

    asyncio.run(run())


async def test_the_file_is_sent_as_the_guide_says(tmp_path: Path) -> None:
    (command, told), *others = SENT.findall(GUIDE)
    assert not others
    words = shlex.split(command)
    url, body = urlsplit(words[1]), words[words.index("--data-binary") + 1]
    headers = dict(word.split(": ", 1) for word in words if re.match(r"[a-z-]+: ", word))
    async with open_guide_gateway(tmp_path) as gateway:
        editor = gateway.bearer({"sub": "edda", "roles": ["editor"], "units": ["rides"]})
        answer = await gateway.http.post(
            f"{url.path}?{url.query}", content=body.encode(), headers={**headers, **editor}
        )
        expected = json.loads(told)
        assert answer.json() | {"id": expected["id"]} == expected
        file = await gateway.http.get(answer.headers["location"], headers=editor)
        assert file.text == body


def test_what_the_guide_names_is_there() -> None:
    codes = set(re.findall(r"`([A-Z]+_[A-Z_]+)`", GUIDE)) - {"ZERO_RESULTS", "LOW_CONFIDENCE"}
    assert codes <= CODES.keys()
    table = GUIDE.partition("| `kind` |")[2].partition("\n\n")[0]
    named = set(re.findall(r"`(\w+)`", "`kind`" + table))
    assert set(NAMES) - {"id", "expectedRevision", "unit"} <= named
