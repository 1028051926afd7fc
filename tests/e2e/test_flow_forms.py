"""Forms over HTTP in the language of who asks: by argument, by header, and the problems of a commit."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.e2e.flow_client import (
    BACK,
    COMMIT,
    Caller,
    begin,
    end,
    model,
    open_flow_site,
    task,
    task_of,
)
from tests.servers.gateway import Gateway
from tests.servers.gateway_fixtures import Serve

FORM = """
query ($id: ID!, $channel: String, $language: String) {
  task(id: $id) { form(channel: $channel, language: $language) { language ui } }
}
"""
LOCK = {
    "schema": {
        "type": "object",
        "x-language": "en",
        "required": ["fault"],
        "properties": {
            "fault": {
                "title": "What is wrong?",
                "enum": ["OPEN", "SHUT"],
                "x-i18n": {"zh": {"title": "怎么了？", "x-labels": {"OPEN": "打不开"}}},
            }
        },
    }
}
ASKING = model(begin(), task("ask", form="lock"), end(), forms={"lock": LOCK})


@pytest.fixture(scope="module")
def site(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serve(tmp_path_factory.mktemp("forms"), "--dev-auth") as running:
        yield running


def reading(caller: Caller, languages: str) -> Caller:
    return replace(caller, headers={**caller.headers, "accept-language": languages})


async def test_a_form_is_shown_in_the_language_of_the_header_or_the_argument(site: Gateway) -> None:
    async with open_flow_site(site) as flows:
        started = await flows.owner.start(await flows.operator.deploy(ASKING))
        asked = {"id": task_of(started, "ask"), "channel": "web"}
        chinese = reading(flows.owner, "fr, zh-CN;q=0.9, en;q=0.1")
        for caller, given, language, title in (
            (flows.owner, {}, "en", "What is wrong?"),
            (chinese, {}, "zh", "怎么了？"),
            (chinese, {"language": "en"}, "en", "What is wrong?"),
            (flows.owner, {"language": "zh-Hans-CN"}, "zh", "怎么了？"),
            (flows.owner, {"language": "nonsense!"}, "en", "What is wrong?"),
        ):
            form = (await caller.must(FORM, **asked, **given))["form"]
            assert (form["language"], form["ui"]["fields"][0]["title"]) == (language, title)


async def test_what_is_wrong_with_a_commit_is_told_in_the_language_of_the_header(site: Gateway) -> None:
    async with open_flow_site(site) as flows:
        started = await flows.owner.start(await flows.operator.deploy(ASKING))
        given = {"taskId": task_of(started, "ask"), "variables": {"fault": "BROKEN"}}
        told = {}
        for languages in ("zh-CN", "en"):
            reply = await reading(flows.owner, languages).ask(COMMIT, input=given)
            [problem] = reply.errors[0]["extensions"]["problems"]
            told[languages] = problem["message"]
        assert told == {
            "zh-CN": "怎么了？必须是以下之一：打不开、SHUT。",
            "en": "What is wrong? must be one of: OPEN, SHUT.",
        }


NOTED = {
    "schema": {
        "type": "object",
        "properties": {"reason": {"type": "string"}, "note": {"type": "string"}},
        "required": ["reason"],
    }
}


async def test_after_going_back_what_is_left_out_stays_and_null_empties(site: Gateway) -> None:
    async with open_flow_site(site) as flows:
        asking = model(begin(), task("ask", form="f"), task("tell"), end(), forms={"f": NOTED})
        taken = await flows.owner.start(await flows.operator.deploy(asking))
        for given, variables in (
            ({"reason": "late", "note": "call back"}, {"reason": "late", "note": "call back"}),
            ({"reason": "broken"}, {"reason": "broken", "note": "call back"}),
            ({"note": None}, {"reason": "broken"}),
        ):
            reply = await flows.owner.commit(task_of(taken, "ask"), **given)
            committed = reply.data["commitTask"]
            assert committed["instance"]["variables"] == variables
            taken = await flows.owner.must(BACK, input={"taskId": task_of(committed, "tell")})
        refused = await flows.owner.commit(task_of(taken, "ask"), reason=None)
        assert refused.errors[0]["extensions"]["code"] == "FORM_INVALID"
