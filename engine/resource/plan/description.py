"""A plan told to people: groups, calls, why each is made, and how many there can be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDescription:
    """One API as the plan uses it; `url` is its template, never a rendered value.

    `wave` counts from 1. `depends_on` names the coordinates and APIs that feed it, `needed_by` the fields
    it feeds. `policy` says what repeats it or holds it back, if anything does.
    """

    api: str
    source: str
    method: str
    url: str
    wave: int
    batch: bool
    depends_on: tuple[str, ...]
    needed_by: tuple[str, ...]
    policy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupDescription:
    """Fields and calls that depend on each other; groups run independently."""

    fields: tuple[str, ...]
    calls: tuple[CallDescription, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """`bound`: the greatest number of upstream calls, such as `1 + ceil(n(orders)/100)`."""

    groups: tuple[GroupDescription, ...]
    bound: str
    max_waves: int
    text: str
    mermaid: str
