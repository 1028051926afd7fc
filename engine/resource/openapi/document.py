"""Text of a description → a JSON tree, from JSON or YAML, bounded before anything is made of it."""

import re
from collections.abc import Iterator
from typing import Final, cast

import orjson
import yaml

from engine.resource.openapi.refusal import RefusalCode, SpecRefused

MAX_CHARACTERS = 32_000_000  # the largest description in wide use has 14 million
MAX_VALUES = 3_000_000  # aliases expanded: GitHub's has 500,000
MAX_DEPTH = 100

Tree = dict[str, object] | list[object] | str | int | float | bool | None

_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_WORDS: Final = {"": None, "~": None, "null": None, "true": True, "false": False}
_LOADER: type = getattr(
    yaml, "CSafeLoader", yaml.SafeLoader
)  # libyaml's parser where PyYAML was built with it


def read_document(text: str, name: str) -> dict[str, object]:
    """The tree of one file. Raises SpecRefused.

    YAML is read as JSON's data model (YAML 1.2's JSON schema): `no` and dates are texts, as are keys.
    """
    if len(text) > MAX_CHARACTERS:
        message = f"a description has at most {MAX_CHARACTERS:,} characters"
        raise SpecRefused(RefusalCode.SPEC_TOO_LARGE, message, place=name)
    tree = _from_json(text, name) if text.lstrip("\ufeff \t\r\n")[:1] == "{" else _Yaml(text, name).read()
    _measure(tree, name)
    if not isinstance(tree, dict):
        raise SpecRefused(RefusalCode.SPEC_SYNTAX, "this is no object", place=name)
    return cast("dict[str, object]", tree)  # JSON objects have texts as keys


def _from_json(text: str, name: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if "recursion" in error.msg.lower():
            raise SpecRefused(
                RefusalCode.SPEC_TOO_DEEP, f"nested more than {MAX_DEPTH} deep", place=name
            ) from None
        if name.endswith(".json"):
            message = f"this is no JSON: {error.msg}"
            raise SpecRefused(
                RefusalCode.SPEC_SYNTAX, message, place=f"{name}:{error.lineno}:{error.colno}"
            ) from None
        return _Yaml(text, name).read()  # YAML in its flow style


def _measure(tree: object, name: str) -> None:
    """Refuse what is too deep or too large, aliases expanded; iterative, so that depth cannot hurt."""
    seen = 0
    stack: list[Iterator[object]] = [iter((tree,))]
    while stack:
        for value in stack[-1]:
            seen += 1
            if isinstance(value, dict | list) and value:
                stack.append(iter(value.values() if isinstance(value, dict) else value))
                break
        else:
            stack.pop()
        if len(stack) > MAX_DEPTH:
            raise SpecRefused(RefusalCode.SPEC_TOO_DEEP, f"nested more than {MAX_DEPTH} deep", place=name)
        if seen > MAX_VALUES:
            raise SpecRefused(RefusalCode.SPEC_TOO_LARGE, f"more than {MAX_VALUES:,} values", place=name)


class _Yaml:
    """Builds the tree from parser events: no recursion, no tags, no types but JSON's."""

    def __init__(self, text: str, name: str) -> None:
        self._text = text
        self._name = name
        self._anchors: dict[str, object] = {}
        self._open: list[tuple[object, str | None]] = []  # containers under way, with their anchors
        self._keys: list[list[str]] = []  # of each open mapping: the key that waits for its value
        self._root: list[object] = []

    def read(self) -> object:
        try:
            for event in yaml.parse(self._text, Loader=_LOADER):
                self._take(event)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            place = f"{self._name}:{mark.line + 1}:{mark.column + 1}" if mark else self._name
            problem = getattr(error, "problem", None) or "a character that YAML does not allow"
            message = f"this is neither JSON nor YAML: {problem}"
            raise SpecRefused(RefusalCode.SPEC_SYNTAX, message, place=place) from None
        if len(self._root) != 1:
            raise SpecRefused(RefusalCode.SPEC_SYNTAX, "there is not one document", place=self._name)
        return self._root[0]

    def _take(self, event: yaml.Event) -> None:
        match event:
            case yaml.ScalarEvent():
                value = event.value if event.style else _plain(event.value)
                self._add(value, event.anchor, text=event.value)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                container: object = {} if isinstance(event, yaml.MappingStartEvent) else []
                if len(self._open) >= MAX_DEPTH:
                    message = f"nested more than {MAX_DEPTH} deep"
                    raise SpecRefused(RefusalCode.SPEC_TOO_DEEP, message, place=self._name)
                self._open.append((container, event.anchor))
                self._keys.append([])
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._keys.pop()
                self._add(*self._open.pop())
            case yaml.AliasEvent():
                if event.anchor not in self._anchors:  # an anchor around its own alias is one, too
                    message = f"the alias *{event.anchor} means nothing yet"
                    raise SpecRefused(RefusalCode.SPEC_SYNTAX, message, place=self._name)
                self._add(self._anchors[event.anchor], None)
            case _:
                pass

    def _add(self, value: object, anchor: str | None, *, text: str | None = None) -> None:
        if anchor is not None:
            self._anchors[anchor] = value
        if not self._open:
            self._root.append(value)
            return
        container, _ = self._open[-1]
        if isinstance(container, list):
            container.append(value)
        elif not (waiting := self._keys[-1]):
            waiting.append(text if text is not None else str(value))
        else:
            _put(cast("dict[str, object]", container), waiting.pop(), value)


def _put(mapping: dict[str, object], key: str, value: object) -> None:
    """`<<` takes over what another mapping says and this one does not."""
    if key != "<<":
        mapping[key] = value
        return
    for other in value if isinstance(value, list) else [value]:
        if isinstance(other, dict):
            for name, each in other.items():
                mapping.setdefault(str(name), each)


def _plain(text: str) -> Tree:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text
