"""What the resource use cases need from outside: secrets at rest, the revision that serves, explanations."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from engine.access import Principal
from engine.problem import Problem
from engine.resource.model import Registry
from engine.resource.plan.description import Description


class SecretBox(Protocol):
    """Encrypts what is stored. `owner` is bound in: what was sealed for one owner opens for no other."""

    def seal(self, secret: bytes, *, owner: str) -> bytes:
        """The secret for the store, different each time."""
        ...

    def open(self, sealed: bytes, *, owner: str) -> bytes:
        """What was sealed. Raises `SecretUnreadable` under another key or owner, or when altered."""
        ...

    def fingerprint(self, data: bytes) -> str:
        """The same text for the same data, from which the data cannot be guessed without the key."""
        ...


class SecretUnreadable(Exception):
    """A sealed value does not open: the key is another one, or the value was altered."""

    def __init__(self, *, owner: str) -> None:
        super().__init__(f"The secrets of {owner} cannot be read with this key.")
        self.owner = owner


class Revisions(Protocol):
    """The registry that answers requests."""

    def current(self) -> Registry:
        """The one this worker serves."""
        ...

    async def serve(self, registry: Registry) -> None:
        """Serve this one from now on.

        This worker serves it before the first suspension, so that of two calls the later one wins; returns
        when every worker of this instance serves it or a newer one.
        """
        ...


class UsageIndex(Protocol):
    """Who uses which field of the graph. Fields are coordinates such as `Order.buyer`."""

    async def users(self, fields: Collection[str]) -> Mapping[str, Sequence[str]]:
        """For each of these fields that is used, who uses it, such as `flow refund@3`, sorted."""
        ...

    async def problems(
        self, fields: Collection[str], *, current: Registry, proposed: Registry
    ) -> Sequence[Problem]:
        """What the users of these fields would get if the proposed registry served, that they do not have
        now: an ERROR for what could no longer run, a WARNING for what may go wrong.
        """
        ...


class Explainer(Protocol):
    """Plans an operation without running it."""

    def explain(
        self,
        query: str,
        *,
        variables: Mapping[str, object],
        operation_name: str | None,
        principal: Principal,
    ) -> Description:
        """The plan as this caller would get it. Raises `OperationRefused`."""
        ...
