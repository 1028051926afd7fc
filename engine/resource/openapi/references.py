"""Follow `$ref` inside a description and into the files beside it; nothing else is ever opened."""

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from engine.resource.openapi.document import read_document
from engine.resource.openapi.refusal import RefusalCode, SpecRefused

MAX_FILES = 200
MAX_CHAIN = 50  # references that lead to references
MAX_FOLLOWED = 1_000_000  # a description of 1,200 operations follows 60,000

LoadFile = Callable[[str], str]
"""The text of a file by its path relative to the description, `/` between folders. Raises SpecRefused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A value of a description, and where it stands."""

    value: object
    file: str
    pointer: str

    @property
    def place(self) -> str:
        return f"{self.file}#{self.pointer}"

    def find(self, key: str | int) -> "Node | None":
        """What an object has under a key, or a list at an index."""
        if isinstance(self.value, dict) and key in self.value:
            child: object = self.value[key]
        elif isinstance(self.value, list) and isinstance(key, int) and 0 <= key < len(self.value):
            child = self.value[key]
        else:
            return None
        step = str(key).replace("~", "~0").replace("/", "~1")
        return Node(value=child, file=self.file, pointer=f"{self.pointer}/{step}")

    def text(self, key: str) -> str | None:
        found = self.value.get(key) if isinstance(self.value, dict) else None
        return found if isinstance(found, str) else None

    def is_true(self, key: str) -> bool:
        return isinstance(self.value, dict) and self.value.get(key) is True

    def members(self) -> Iterator[tuple[str, "Node"]]:
        """Of an object, its keys and values; extensions (`x-…`) among them."""
        for key in self.value if isinstance(self.value, dict) else ():
            child = self.find(str(key))
            if child is not None:
                yield str(key), child

    def items(self) -> Iterator["Node"]:
        for index in range(len(self.value)) if isinstance(self.value, list) else ():
            child = self.find(index)
            if child is not None:
                yield child


class Documents:
    """The description and the files it refers to, each read once."""

    def __init__(self, text: str, name: str, load: LoadFile | None = None) -> None:
        self._load = load
        self._trees: dict[str, object] = {name: read_document(text, name)}
        self._followed = 0
        self.root = Node(value=self._trees[name], file=name, pointer="")

    def follow(self, node: Node) -> Node:
        """The node, or what its `$ref` leads to. Raises SpecRefused."""
        start = node
        for _ in range(MAX_CHAIN):
            reference = node.text("$ref")
            if reference is None:
                return node
            self._followed += 1
            if self._followed > MAX_FOLLOWED:
                message = f"more than {MAX_FOLLOWED:,} references to follow"
                raise SpecRefused(RefusalCode.SPEC_TOO_LARGE, message, place=node.place)
            node = self._target(reference, node)
        raise SpecRefused(
            RefusalCode.REF_CYCLE, "these references lead to one another, never to a value", place=start.place
        )

    def get(self, node: Node, key: str) -> Node | None:
        """What an object has under a key, references followed."""
        found = node.find(key)
        return None if found is None else self.follow(found)

    def _target(self, reference: str, at: Node) -> Node:
        path, _, fragment = reference.partition("#")
        file = at.file if not path else self._file_of(path, at)
        node = Node(value=self._tree(file, at), file=file, pointer="")
        if fragment and not fragment.startswith("/"):
            message = f"'{reference}' names an anchor; write a JSON pointer, #/…"
            raise SpecRefused(RefusalCode.REF_UNRESOLVED, message, place=at.place)
        for step in unquote(fragment).split("/")[1:]:
            key = step.replace("~1", "/").replace("~0", "~")
            found = node.find(int(key) if isinstance(node.value, list) and key.isdecimal() else key)
            if found is None:
                message = f"'{reference}' leads nowhere"
                raise SpecRefused(RefusalCode.REF_UNRESOLVED, message, place=at.place)
            node = found
        return node

    def _file_of(self, path: str, at: Node) -> str:
        parts = urlsplit(path)
        if parts.scheme or parts.netloc:
            message = f"'{path}' is elsewhere, and nothing is fetched: save it beside the description"
            raise SpecRefused(RefusalCode.REF_REMOTE, message, place=at.place)
        file = posixpath.normpath(posixpath.join(posixpath.dirname(at.file), unquote(path)))
        if file.startswith(("/", "..")) or "\\" in file or "\0" in file:
            message = f"'{path}' is outside of the description's folder"
            raise SpecRefused(RefusalCode.REF_OUTSIDE, message, place=at.place)
        return file

    def _tree(self, file: str, at: Node) -> object:
        if file not in self._trees:
            if self._load is None:
                message = f"there is no file '{file}' beside this description"
                raise SpecRefused(RefusalCode.REF_UNRESOLVED, message, place=at.place)
            if len(self._trees) >= MAX_FILES:
                message = f"a description has at most {MAX_FILES} files"
                raise SpecRefused(RefusalCode.SPEC_TOO_LARGE, message, place=at.place)
            self._trees[file] = read_document(self._load(file), file)
        return self._trees[file]
