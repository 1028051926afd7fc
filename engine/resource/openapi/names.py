"""Names that GraphQL allows, each given once, made from whatever a description calls things."""

import re

_PART = re.compile(r"[A-Za-z0-9]+")
_LEADING_CAPITALS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]")
_SIGNS = {
    "+": "plus",
    "-": "minus",
    "*": "any",
    "@": "at",
    "$": "",
    ">": "greater",
    "<": "less",
    "=": "equal",
}
_NOT_ENUM = {"true", "false", "null"}
PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Names:
    """Gives out names; a second asker for one gets it numbered."""

    def __init__(self, *, reserved: frozenset[str] = frozenset(), prefix: str = "") -> None:
        self.taken = set[str]()
        self._reserved = reserved
        self._prefix = prefix

    def take(self, wanted: str) -> str:
        """The name, with the prefix where the platform keeps it, with a number where it is gone."""
        if wanted in self._reserved or wanted.lower().startswith("paifang"):
            wanted = _joined(self._prefix, wanted)
        name, number = wanted, 1
        while name in self.taken or name in self._reserved:
            number += 1
            name = f"{wanted}{number}"
        self.taken.add(name)
        return name


def field_name(text: str) -> str:
    """`plate_no` → plateNo, `X-Rate-Limit` → xRateLimit, `+1` → plus1, `2fa` → _2fa."""
    parts = _PART.findall(text)
    if text[:1] in _SIGNS and _SIGNS[text[:1]] and parts and parts[0][0].isdigit():
        parts.insert(0, _SIGNS[text[0]])
    if not parts:
        return next((_SIGNS[char] for char in text if _SIGNS.get(char)), "field")
    first, *others = parts
    first = (
        _LEADING_CAPITALS.sub(lambda found: found.group().lower(), first, count=1)
        if first[0].isupper()
        else first
    )
    return _legal(first + "".join(part[0].upper() + part[1:] for part in others))


def type_name(text: str) -> str:
    """`simple-user` → SimpleUser."""
    name = "".join(part[0].upper() + part[1:] for part in _PART.findall(text)) or "Type"
    return _legal(name)


def enum_names(values: list[str]) -> list[tuple[str, str]]:
    """GraphQL's name of each value beside the value; a legal value is its own name."""
    names = Names()
    legal = {value for value in values if _is_enum_name(value)}
    for value in legal:
        names.take(value)
    return [(value if value in legal else names.take(_enum_name(value)), value) for value in values]


def _is_enum_name(value: str) -> bool:
    return bool(PLAIN.fullmatch(value)) and not value.startswith("__") and value not in _NOT_ENUM


def _enum_name(value: str) -> str:
    sign = _SIGNS.get(value[:1], "") if value[1:2].isdigit() else ""
    parts = ([sign] if sign else []) + _PART.findall(value)
    name = _legal("_".join(parts) or next((_SIGNS[char] for char in value if _SIGNS.get(char)), "empty"))
    return f"{name}_" if name in _NOT_ENUM else name


def _legal(name: str) -> str:
    return f"_{name}" if name[0].isdigit() else name


def _joined(prefix: str, name: str) -> str:
    return f"{prefix}{name[0].upper()}{name[1:]}" if prefix else f"{name}_"
