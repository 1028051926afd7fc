"""What is kept of APIs' answers: for how long, as a unit states it, and the port to where they are kept."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class CachePolicy:
    """How long an API's answer is good, and how long after that where the API fails.

    `private`: callers have entries of their own. `version` tells the API as registered from what it was
    registered as before.
    """

    max_age_s: int
    stale_s: int
    private: bool
    version: str

    @property
    def keep_s(self) -> int:
        return self.max_age_s + self.stale_s


class Entry(NamedTuple):
    """What was kept, and how long ago."""

    value: bytes
    age_s: float


class Found(NamedTuple):
    """An entry, if there is one. `mark` is given back with what is fetched now; None: it is not kept."""

    entry: Entry | None
    mark: object


NOTHING = Found(None, None)


class Cache(Protocol):
    """Keeps answers by key; safe for all operations of one event loop. Whatever is in it may be lost."""

    async def find(self, key: str, source: str) -> Found:
        """What was kept under a key of this source and is not older than it was to be kept.

        Nothing that was fetched before the source's last fence is found. Never raises.
        """
        ...

    def keep(self, key: str, source: str, mark: object, entry: tuple[bytes, float]) -> None:
        """Keep a value for so many seconds, in place of what is there.

        `mark` is what `find` gave before the value was fetched: after a fence since then it is not kept.
        Returns at once and never raises.
        """
        ...

    def fence(self, source: str) -> None:
        """Forget what was fetched of this source until now, and what is being fetched. Returns at once."""
        ...
