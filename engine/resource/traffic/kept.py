"""Keep one thing per key for as long as its settings are the same; publishing others begins anew."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

MOST = 10_000  # sources and APIs that were published and are gone leave theirs behind

Key = TypeVar("Key", bound=Hashable)
Settings = TypeVar("Settings")
Thing = TypeVar("Thing")


class Kept(Generic[Key, Settings, Thing]):
    """At most `MOST` things; the one kept longest goes first."""

    __slots__ = ("_things",)

    def __init__(self) -> None:
        self._things: dict[Key, tuple[Settings, Thing]] = {}

    def get(self, key: Key, settings: Settings, make: Callable[[Settings], Thing]) -> Thing:
        found = self._things.get(key)
        if found is not None and (found[0] is settings or found[0] == settings):
            return found[1]
        if found is None and len(self._things) >= MOST:
            del self._things[next(iter(self._things))]
        thing = make(settings)
        self._things[key] = (settings, thing)
        return thing
