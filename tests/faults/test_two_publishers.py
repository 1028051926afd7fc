"""R3: two publishers on top of the same version, again and again: exactly one wins each time."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.faults.form import times
from tests.servers.client import Client, Reply, connect
from tests.servers.gateway import Gateway, serve_gateway
from tests.servers.gateway_fixtures import empty_store

ROUNDS = times(50, 1_000)
PUBLISH = """
mutation Publish($sdl: String!, $on: Int!) {
  publishResources(input: { module: "contested", sdl: $sdl, expectedVersion: $on }) { version }
}
"""
HISTORY = '{ resourceModule(name: "contested") { version history { version sdl } } }'
Replicas = tuple[Gateway, Gateway]


@pytest.fixture(scope="module", params=["sqlite", "mongo"])
def replicas(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replicas]:
    """Where the two publish: two gateways over one MongoDB, one gateway over SQLite."""
    data = tmp_path_factory.mktemp(request.param)
    with (
        empty_store(request.param, request) as environment,
        serve_gateway(data / "one", environment=environment) as one,
    ):
        if request.param == "sqlite":
            yield one, one
            return
        with serve_gateway(data / "two", environment=environment) as two:
            yield one, two


def sdl_of(word: str) -> str:
    return f'extend schema @owner(unit: "demo")\ntype Query {{ word: String @value(const: "{word}") }}'


async def publish(client: Client, word: str, on: int) -> Reply:
    return await client.ask(PUBLISH, {"sdl": sdl_of(word), "on": on})


async def test_R3_of_two_who_publish_on_the_same_version_exactly_one_wins(replicas: Replicas) -> None:
    one, two = replicas
    won: list[str] = []
    async with connect(one.url) as here, connect(two.url) as there:
        for version in range(ROUNDS):
            words = (f"here {version}", f"there {version}")
            replies = await asyncio.gather(
                publish(here, words[0], version), publish(there, words[1], version)
            )

            winners = [word for word, reply in zip(words, replies, strict=True) if not reply.errors]
            assert len(winners) == 1, (version, [reply.text for reply in replies])
            assert sorted(code for reply in replies for code in reply.codes) == ["VERSION_CONFLICT"]
            won += winners

        module = (await here.data(HISTORY))["resourceModule"]
        newest_first = [(entry["version"], entry["sdl"]) for entry in module["history"]]
        expected = [(n, sdl_of(word)) for n, word in enumerate(won, 1)][::-1]
        assert newest_first == expected[: len(newest_first)]
        assert module["version"] == ROUNDS
