"""URL and header templates: text with mapping expressions in braces, safe to fill with hostile values.

What stands in a template literally reaches the wire byte for byte, so whatever an HTTP client would
rewrite is refused when the template is parsed. What a value brings is percent-encoded (URL) or checked
(header) when the request is built, and can never add or remove a path segment, a parameter or a header.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, TypeAlias
from urllib.parse import quote

from engine.resource.mapping import Issues, MappingError, VariableUse
from engine.resource.mapping.values import text_of
from engine.resource.template_text import HOLE, Hole, Parts, Scanned, TemplateSyntaxError, VariableHost, scan

__all__ = [
    "NULL_URL",
    "HeaderTemplate",
    "MappingError",
    "NullUrl",
    "TemplateSyntaxError",
    "UrlTemplate",
    "VariableHost",
    "parse_header_template",
    "parse_url_template",
]

ABSOLUTE = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*)://")
HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9._\-]*[a-z0-9_])?\.?|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?")
DOTS = (".", "..")
UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
IN_PATH = frozenset(UNRESERVED + "!$&'()*+,;=:@%/")
IN_QUERY = frozenset(UNRESERVED + "!$&()*+,;=:@%/?")  # no ': clients write it as %27


class NullUrl(Enum):
    """The URL lacks a path segment because a value is null: no call is made, the field is null."""

    NULL_URL = 0


NULL_URL: Final = NullUrl.NULL_URL


Variables: TypeAlias = Mapping[str, object]
Piece: TypeAlias = str | Callable[[Variables], str | None]
"""Text of a URL, or what makes it; None where a null leaves no path segment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlTemplate:
    """`origin` is scheme and host, () for a URL that takes them from its base; `path` is cut at slashes."""

    text: str
    origin: Parts
    path: tuple[Parts, ...]
    query: Parts

    @property
    def is_absolute(self) -> bool:
        return bool(self.origin)

    @property
    def host_is_variable(self) -> bool:
        """Whether the host comes from $config."""
        return any(isinstance(part, Hole) for part in self.origin)

    @property
    def variables(self) -> tuple[VariableUse, ...]:
        return _variables((*self.origin, *(part for parts in self.path for part in parts), *self.query))

    def join(self, base: "UrlTemplate") -> "UrlTemplate":
        """This URL below a base: its path after the base's, both query strings; itself if it is absolute."""
        if self.is_absolute:
            return self
        path = base.path[:-1] if self.path and base.path and not base.path[-1] else base.path
        between = ("&",) if base.query and self.query else ()
        return replace(
            self,
            text=base.text + self.text,
            origin=base.origin,
            path=path + self.path,
            query=base.query + between + self.query,
        )

    def compile(self) -> "Callable[[Variables], str | NullUrl]":
        """A function from the variables to the URL. It raises MappingError for values that do not fit."""
        pieces = _merged([_origin(self.origin), *map(_segment, self.path or ((),)), *_query(self.query)])

        def fill(variables: Variables) -> str | NullUrl:
            url: list[str] = []
            for piece in pieces:
                text = piece if isinstance(piece, str) else piece(variables)
                if text is None:
                    return NULL_URL
                url.append(text)
            return "".join(url)

        return fill


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderTemplate:
    text: str
    parts: Parts

    @property
    def variables(self) -> tuple[VariableUse, ...]:
        return _variables(self.parts)

    def compile(self) -> "Callable[[Variables], str | None]":
        """A function from the variables to the value; None: the header is not sent. Raises MappingError."""
        parts = self.parts

        def fill(variables: Variables) -> str | None:
            values = [part if isinstance(part, str) else _text(part, variables) for part in parts]
            if values and all(value is None for value in values):
                return None
            header = "".join(value or "" for value in values)
            if not _is_header_text(header):
                raise MappingError("a header takes Latin-1 text without line breaks or control characters")
            return header

        return fill


# -- filling -----------------------------------------------------------------------------------------


def _segment(parts: Parts) -> Piece:
    """A path segment with its slash; none if a null leaves none."""
    if all(isinstance(part, str) for part in parts):
        return "/" + "".join(part for part in parts if isinstance(part, str))
    alone = parts[0] if len(parts) == 1 and isinstance(parts[0], Hole) else None

    def fill(variables: Variables) -> str | None:
        if alone is not None and alone.plain is not None:  # most are, and hold an id
            value = _look_up(alone.plain, variables)
            if type(value) is int or (type(value) is str and value.isalnum() and value.isascii()):
                return f"/{value}"
        filled = [part if isinstance(part, str) else _encoded(part, variables) for part in parts]
        segment = "".join([text or "" for text in filled])
        if _plain_dots(segment) not in ("", *DOTS):
            return "/" + segment
        if None in filled:
            return None
        raise MappingError("a value may not make a path segment empty, '.' or '..'")

    return fill


def _query(parts: Parts) -> list[Piece]:
    """A query string with its question mark; null is the empty string."""
    pieces: list[Piece] = [part if isinstance(part, str) else _parameter(part) for part in parts]
    return ["?", *pieces] if pieces else []


def _parameter(hole: Hole) -> Piece:
    return lambda variables: _encoded(hole, variables) or ""


def _origin(parts: Parts) -> Piece:
    """Scheme and host."""
    if all(isinstance(part, str) for part in parts):
        return "".join(part for part in parts if isinstance(part, str))

    def fill(variables: Variables) -> str:
        origin = "".join([part if isinstance(part, str) else _text(part, variables) or "" for part in parts])
        if not _is_host(origin.partition("://")[2]):
            raise MappingError("the host from $config is no host name in lower case, with or without a port")
        return origin

    return fill


def _merged(pieces: list[Piece]) -> list[Piece]:
    """Literal neighbours as one."""
    merged: list[Piece] = []
    for piece in pieces:
        before = merged[-1] if merged else None
        if isinstance(piece, str) and isinstance(before, str):
            merged[-1] = before + piece
        else:
            merged.append(piece)
    return merged


def _is_host(text: str) -> bool:
    found = HOST.fullmatch(text)
    return found is not None and int(found["port"] or 1) in range(1, 65536)


def _plain_dots(segment: str) -> str:
    return segment.lower().replace("%2e", ".")


def _encoded(hole: Hole, variables: Variables) -> str | None:
    text = _text(hole, variables)
    if text is None or (text.isascii() and text.isalnum()):
        return text
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        raise MappingError("a URL takes no unpaired surrogates") from None


def _text(hole: Hole, variables: Variables) -> str | None:
    if hole.plain is not None:  # most holes name a variable and nothing else
        plain = _look_up(hole.plain, variables)
        if type(plain) is str:
            return plain
        if type(plain) is int:
            return str(plain)
    issues = Issues()
    value = hole.read(None, variables, issues)
    for issue in issues.details if issues.count else ():
        if issue.message.startswith("->"):  # a method refused its value; absence alone is null
            raise MappingError(f"in a template, {issue.message}")
    if value is None or isinstance(value, bool | int | float | str):
        return None if value is None else text_of(value)
    raise MappingError("a template takes scalars; join a list with ->joinNotNull(',')")


def _look_up(path: tuple[str, ...], variables: Variables) -> object:
    value: object = variables
    for name in path:
        # A dictionary nearly always; asking whether it is any mapping takes as long as all the rest.
        value = value.get(name) if type(value) is dict or isinstance(value, Mapping) else None
    return value


def _is_header_text(text: str) -> bool:
    return all(" " <= char <= "~" or char == "\t" or "\xa0" <= char <= "\xff" for char in text)


def _variables(parts: Parts) -> tuple[VariableUse, ...]:
    return tuple(use for part in parts if isinstance(part, Hole) for use in part.variables)


# -- parsing -----------------------------------------------------------------------------------------


def parse_url_template(text: str, *, relative: bool) -> UrlTemplate:
    """A base URL (absolute), or with `relative` also a path with a query. Raises TemplateSyntaxError.

    A variable host is one expression that reads nothing but $config.
    """
    scanned = scan(text)
    words = scanned.words
    start = 0
    if absolute := ABSOLUTE.match(words):
        start = _check_origin(scanned, absolute)
    elif not relative:
        raise scanned.error("write the whole URL, beginning with http:// or https://", 0)
    elif words and words[0] not in "/?":
        raise scanned.error("begin the path with '/'", 0)
    mark = words.find("?", start)
    end = len(words) if mark < 0 else mark
    scanned.check(start, end, IN_PATH)
    scanned.check(end + 1, len(words), IN_QUERY)
    if 0 <= mark == len(words) - 1:
        raise scanned.error("nothing follows this '?'; leave it out", mark)
    return UrlTemplate(
        text=text,
        origin=scanned.parts(0, start),
        path=_segments(scanned, start, end),
        query=scanned.parts(end + 1, len(words)),
    )


def parse_header_template(text: str) -> HeaderTemplate:
    """A header value. Raises TemplateSyntaxError."""
    scanned = scan(text)
    if text != text.strip(" \t"):
        raise scanned.error("a header value neither begins nor ends with a space", 0)
    for index, char in enumerate(scanned.words):
        if char != HOLE and not _is_header_text(char):
            raise scanned.error(
                "a header takes Latin-1 text without line breaks or control characters", index
            )
    return HeaderTemplate(text=text, parts=scanned.parts(0, len(scanned.words)))


def _check_origin(scanned: Scanned, absolute: re.Match[str]) -> int:
    """Where the origin ends. The host is literal or one expression that reads only $config."""
    words = scanned.words
    if absolute["scheme"] not in ("http", "https"):
        raise scanned.error("the scheme is http or https, in lower case", 0)
    start = absolute.end()
    end = min((at for mark in "/?#" if (at := words.find(mark, start)) >= 0), default=len(words))
    authority = words[start:end]
    if "@" in authority:
        raise scanned.error("no user name in a URL; send an authorization header", start)
    for part in scanned.parts(0, end):
        if isinstance(part, Hole) and ({use.name for use in part.variables} != {"$config"}):
            error = scanned.error("the host is written literally or read from $config alone", start)
            raise VariableHost(error.message, line=error.line, column=error.column)
    if not _is_host(re.sub(f"^{HOLE}(?=:|$)", "x", authority)):
        raise scanned.error("write a host name in lower case (others as xn--…), perhaps with :port", start)
    return end


def _segments(scanned: Scanned, start: int, end: int) -> tuple[Parts, ...]:
    """The path cut at its slashes; only the last segment may be empty, and none may be dots."""
    segments: list[Parts] = []
    while start < end:
        cut = scanned.words.find("/", start + 1, end)
        cut = end if cut < 0 else cut
        segment = scanned.words[start + 1 : cut]
        if not segment and cut < end:
            raise scanned.error("write one '/', not two", start)
        if _plain_dots(segment) in DOTS:
            raise scanned.error("no '.' or '..' as a path segment; write the path they lead to", start + 1)
        segments.append(scanned.parts(start + 1, cut))
        start = cut
    return tuple(segments)
