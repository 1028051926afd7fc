"""A failing API hurts only what needs it; limits and deadlines are failures of the fields they hit."""

import asyncio

from engine.resource.calls import UPSTREAM_UNREACHABLE, CallFailed
from engine.resource.run.execution import Written
from engine.resource.run.runtime import Runtime
from tests.engine.resource.run.operations import (
    Asked,
    Upstream,
    ask,
    codes_of,
    data_of,
    registry_of,
    status,
)

SDL = """
type Query {
  shop: Shop @connect(source: "s", http: { GET: "/shop" }, selection: "id owner: { id: ownerId }")
  one: Int @connect(source: "s", http: { GET: "/one" }, selection: "$.v")
  two: Int @connect(source: "s", http: { GET: "/two" }, selection: "$.v")
}
type Mutation {
  rename(name: String!): Shop
    @connect(source: "s", http: { POST: "/rename?name={$args.name}" }, selection: "id owner: { id: ownerId }")
}
type Shop {
  id: ID
  plain: Int @connect(source: "s", http: { GET: "/plain?id={$this.id}" }, selection: "$.v")
  after: Int @connect(source: "s", http: { GET: "/after?v={$this.plain}" }, selection: "$.v")
  kept: Int @connect(source: "s", http: { GET: "/kept" }, selection: "$.v", onError: DEFAULT, default: 9)
  vital: Int @connect(source: "s", http: { GET: "/vital" }, selection: "$.v", onError: FAIL)
  owner: Owner
}
type Owner @key(fields: "id") @connect(source: "s", http: { GET: "/owner/{$this.id}" }, selection: "id name")
{ id: ID! name: String }
"""
REGISTRY = registry_of(SDL)


def failing(*paths: str) -> Upstream:
    """An upstream where these paths answer 503."""

    def reply(path: str, _query: dict[str, str]) -> object:
        return status(503) if path in paths else {"v": 1, "id": "1", "ownerId": "5", "name": "ann"}

    return Upstream(reply=reply)


def asked(query: str) -> Asked:
    return Asked(registry=REGISTRY, query=query)


def test_a_failed_call_nulls_its_field_and_what_depends_on_it_alone() -> None:
    upstream = failing("/plain")

    written = ask(asked("{ shop { id plain after owner { name } } one }"), upstream)

    shop = {"id": "1", "plain": None, "after": None, "owner": {"name": "ann"}}
    assert data_of(written) == {"shop": shop, "one": 1}
    assert codes_of(written) == [("shop.plain", "UPSTREAM_STATUS"), ("shop.after", "UPSTREAM_STATUS")]
    assert not any(url.startswith("/after") for url in upstream.urls)


def test_an_error_tells_source_api_and_status() -> None:
    written = ask(asked("{ one }"), failing("/one"))

    failure, path = written.errors[0]
    assert path == ("one",)
    assert failure.facts == {
        "source": "s",
        "connector": "Query.one",
        "httpStatus": 503,
        "attempt": 1,
        "retryable": True,
    }


def test_an_upstream_out_of_reach_is_told_by_its_own_code() -> None:
    lost = CallFailed(code=UPSTREAM_UNREACHABLE, message="no connection", retryable=True)

    written = ask(asked("{ one two }"), Upstream(reply=lambda path, _: lost if path == "/one" else {"v": 2}))

    assert data_of(written) == {"one": None, "two": 2}
    assert codes_of(written) == [("one", "UPSTREAM_UNREACHABLE")]


def test_on_error_default_gives_the_default_without_an_error() -> None:
    written = ask(asked("{ shop { kept } }"), failing("/kept"))

    assert data_of(written) == {"shop": {"kept": 9}}
    assert not written.errors


def test_on_error_fail_nulls_the_whole_parent() -> None:
    written = ask(asked("{ shop { id vital } }"), failing("/vital"))

    assert data_of(written) == {"shop": None}
    assert codes_of(written) == [("shop.vital", "UPSTREAM_STATUS")]


def test_an_entity_that_is_no_object_fills_nothing() -> None:
    def reply(path: str, _query: dict[str, str]) -> object:
        return ["ann"] if path == "/owner/5" else {"ownerId": "5"}

    written = ask(asked("{ shop { owner { id name } } }"), Upstream(reply=reply))

    assert data_of(written) == {"shop": {"owner": {"id": "5", "name": None}}}
    assert codes_of(written) == [("shop.owner.name", "MAPPING_ERROR")]


def test_calls_beyond_the_limit_are_not_made() -> None:
    upstream = failing()

    written = ask(Asked(registry=REGISTRY, query="{ one two }", max_calls=1), upstream)

    assert len(upstream.calls) == 1
    assert [code for _, code in codes_of(written)] == ["CALL_LIMIT"]


def test_what_is_not_known_when_the_time_is_up_is_deadline_exceeded() -> None:
    async def run() -> tuple[Written, Upstream]:
        never = asyncio.Event()
        upstream = Upstream(reply=lambda _path, _query: {"v": 1}, hold=never)
        execution, _ = asked("{ one shop { id } }").start(Runtime(transport=upstream))
        await execution.run_within(0)
        return execution.write(), upstream

    written, _ = asyncio.run(run())

    assert data_of(written) == {"one": None, "shop": None}
    assert codes_of(written) == [("one", "DEADLINE_EXCEEDED"), ("shop", "DEADLINE_EXCEEDED")]


def test_fields_known_before_the_deadline_are_answered() -> None:
    async def run() -> Written:
        def reply(_path: str, _query: dict[str, str]) -> object:
            upstream.hold = asyncio.Event()  # the first call is answered, the next waits
            return {"id": "1"}

        upstream = Upstream(reply=reply)
        execution, _ = asked("{ shop { id plain } }").start(Runtime(transport=upstream))
        running = asyncio.create_task(execution.run())
        for _ in range(20):  # turns of the loop, more than any step needs
            await asyncio.sleep(0)
        assert upstream.urls == ["/shop", "/plain?id=1"]
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return execution.write()

    written = asyncio.run(run())

    assert data_of(written) == {"shop": {"id": "1", "plain": None}}
    assert codes_of(written) == [("shop.plain", "DEADLINE_EXCEEDED")]


def test_fields_of_a_mutation_run_in_order_and_see_what_was_written_before() -> None:
    names: list[str] = []

    def reply(path: str, query: dict[str, str]) -> object:
        if path == "/rename":
            names.append(query["name"])
            return {"id": "1", "ownerId": "5"}
        return {"id": "5", "name": names[-1]}

    query = 'mutation { a: rename(name: "x") { owner { name } } b: rename(name: "y") { owner { name } } }'
    upstream = Upstream(reply=reply)

    written = ask(asked(query), upstream)

    assert upstream.urls == ["/rename?name=x", "/owner/5", "/rename?name=y", "/owner/5"]
    assert data_of(written) == {"a": {"owner": {"name": "x"}}, "b": {"owner": {"name": "y"}}}


def test_a_root_field_of_a_mutation_is_never_collapsed_with_its_twin() -> None:
    upstream = failing()

    ask(asked('mutation { a: rename(name: "x") { id } b: rename(name: "x") { id } }'), upstream)

    assert upstream.urls == ["/rename?name=x", "/rename?name=x"]


def test_a_value_that_does_not_fit_names_the_api_that_gave_it() -> None:
    sdl = """
    type Query {
      shop: Shop @connect(source: "s", id: "shops", http: { GET: "/shop" }, selection: "open lists { id } owner { id }")
    }
    type Shop { open: Boolean owner: Owner lists: [Owner!]! }
    type Owner @key(fields: "id")
      @connect(source: "s", id: "owners", http: { GET: "/owner/{$this.id}" }, selection: "id age name") {
      id: ID! age: Int name: String!
    }
    """  # noqa: E501 # directives read better whole
    shop = {"open": "no", "lists": [None, {"id": "1"}], "owner": {"id": "1"}}
    upstream = Upstream(reply=lambda path, _: shop if path == "/shop" else {"id": "1", "age": "old"})

    def told(query: str) -> dict[str, object]:
        written = ask(Asked(registry=registry_of(sdl), query=query), upstream)
        return {".".join(map(str, path)): failure.facts.get("connector") for failure, path in written.errors}

    assert told("{ shop { open owner { age } } }") == {"shop.open": "shops", "shop.owner.age": "owners"}
    assert told("{ shop { lists { id } } }") == {"shop.lists.0": "shops"}
    assert told("{ shop { owner { name } } }") == {"shop.owner.name": "owners"}
