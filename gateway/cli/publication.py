"""Publish modules on a running gateway."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.cli.remote import RemoteGateway

PUBLISH = """
mutation Publish($input: ResourcesInput!) {
  publishResources(input: $input) { name unit version revision }
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What one publish asks for; None leaves a thing out of the input."""

    module: str
    sdl: str
    config: Mapping[str, object] | None = field(default=None, repr=False)
    expected_version: int | None = None
    force: bool = False
    reason: str | None = None

    def to_input(self) -> dict[str, object]:
        given: dict[str, object] = {
            "module": self.module,
            "sdl": self.sdl,
            "config": None if self.config is None else dict(self.config),
            "expectedVersion": self.expected_version,
            "force": self.force or None,
            "reason": self.reason,
        }
        return {name: value for name, value in given.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The module as the gateway serves it now."""

    name: str
    unit: str
    version: int
    revision: str


def publish(gateway: RemoteGateway, publication: Publication) -> Published:
    """Publish; the gateway serves it when this returns. Raises `Refused` and `CommandFailed`."""
    answer = gateway.ask(PUBLISH, {"input": publication.to_input()})
    return Published(**answer["publishResources"])
