"""A case ties match, flow, feedback and ticket together; rules stand to each other; who may do what."""

import asyncio
from pathlib import Path

from resolvers.errors import IdempotencyKeyReused
from resolvers.matching.recorder import Recorder
from resolvers.matching.records import FEEDBACK as FEEDBACK_KEPT
from resolvers.ports import Insert
from tests.platform.callers import CARE, LOCAL, RIDES_AGENT
from tests.resolvers.flows.models import chain, task
from tests.resolvers.knowledge.desk import ARTICLE, CARE_EDITOR, EDITOR, GAPS, SYNONYMS, USER, open_desk
from tests.resolvers.matching.rules import (
    CASE,
    DELETE_RULE,
    FEEDBACK,
    LINK,
    RIDER,
    RULES,
    SAID,
    SAVE_RULE,
    STRANGER,
    match,
    names,
    rule,
    save_rules,
    when,
)
from tests.resolvers.matching.test_reads import deploy
from tests.servers.document_stores import StoreData

OPENED = "mutation ($input: StartFlowInput!) { startFlow(input: $input) { tasks { form { values } } } }"
START = """
mutation ($flow: String!, $case: String) {
  startFlow(input: { flowKey: $flow, caseId: $case }) { instance { caseId } }
}
"""


async def test_one_case_id_leads_from_the_match_to_the_ticket(tmp_path: Path, store_data: StoreData) -> None:
    async with open_desk(tmp_path, store_data) as desk:
        await deploy(desk, "swap")
        (saved,) = await save_rules(desk, rule("lock", when(product="bike"), answers=[{"flowKey": "swap"}]))
        found = await match(desk, "it does not open", product="bike")
        case = found["caseId"]
        await desk.ask(START, RIDER, flow="swap", case=case)
        given = {"caseId": case, "ruleId": saved["id"], "helpful": True, "comment": "quick"}
        assert await desk.ask(FEEDBACK, RIDER, input=given) is True
        await desk.ask(LINK, RIDES_AGENT, case=case, system="tickets", ref="T-1")
        linked = await desk.ask(LINK, RIDES_AGENT, case=case, system="tickets", ref="T-1")
        assert [(one["system"], one["ref"]) for one in linked["externalRefs"]] == [("tickets", "T-1")]

        seen = await desk.ask(CASE, RIDER, id=case)
        (record,) = seen["matches"]
        assert (record["ruleName"], record["question"], record["dimensions"]) == (
            "lock",
            "it does not open",
            {"product": "bike"},
        )
        assert [one["flowKey"] for one in seen["instances"]] == ["swap"]
        assert [one["comment"] for one in seen["feedback"]] == ["quick"]
        kinds = {one["kind"] for one in seen["timeline"]}
        assert kinds == {"MATCH", "FLOW_STARTED", "FEEDBACK", "LINK"}
        (hit,) = (await desk.ask(RULES, EDITOR))["nodes"]
        assert hit["hits"] == 1


async def test_a_case_is_its_subjects_and_its_units_agents(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await save_rules(desk, rule("lock", when(product="bike")))
        case = (await match(desk, product="bike"))["caseId"]
        assert (await desk.ask(CASE, RIDER, id=case))["id"] == case
        assert (await desk.ask(CASE, RIDES_AGENT, id=case))["id"] == case
        assert await desk.ask(CASE, STRANGER, id=case) is None
        assert await desk.ask(CASE, CARE, id=case) is None
        assert await desk.ask(CASE, RIDER, id="none") is None
        assert await desk.refused(LINK, STRANGER, case=case, system="s", ref="r") == "CASE_NOT_FOUND"
        given = {"caseId": case, "helpful": False}
        assert await desk.refused(FEEDBACK, STRANGER, input=given) == "CASE_NOT_FOUND"
        await match(desk, caller=STRANGER, more={"caseId": case})
        assert await desk.ask(CASE, STRANGER, id=case) is None, "who comes second does not take a case over"


async def test_mutations_sent_twice_under_one_key_are_done_once(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        article = await desk.publish()
        saved = [await desk.ask(SAVE_RULE, EDITOR, key="k1", input=rule("lock")) for _ in range(2)]
        assert saved[0]["id"] == saved[1]["id"]
        assert len((await desk.ask(RULES, EDITOR))["nodes"]) == 1
        for _ in range(2):
            assert await desk.ask(DELETE_RULE, EDITOR, key="k2", id=saved[0]["id"]) is True
        said = {"articleId": article["id"], "helpful": True, "comment": "once"}
        answers = await asyncio.gather(*(desk.ask(FEEDBACK, USER, key="k3", input=said) for _ in range(4)))
        assert answers == [True] * 4
        for _ in range(2):
            assert (
                await desk.ask(SYNONYMS, EDITOR, key="k4", unit="rides", groups=[["bike", "cycle"]]) is True
            )
        assert [one["comment"] for one in (await desk.ask(SAID, RIDES_AGENT))["nodes"]] == ["once"]
        await desk.platform.matching.recorder.flush()
        assert (await desk.ask(ARTICLE, id=article["id"]))["helpful"] == 1


async def test_a_key_that_comes_with_another_input_is_refused(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await desk.ask(SAVE_RULE, EDITOR, key="k", input=rule("lock"))
        again = await desk.platform.execute(
            SAVE_RULE, {"input": rule("other")}, principal=EDITOR, idempotency_key="k"
        )
        assert again.errors is not None
        assert isinstance(again.errors[0].original_error, IdempotencyKeyReused)


async def test_a_form_takes_over_what_the_answer_started_its_flow_with(tmp_path: Path) -> None:
    fields = {name: {"type": "string"} for name in ("bike", "note")}
    model = chain(
        task("ask", form="lock"), forms={"lock": {"schema": {"type": "object", "properties": fields}}}
    )
    async with open_desk(tmp_path) as desk:
        made = {"key": "lock", "unit": "rides", "model": {"model": model}}
        await desk.ask("mutation ($i: SaveFlowInput!) { saveFlow(input: $i) { key } }", LOCAL, i=made)
        await desk.ask("mutation ($k: String!) { deployFlow(input: { key: $k }) { id } }", LOCAL, k="lock")
        bundle = [{"flowKey": "lock", "variables": {"bike": "dims.bike", "city": "'BJ'"}}]
        await save_rules(desk, rule("lock", when(product="bike"), answers=bundle))
        found = await match(desk, product="bike", bike="B1")
        (item,) = found["solutions"][0]["items"]
        started = await desk.ask(OPENED, RIDER, input={"flowKey": "lock", "variables": item["variables"]})
        assert started["tasks"][0]["form"]["values"] == {"bike": "B1"}


async def test_feedback_that_a_process_left_unsummed_is_summed_once_by_others(
    tmp_path: Path, store_data: StoreData
) -> None:
    async with open_desk(tmp_path, store_data) as desk:
        article, store = await desk.publish(), desk.platform.store
        for number in range(5):
            left = {"id": f"left{number}", "version": 1, "at": desk.platform.knowledge.now(), "helpful": True}
            about = {"article_id": article["id"], "units": ["rides"], "unsummed": True}
            await store.write(Insert(collection=FEEDBACK_KEPT, document={**left, **about}))
        others = [Recorder(store, _no_report) for _ in range(3)]
        running = [asyncio.create_task(one.run()) for one in others]
        async with asyncio.timeout(20):
            while (await desk.ask(ARTICLE, id=article["id"]))["helpful"] < 5:
                pass
        await asyncio.gather(*(one.flush() for one in others))
        for task in running:
            task.cancel()
        assert (await desk.ask(ARTICLE, id=article["id"]))["helpful"] == 5


def _no_report(what: str, fact: object) -> None:
    raise AssertionError((what, fact))


async def test_feedback_is_counted_with_its_article_and_its_question(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        article = await desk.publish("How do I open the lock?")
        for helpful in (True, False, False):
            said = {"articleId": article["id"], "query": "lock?", "helpful": helpful}
            await desk.ask(FEEDBACK, USER, input=said)
        await desk.platform.matching.recorder.flush()
        seen = await desk.ask(ARTICLE, USER, id=article["id"])
        assert (seen["helpful"], seen["unhelpful"]) == (1, 2)
        (gap,) = await desk.ask(GAPS, RIDES_AGENT, kind="UNHELPFUL")
        assert (gap["query"], gap["count"]) == ("lock?", 2)
        wanted = {"articleId": article["id"], "helpful": False}
        assert len((await desk.ask(SAID, RIDES_AGENT, filter=wanted))["nodes"]) == 2
        assert (await desk.ask(SAID, CARE_EDITOR, filter=wanted))["nodes"] == []
        assert await desk.refused(FEEDBACK, USER, input={"helpful": True}) == "BAD_USER_INPUT"


async def test_rules_are_their_units_to_save_and_delete(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        for nobody in (RIDER, RIDES_AGENT, CARE_EDITOR):
            assert await desk.refused(SAVE_RULE, nobody, input=rule("lock")) == "ACCESS_DENIED"
        (saved,) = await save_rules(desk, rule("lock", when(product="bike")))
        assert await desk.refused(DELETE_RULE, CARE_EDITOR, id=saved["id"]) == "RULE_NOT_FOUND"
        assert await desk.refused(DELETE_RULE, EDITOR, id="none") == "RULE_NOT_FOUND"
        taken = rule("mine", id=saved["id"], unit="care")
        assert await desk.refused(SAVE_RULE, CARE_EDITOR, input=taken) == "ACCESS_DENIED"
        assert (await desk.ask(RULES, CARE_EDITOR))["nodes"] == []
        assert await names(desk, product="bike") == ["lock"]
        await save_rules(desk, rule("lock 2", when(product="car"), id=saved["id"]))
        assert (await names(desk, product="bike"), await names(desk, product="car")) == ([], ["lock 2"])
        assert await desk.ask(DELETE_RULE, EDITOR, id=saved["id"]) is True
        assert await names(desk, product="car") == []


async def test_overlaps_and_shadows_are_told_when_a_rule_is_saved(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        saved = await save_rules(
            desk,
            rule("bj", when(city="BJ")),
            rule("bj or sh", when(city=["BJ", "SH"])),
            rule("all of bj", when(city="BJ"), priority=5, id="wide"),
            rule("narrow", when(city="BJ", product="bike")),
            rule("sz", when(city="SZ", product="bike")),
        )
        codes = [{one["code"] for one in each["problems"]} for each in saved]
        assert codes == [
            set(),
            {"RULE_OVERLAP"},
            {"RULE_SHADOWS", "RULE_OVERLAP"},
            {"RULE_SHADOWED", "RULE_OVERLAP"},
            set(),
        ]
        assert "'bj'" in saved[1]["problems"][0]["message"]


async def test_a_rule_saved_by_another_worker_is_followed(tmp_path: Path, store_data: StoreData) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    async with open_desk(here, store_data) as one, open_desk(there, store_data) as other:
        (saved,) = await save_rules(one, rule("lock", when(product="bike")))
        rules = other.platform.matching.keeper
        async with asyncio.timeout(30):
            while saved["id"] not in rules.book.rules:  # noqa: ASYNC110  # news of the store: nothing here to wait on
                await asyncio.sleep(0.01)
            assert await names(other, product="bike") == ["lock"]
            await one.ask(DELETE_RULE, EDITOR, id=saved["id"])
            while saved["id"] in rules.book.rules:  # noqa: ASYNC110  # news of the store: nothing here to wait on
                await asyncio.sleep(0.01)
        assert await names(other, product="bike") == []
