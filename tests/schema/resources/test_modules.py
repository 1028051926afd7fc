"""Modules, their history, checks and rollbacks as clients read them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from graphql import parse

from resolvers.loaders import Loaders
from resolvers.ports import Collection, Document
from resolvers.resources.errors import ModuleVersionConflict, ResourcesInvalid
from tests.platform.callers import CARE, READER, RIDES
from tests.platform.modules import SECRET_HEADER, sdl
from tests.platform.opened import SCHEMA, OpenPlatform, open_platform
from tests.schema.answers import answer_of, refusal_of

PUBLISH = "mutation P($input: ResourcesInput!) { publishResources(input: $input) { version } }"
ROLLBACK = """
mutation R($module: String!, $to: Int!) { rollbackResources(module: $module, toVersion: $to) { version sdl } }
"""
LIST = "{ resourceModules { name version history { version } problems { code } } }"
CHECK = """
query C($input: ResourcesInput!) {
  checkResources(input: $input) {
    ok
    problems { code severity message module line column suggestion }
    changes { coordinate kind breaking usedBy }
  }
}
"""


class CountingStore:
    """The platform's store as loaders use it, counting."""

    def __init__(self, platform: OpenPlatform) -> None:
        self._store = platform.store
        self.calls = 0

    async def load_many(self, collection: Collection, ids: Sequence[str]) -> list[Document | None]:
        self.calls += 1
        return await self._store.load_many(collection, ids)


async def publish(platform: OpenPlatform, **given: object) -> None:
    answer_of(await platform.execute(PUBLISH, {"input": {"module": "bikes", "sdl": sdl(), **given}}))


async def test_modules_are_listed_by_name_with_their_histories_in_one_read(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        for n in (3, 1, 2):
            await publish(platform, module=f"m{n}", sdl=sdl(f"bike{n}", type_name=f"Bike{n}"))
        changed = sdl("bike2", type_name="Bike2", more="tag: Int @value(const: 1)")
        await publish(platform, module="m2", sdl=changed)
        store = CountingStore(platform)
        loaders = Loaders(store, platform.store)  # pyright: ignore[reportArgumentType]  # the part of a store that loaders use
        context = replace(platform.context(READER), loaders=loaders)
        modules = answer_of(await SCHEMA.execute(parse(LIST), {}, context))["resourceModules"]
        assert [(m["name"], m["version"], [v["version"] for v in m["history"]]) for m in modules] == [
            ("m1", 1, [1]),
            ("m2", 2, [2, 1]),
            ("m3", 1, [1]),
        ]
        assert store.calls == 1


async def test_a_list_without_histories_reads_nothing(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(platform)
        result = await platform.execute("{ resourceModules { name } }", principal=READER)
        assert answer_of(result) == {"resourceModules": [{"name": "bikes"}]}


async def test_one_module_is_found_by_name_and_another_is_null(tmp_path: Path) -> None:
    query = '{ here: resourceModule(name: "bikes") { unit } gone: resourceModule(name: "x") { unit } }'
    async with open_platform(tmp_path) as platform:
        await publish(platform)
        result = await platform.execute(query, principal=READER)
        assert answer_of(result) == {"here": {"unit": "rides"}, "gone": None}


async def test_rollback_makes_a_new_version_and_another_unit_may_not(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(platform)
        await publish(platform, sdl=sdl(more="tag: Int @value(const: 1)"))
        variables = {"module": "bikes", "to": 1}
        other_unit = await platform.execute(ROLLBACK, variables, principal=CARE)
        own = await platform.execute(ROLLBACK, variables, principal=RIDES)
        assert refusal_of(other_unit) == "ACCESS_DENIED"
        assert answer_of(own)["rollbackResources"] == {"version": 3, "sdl": sdl()}


async def test_rollback_of_an_unknown_module_or_version_is_refused(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        unknown = await platform.execute(ROLLBACK, {"module": "bikes", "to": 1})
        await publish(platform)
        no_version = await platform.execute(ROLLBACK, {"module": "bikes", "to": -1})
        assert refusal_of(unknown) == "MODULE_NOT_FOUND"
        assert refusal_of(no_version) == "MODULE_VERSION_NOT_FOUND"


async def test_the_header_makes_a_repeat_return_the_first_result(tmp_path: Path) -> None:
    variables = {"input": {"module": "bikes", "sdl": sdl(), "expectedVersion": 0}}
    async with open_platform(tmp_path) as platform:
        first = await platform.execute(PUBLISH, variables, idempotency_key="k")
        repeat = await platform.execute(PUBLISH, variables, idempotency_key="k")
        without = await platform.execute(PUBLISH, variables)
        assert answer_of(first) == answer_of(repeat)
        assert refusal_of(without) == "VERSION_CONFLICT"
        assert without.errors is not None
        assert isinstance(without.errors[0].original_error, ModuleVersionConflict)


async def test_the_header_with_another_input_is_refused(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await platform.execute(PUBLISH, {"input": {"module": "a", "sdl": sdl()}}, idempotency_key="k")
        other = {"input": {"module": "b", "sdl": sdl()}}
        assert refusal_of(await platform.execute(PUBLISH, other, idempotency_key="k")) == (
            "IDEMPOTENCY_KEY_REUSED"
        )


async def test_two_fields_under_one_header_are_two_requests(tmp_path: Path) -> None:
    text = """
    mutation P($one: ResourcesInput!, $two: ResourcesInput!) {
      one: publishResources(input: $one) { name }
      two: publishResources(input: $two) { name }
    }
    """
    variables = {
        "one": {"module": "a", "sdl": sdl("a", type_name="A")},
        "two": {"module": "b", "sdl": sdl("b", type_name="B")},
    }
    async with open_platform(tmp_path) as platform:
        result = await platform.execute(text, variables, idempotency_key="k")
        assert answer_of(result) == {"one": {"name": "a"}, "two": {"name": "b"}}


async def test_checking_tells_problems_with_their_place(tmp_path: Path) -> None:
    variables = {"input": {"module": "bikes", "sdl": "type Query {\n  a: Strin @value(const: 1)\n}"}}
    async with open_platform(tmp_path) as platform:
        result = await platform.execute(CHECK, variables, principal=READER)
        report = answer_of(result)["checkResources"]
        assert report["ok"] is False
        (problem,) = [p for p in report["problems"] if p["code"] == "UNKNOWN_TYPE"]
        assert (problem["module"], problem["line"], problem["severity"]) == ("bikes", 2, "ERROR")
        assert "String" in problem["suggestion"]


async def test_checking_tells_what_would_change(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(platform, sdl=sdl(more="tag: Int @value(const: 1)"))
        result = await platform.execute(CHECK, {"input": {"module": "bikes", "sdl": sdl()}}, principal=READER)
        report = answer_of(result)["checkResources"]
        assert report["ok"] is True
        assert report["changes"] == [
            {"coordinate": "Bike.tag", "kind": "FIELD_REMOVED", "breaking": True, "usedBy": []}
        ]


async def test_publishing_what_does_not_compose_carries_its_problems(tmp_path: Path) -> None:
    variables = {"input": {"module": "bikes", "sdl": sdl(more="owner: Nobody")}}
    async with open_platform(tmp_path) as platform:
        result = await platform.execute(PUBLISH, variables)
        assert refusal_of(result) == "RESOURCES_INVALID"
        assert result.errors is not None
        cause = result.errors[0].original_error
        assert isinstance(cause, ResourcesInvalid)
        assert cause.problems[0].code == "UNKNOWN_TYPE"


@pytest.mark.parametrize("config", ["text", [1], 3])
async def test_configuration_that_is_no_object_is_refused(config: object, tmp_path: Path) -> None:
    variables = {"input": {"module": "bikes", "sdl": sdl(), "config": config}}
    async with open_platform(tmp_path) as platform:
        assert refusal_of(await platform.execute(PUBLISH, variables)) == "BAD_USER_INPUT"


async def test_configuration_reaches_the_module_and_null_leaves_it(tmp_path: Path) -> None:
    text = sdl(header=SECRET_HEADER)
    async with open_platform(tmp_path) as platform:
        await publish(platform, sdl=text, config={"key": "v", "deep": {"list": [1, None]}})
        await publish(platform, sdl=text + "# newer", config=None)
        module = platform.revisions.current().modules["bikes"]
        assert module.config == {"key": "v", "deep": {"list": [1, None]}}


async def test_explain_tells_the_plan(tmp_path: Path) -> None:
    text = """
    query E($v: JSON) {
      explain(query: "query N { demo { f1 } }", variables: $v, operationName: "N") {
        groups { fields calls { api source method url wave batch dependsOn neededBy } }
        bound maxWaves text mermaid
      }
    }
    """
    async with open_platform(tmp_path) as platform:
        plan = answer_of(await platform.execute(text, {"v": {"id": 1}}, principal=READER))["explain"]
        (group,) = plan["groups"]
        (call,) = group["calls"]
        assert (plan["bound"], plan["maxWaves"], plan["text"]) == ("1", 1, "N")
        assert call["dependsOn"] == ["rita", "id"]


async def test_explain_refuses_what_does_not_parse_and_variables_that_are_no_object(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        unparsed = await platform.execute('{ explain(query: "{ a") { bound } }', principal=READER)
        no_object = await platform.execute('{ explain(query: "{ a }", variables: [1]) { bound } }')
        assert refusal_of(unparsed) == "GRAPHQL_PARSE_FAILED"
        assert refusal_of(no_object) == "BAD_USER_INPUT"
