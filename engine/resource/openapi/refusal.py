"""Why a description of an API is refused as a whole, before anything is made of it."""

from enum import StrEnum


class RefusalCode(StrEnum):
    """Stable: scripts may rely on them."""

    SPEC_TOO_LARGE = "SPEC_TOO_LARGE"
    """More text, values or references than any description in use has, or a bomb of aliases."""
    SPEC_TOO_DEEP = "SPEC_TOO_DEEP"
    SPEC_SYNTAX = "SPEC_SYNTAX"
    """Neither JSON nor YAML, or no object."""
    SPEC_VERSION = "SPEC_VERSION"
    """Not OpenAPI 3.0 or 3.1."""
    REF_REMOTE = "REF_REMOTE"
    """A reference to another host: nothing is fetched."""
    REF_OUTSIDE = "REF_OUTSIDE"
    """A reference to a file outside of the description's folder."""
    REF_UNRESOLVED = "REF_UNRESOLVED"
    REF_CYCLE = "REF_CYCLE"
    """References that lead to one another and never to a value."""
    SERVER_MISSING = "SERVER_MISSING"
    """No absolute base URL is named."""
    NOTHING_IMPORTED = "NOTHING_IMPORTED"
    """No operation is left that could be mapped."""


class SpecRefused(Exception):
    """The description cannot be imported. `place` is a file and a JSON pointer in it."""

    def __init__(self, code: RefusalCode, message: str, *, place: str = "") -> None:
        super().__init__(f"{message}, at {place}" if place else message)
        self.code = code
        self.place = place
