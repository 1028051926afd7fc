"""Several workers are one gateway: what one publishes, all serve before the publisher hears of it."""

from pathlib import Path

import httpx

from tests.servers.gateway import Gateway
from tests.servers.gateway_fixtures import Serve

PUBLISH = 'mutation($sdl: String!) { publishResources(input: {module: "greeting", sdl: $sdl}) { version } }'
ROUNDS, QUESTIONS = 8, 12  # new connections: the kernel gives them to either worker


def test_a_publish_is_served_by_every_worker_when_it_returns(serve: Serve, tmp_path: Path) -> None:
    with serve(tmp_path, "--workers", "2") as gateway:
        assert len(gateway.workers) >= 2
        for number in range(ROUNDS):
            _publish(gateway, number)
            answers = {_ask(gateway) for _ in range(QUESTIONS)}
            assert answers == {str(number)}


def _publish(gateway: Gateway, number: int) -> None:
    sdl = f'type Query {{ greeting: String! @value(const: "{number}") }}'
    answer = httpx.post(f"{gateway.url}/graphql", json={"query": PUBLISH, "variables": {"sdl": sdl}}).json()
    assert "errors" not in answer, answer


def _ask(gateway: Gateway) -> str:
    answer = httpx.post(f"{gateway.url}/graphql", json={"query": "{ greeting }"}).json()
    return answer["data"]["greeting"]
