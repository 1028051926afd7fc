"""What is published is told over a socket once it is served, whoever published it; who is refused."""

from pathlib import Path
from typing import Any

from tests.e2e.test_publishing import ROLLBACK
from tests.e2e.test_subscriptions import admitted, ask, hear, say
from tests.servers.client import PUBLISH
from tests.servers.gateway import Gateway
from tests.servers.gateway_fixtures import Serve

WATCH = {"query": "subscription { resourcesPublished { name version unit revision } }"}


def publish(gateway: Gateway, word: str, *, module: str = "news") -> dict[str, Any]:  # Any: JSON
    sdl = f'extend schema @owner(unit: "demo")\ntype Query {{ {module}: String @value(const: "{word}") }}'
    return ask(gateway, PUBLISH, input={"module": module, "sdl": sdl})["publishResources"]


def told(message: dict[str, Any]) -> tuple[str, int, str]:  # Any: JSON
    module = message["payload"]["data"]["resourcesPublished"]
    return module["name"], module["version"], module["revision"]


def test_a_publish_and_a_rollback_are_told_when_they_are_served(serve: Serve, tmp_path: Path) -> None:
    with serve(tmp_path) as gateway:
        before = publish(gateway, "one")
        with admitted(gateway) as socket:
            say(socket, type="subscribe", id="1", payload=WATCH)
            say(socket, type="ping")
            assert hear(socket) == {"type": "pong"}

            second = publish(gateway, "two")
            assert told(hear(socket)) == ("news", 2, second["revision"])
            other = publish(gateway, "other", module="more")
            assert told(hear(socket)) == ("more", 1, other["revision"])
            ask(gateway, ROLLBACK, module="news", to=before["version"])
            assert told(hear(socket))[:2] == ("news", 3)


def test_another_workers_publish_is_told_too(serve: Serve, tmp_path: Path) -> None:
    with serve(tmp_path, "--workers", "2") as gateway:
        publish(gateway, "one")
        with admitted(gateway) as first, admitted(gateway) as second:
            for socket in (first, second):
                say(socket, type="subscribe", id="1", payload=WATCH)
                say(socket, type="ping")
                assert hear(socket) == {"type": "pong"}
            for word in ("two", "three", "four", "five"):
                publish(gateway, word)
            for socket in (first, second):
                versions = [told(hear(socket))[1]]
                while versions[-1] < 5:
                    versions.append(told(hear(socket))[1])
                assert versions == sorted(set(versions))


def test_nobody_in_particular_is_not_told(serve: Serve, tmp_path: Path) -> None:
    anonymous = {"PAIFANG_ANONYMOUS": "true"}
    with (
        serve(tmp_path, "--dev-auth", environment=anonymous) as gateway,
        admitted(gateway) as socket,
    ):
        say(socket, type="subscribe", id="1", payload=WATCH)
        refused = hear(socket)
        errors = refused["payload"]["errors"] if refused["type"] == "next" else refused["payload"]
        assert errors[0]["extensions"]["code"] == "UNAUTHENTICATED"
