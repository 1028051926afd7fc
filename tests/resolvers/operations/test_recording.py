"""Which clients ran which operations is counted, written in the background, and says nothing of values."""

from datetime import timedelta
from pathlib import Path

from resolvers.operations.recording import MAX_NEW, OperationRecorder
from resolvers.operations.records import MAX_CLIENTS, OPERATIONS, OperationRecord, operation_of
from resolvers.paging import select_all
from resolvers.ports import Query
from resolvers.resources.drafts import Draft
from resolvers.resources.publishing import publish_module
from schema import tally as tallying
from schema.graph import Graph, Visibility
from schema.tally import Tally
from tests.platform.callers import RIDES
from tests.platform.modules import sdl
from tests.platform.opened import LIMITS, OpenPlatform, open_platform
from tests.servers.document_stores import StoreData

APP, WEB = "app/4.2", "web/1"
SCREEN = 'query Screen($id: ID!) { mine: bike(id: $id) { ...Parts } bike(id: "secret-17") { id } }'
PARTS = " fragment Parts on Bike { name ...Id } fragment Id on Bike { id }"
SEARCH = "find(state: State, numbers: [Int!]): Bike @value(const: null)"
BIKES = sdl().replace("type Query {", "type Query { " + SEARCH) + "enum State { FREE TAKEN }"


async def serve_bikes(platform: OpenPlatform) -> None:
    await publish_module(platform.context(RIDES), Draft(module="bikes", sdl=BIKES))


def recorder_of(platform: OpenPlatform) -> OperationRecorder:
    return OperationRecorder(
        platform.store, platform.tally, platform.services.now, kept=timedelta(days=30), report=print
    )


async def records_of(platform: OpenPlatform) -> list[OperationRecord]:
    documents = await select_all(platform.store, Query(collection=OPERATIONS))
    return [operation_of(document) for document in documents]


async def test_counts_of_all_workers_add_up_by_client(store_data: StoreData, tmp_path: Path) -> None:
    async with open_platform(tmp_path, store_data) as one, open_platform(tmp_path, store_data) as other:
        await serve_bikes(one)
        other.revisions.registry = one.revisions.registry
        one.count(SCREEN + PARTS, APP, times=3)
        other.count(SCREEN + PARTS, APP, times=2)
        other.count(SCREEN + PARTS, WEB)

        await recorder_of(one).flush()
        await recorder_of(other).flush()

        [record] = await records_of(one)
        assert (record.count, record.form.name, record.form.kind) == (6, "Screen", "query")
        assert {use.client: use.count for use in record.clients} == {APP: 5, WEB: 1}
        assert record.first_seen <= record.last_seen  # the second worker's clock is behind
        assert record.form.fields == {"Query.bike", "Bike.name", "Bike.id"}


async def test_what_was_counted_is_written_once(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await serve_bikes(platform)
        platform.count(SCREEN + PARTS, APP)
        recorder = recorder_of(platform)

        await recorder.flush()
        await recorder.flush()

        assert [record.count for record in await records_of(platform)] == [1]


async def test_an_operation_written_differently_is_one_and_its_values_are_not_kept(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await serve_bikes(platform)
        unused = 'query Other { bike(id: "x") { id } }'
        platform.count('query One { bike(id: "secret-17") { name } }', APP)
        platform.count('# for me\nquery One {\n  bike(id: "secret-18") { name },\n}', APP)
        platform.count("{ find(state: TAKEN, numbers: [1861234, 7]) { name } }", APP)

        await recorder_of(platform).flush()

        records = await records_of(platform)
        texts = sorted(record.form.text for record in records)
        assert [record.count for record in records if record.form.name == "One"] == [2]
        assert texts == [
            'query One {\n  bike(id: "") {\n    name\n  }\n}',
            "{\n  find(state: TAKEN, numbers: [0]) {\n    name\n  }\n}",
        ]
        assert unused not in texts


async def test_the_platforms_own_operations_are_not_recorded(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await serve_bikes(platform)
        platform.count("{ me { subject } __typename }", APP)
        await recorder_of(platform).flush()
        assert await records_of(platform) == []


async def test_many_clients_of_one_operation_are_counted_and_few_are_named(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await serve_bikes(platform)
        graph_calls = tallying.MAX_CLIENTS + 30
        for number in range(graph_calls):
            platform.count("{ find { name } }", f"c{number}")
        recorder = recorder_of(platform)

        await recorder.flush()
        for number in range(3 * MAX_CLIENTS):
            platform.count("{ find { name } }", f"d{number}")
            await recorder.flush()

        [record] = await records_of(platform)
        assert record.count == graph_calls + 3 * MAX_CLIENTS
        assert len(record.clients) == MAX_CLIENTS
        assert record.clients[0].client == f"d{3 * MAX_CLIENTS - 1}"


async def test_a_flood_of_generated_operations_is_bounded_and_told(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await serve_bikes(platform)
        told: list[tuple[str, int]] = []
        recorder = OperationRecorder(
            platform.store,
            platform.tally,
            platform.services.now,
            kept=timedelta(days=30),
            report=lambda message, number: told.append((message, number)),
        )
        for number in range(MAX_NEW + 5):
            platform.count(f"{{ a{number}: find {{ name }} }}")

        await recorder.flush()
        platform.count("{ a0: find { name } }", APP)
        await recorder.flush()

        records = await records_of(platform)
        assert len(records) == MAX_NEW
        assert sum(number for _, number in told) == 5
        assert sum(record.count for record in records) in (MAX_NEW, MAX_NEW + 1)


async def test_more_operations_than_have_room_are_told_when_they_are_taken(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await serve_bikes(platform)
        missed: list[int] = []
        tally = Tally(missed.append)
        graph = Graph(platform.revisions.registry, LIMITS)
        texts = [f"{{ a{number}: find {{ name }} }}" for number in range(tallying.MAX_OPERATIONS + 2)]
        for text in texts:
            tally.count(graph.operation(Visibility(), text, None), APP)

        assert len(await tally.take()) == tallying.MAX_OPERATIONS
        assert missed == [2]
        assert await tally.take() == []
