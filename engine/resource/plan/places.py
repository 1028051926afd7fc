"""Where a generated function stands when a value is not plainly right: the path, spelled out only then."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NoReturn

from engine.resource.outcome import Failure
from engine.resource.plan.writing import Bubble, Path, Writer

Serialize = Callable[[object], object]
Template = tuple[str | None, ...]  # a response path; None for each index of the lists around


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A value that a function writes. `required`: null is not allowed here. `facts`: which API gave it."""

    path: Template
    required: bool
    facts: Mapping[str, object]


def refuse(value: object) -> object:
    """Objects and lists are not serialised."""
    raise TypeError(value)


class Places:
    """The places of one function by number; generated calls are positional and end with the indices."""

    __slots__ = ("_listed", "_own")

    def __init__(self, own: Place) -> None:
        self._own = own
        self._listed: list[tuple[Place, Serialize]] = []

    def add(self, place: Place, serialize: Serialize = refuse) -> int:
        """The number of a place; a leaf comes with what serialises it."""
        self._listed.append((place, serialize))
        return len(self._listed) - 1

    def leaf(self, writer: Writer, number: int, value: object, *indices: int) -> object:
        place, serialize = self._listed[number]
        return writer.leaf(value, serialize, _path(place.path, indices), place.required, place.facts)

    def bad_object(self, writer: Writer, number: int, value: object, *indices: int) -> None:
        """What is no object; a stub that comes here lacks its key, which makes it nothing."""
        place, _ = self._listed[number]
        if type(value) is dict:
            value = None
        if value is not None or place.required:
            writer.bad_object(value, _path(place.path, indices), place.required, place.facts)

    def bad_list(self, writer: Writer, number: int, value: object, *indices: int) -> None:
        place, _ = self._listed[number]
        writer.bad_list(value, _path(place.path, indices), place.required, place.facts)

    def deny(self, writer: Writer, denial: Failure, *indices: int) -> NoReturn:
        writer.deny_object(denial, _path(self._own.path, indices), self._own.required)


def refuse_type(place: Place) -> Callable[..., object]:
    """What writes an object that names no type which may stand there."""

    def unknown(_: object, writer: Writer, *indices: int) -> None:
        try:
            writer.unknown_type(_path(place.path, indices), place.facts)
        except Bubble:
            if place.required:
                raise

    return unknown


def _path(template: Template, indices: tuple[int, ...]) -> Path:
    given = iter(indices)
    return tuple([next(given) if part is None else part for part in template])
