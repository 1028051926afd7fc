"""Documents to plain JSON trees and back: what SQLite keeps as text and MongoDB as BSON is the same tree.

A plain tree holds None, bool, 64-bit int, finite float, str, list and dict; the rest is written as

    time    {"%at": "2026-11-23T08:00:00.000123+00:00"}   in UTC, of one width: text order is time order
    bytes   {"%bytes": "c3RhbXA="}
    key     with %25 %24 %2E %00 for "%", "$", "." and NUL: no key is taken for an operator, a path or a tag
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias, TypeGuard
from urllib.parse import unquote

from resolvers.ports import Collection, Document
from resolvers.store_errors import DocumentInvalid

PlainValue: TypeAlias = "bool | int | float | str | list[PlainValue] | dict[str, PlainValue] | None"
Plain: TypeAlias = dict[str, PlainValue]
Value: TypeAlias = "bool | int | float | str | bytes | datetime | list[Value] | dict[object, Value] | None"

MAX_DEPTH = 64  # MongoDB stops at 100 levels, and nothing a person writes goes as deep
MAX_SIZE_BYTES = 12 << 20  # MongoDB stops at 16 MiB with its own fields
MAX_KEY_BYTES = 1_024  # of an id or an indexed text: index pages hold several of them
MAX_INT64 = (1 << 63) - 1

_FRAME_BYTES = 17  # of a value, whatever it is
_ESCAPES = str.maketrans({"%": "%25", "$": "%24", ".": "%2E", "\0": "%00"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A document as it is stored; `body` is without `id` and `version`."""

    id: str
    version: int
    body: Plain


def pack(collection: Collection, document: Document) -> Packed:
    """The document as it is stored, sharing nothing with it. Raises `DocumentInvalid`."""
    document_id, version = document.get("id"), document.get("version")
    if not is_document_id(document_id):
        reason = f"must be a text of 1 to {MAX_KEY_BYTES} bytes without NUL"
        raise DocumentInvalid(collection=collection.name, path="id", reason=reason)
    if type(version) is not int or not 1 <= version <= MAX_INT64:
        raise DocumentInvalid(collection=collection.name, path="version", reason="must be an integer from 1")
    rest: dict[object, Value] = {
        key: value for key, value in document.items() if key not in ("id", "version")
    }
    try:
        return Packed(id=document_id, version=version, body=_Packer().pack_dict(rest, 1))
    except _Refused as refused:
        raise DocumentInvalid(collection=collection.name, path=refused.path, reason=refused.reason) from None


def unpack(document_id: str, version: int, body: Plain) -> Document:
    return {"id": document_id, "version": version, **_unpack_dict(body)}


def is_document_id(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value != "" and "\0" not in value and is_key_text(value)


def is_key_text(value: str) -> bool:
    """Whether a text is valid Unicode and short enough for an index."""
    if value.isascii():
        return len(value) <= MAX_KEY_BYTES
    try:
        return len(value.encode()) <= MAX_KEY_BYTES
    except UnicodeEncodeError:
        return False


def time_text(time: datetime) -> str:
    return (time if time.tzinfo is UTC else time.astimezone(UTC)).isoformat("T", "microseconds")


class _Refused(Exception):
    """Carries the path outward while the recursion unwinds, so that good documents do not pay for paths."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = ""

    def under(self, segment: str) -> "_Refused":
        joint = "." if self.path and not self.path.startswith("[") else ""
        self.path = f"{segment}{joint}{self.path}"
        return self


class _Packer:
    """One walk that converts, checks and counts the bytes as BSON would, a little generously."""

    __slots__ = ("_size_bytes",)

    def __init__(self) -> None:
        self._size_bytes = 0

    def pack_dict(self, values: dict[object, Value], depth: int) -> Plain:
        packed: Plain = {}
        for key, value in values.items():
            if not isinstance(key, str):
                raise _Refused(f"has a key that is not a text ({type(key).__name__})")
            try:
                # A name as programs write it has nothing to escape.
                plain = key if key.isidentifier() else key.translate(_ESCAPES)
                packed[self._pack_text(plain, 0)] = self._pack(value, depth)
            except _Refused as refused:
                raise refused.under(key.encode(errors="replace").decode()) from None
        return packed

    def _pack_list(self, values: list[Value], depth: int) -> list[PlainValue]:
        packed: list[PlainValue] = []
        position = 0
        try:
            for position, value in enumerate(values):  # noqa: B007  # told of what is refused
                packed.append(self._pack(value, depth))
        except _Refused as refused:
            raise refused.under(f"[{position}]") from None
        return packed

    def _pack(self, value: Value, depth: int) -> PlainValue:
        """`_FRAME_BYTES`: type, name of a list's element, number or length."""
        if depth > MAX_DEPTH:
            raise _Refused(f"is nested deeper than {MAX_DEPTH} levels")
        if isinstance(value, str):  # most of what documents hold
            return self._pack_text(value, _FRAME_BYTES)
        self._count(_FRAME_BYTES)
        match value:
            case None | bool():
                return value
            case int():
                return self._pack_int(value)
            case float():
                return self._pack_float(value)
            case dict():
                return self.pack_dict(value, depth + 1)
            case list():
                return self._pack_list(value, depth + 1)
            case datetime():
                return self._pack_time(value)
            case bytes():
                self._count(len(value) * 4 // 3 + 16)
                return {"%bytes": b64encode(value).decode()}
            case _:
                raise _Refused(f"is a {type(value).__name__}, which a document cannot hold")

    def _pack_text(self, value: str, frame_bytes: int) -> str:
        if value.isascii():
            self._count(frame_bytes + len(value))
        else:
            try:
                self._count(frame_bytes + len(value.encode()))
            except UnicodeEncodeError:
                raise _Refused("is not valid Unicode (it has a lone surrogate)") from None
        return value if type(value) is str else str.__str__(value)

    def _pack_int(self, value: int) -> int:
        if not -MAX_INT64 - 1 <= value <= MAX_INT64:
            raise _Refused("is an integer beyond 64 bits")
        return int(value)

    def _pack_float(self, value: float) -> float:
        if value != value or value in (float("inf"), float("-inf")):
            raise _Refused("is not a finite number")
        return value

    def _pack_time(self, value: datetime) -> Plain:
        if value.tzinfo is None:
            raise _Refused("is a time without a time zone")
        self._count(64)
        try:
            return {"%at": time_text(value)}
        except OverflowError:
            raise _Refused("is a time that has no date in UTC") from None

    def _count(self, size_bytes: int) -> None:
        self._size_bytes += size_bytes
        if self._size_bytes > MAX_SIZE_BYTES:
            raise _Refused(f"makes the document larger than {MAX_SIZE_BYTES >> 20} MiB")


def _unpack_dict(plain: Plain) -> dict[str, object]:
    return {(unquote(key) if "%" in key else key): _unpack(value) for key, value in plain.items()}


def _unpack(value: PlainValue) -> object:
    match value:
        case dict():
            return _untag(value) if len(value) == 1 else _unpack_dict(value)
        case list():
            return [_unpack(item) for item in value]
        case int() if type(value) is not bool:
            return int(value)  # BSON brings 64-bit integers in a class of its own
        case _:
            return value


def _untag(value: Plain) -> object:
    match value:
        case {"%at": str(time)}:
            return datetime.fromisoformat(time)
        case {"%bytes": str(encoded)}:
            return b64decode(encoded)
        case _:
            return _unpack_dict(value)
