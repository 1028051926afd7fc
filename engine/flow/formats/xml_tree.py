"""XML as a small tree, read safely: no document type and so no entities, bounded in size, depth and count.

The standard library's expat is used through hooks, not a tree builder of it: so the lines of elements are
known, and what is refused is refused before it is expanded.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

MAX_CHARACTERS = 4_000_000
MAX_DEPTH = 100
MAX_NODES = 100_000
XML = "http://www.w3.org/XML/1998/namespace"  # bound to its prefix everywhere, declared nowhere
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class XmlRefused(Exception):
    """The text is no XML, or none that is read; `line` and `column` from 1."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


@dataclass(slots=True)
class XmlNode:
    """`name` and the keys of `attributes` are `{namespace}local`, or `local` alone without one."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict[str, str])
    children: "list[XmlNode]" = field(default_factory=list["XmlNode"])
    text: str = ""
    line: int = 0

    @property
    def namespace(self) -> str:
        return self.name[1:].partition("}")[0] if self.name.startswith("{") else ""

    @property
    def local(self) -> str:
        return self.name.rpartition("}")[2]

    def named(self, name: str) -> "Iterator[XmlNode]":
        return (child for child in self.children if child.name == name)


def parse_xml(text: str) -> XmlNode:
    """Raises XmlRefused."""
    if len(text) > MAX_CHARACTERS:
        raise XmlRefused(f"it has more than {MAX_CHARACTERS:,} characters", 1, 1)
    return _Reader().read(text)


class _Reader:
    def __init__(self) -> None:
        self._open: list[XmlNode] = [XmlNode("")]
        self._count = 0
        self._parser = expat.ParserCreate("UTF-8", namespace_separator="}")  # whatever the text declares
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def read(self, text: str) -> XmlNode:
        try:
            self._parser.Parse(text.encode(), True)
        except UnicodeEncodeError:
            raise XmlRefused("it holds half a character", 1, 1) from None
        except expat.ExpatError as error:
            raise XmlRefused(expat.ErrorString(error.code), error.lineno, error.offset + 1) from None
        return self._open[0].children[0]

    def _refuse(self, message: str) -> XmlRefused:
        return XmlRefused(message, self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MAX_NODES:
            raise self._refuse(f"it has more than {MAX_NODES:,} elements")
        if len(self._open) > MAX_DEPTH:
            raise self._refuse(f"it nests deeper than {MAX_DEPTH} levels")
        node = XmlNode(
            _clark(name),
            {_clark(key): value for key, value in attributes.items()},
            line=self._parser.CurrentLineNumber,
        )
        self._open[-1].children.append(node)
        self._open.append(node)

    def _end(self, name: str) -> None:
        self._open.pop()

    def _text(self, data: str) -> None:
        self._open[-1].text += data

    def _doctype(self, *_: object) -> None:
        raise self._refuse("a document type, and with it entities, is not read")


def _clark(name: str) -> str:
    return f"{{{name}" if "}" in name else name


def is_xml_text(text: str) -> bool:
    return not _NOT_XML.search(text)


def write_xml(root: XmlNode, prefixes: dict[str, str]) -> str:
    """Namespaces that have no prefix get one. Only XML characters may be in it: see `is_xml_text`."""
    known = {XML: "xml", **prefixes}
    for node in _all(root):
        for name in (node.name, *node.attributes):
            namespace = name[1:].partition("}")[0] if name.startswith("{") else ""
            if namespace and namespace not in known:
                known[namespace] = f"ns{len(known)}"
    declared = {f"xmlns:{prefix}": uri for uri, prefix in known.items() if uri != XML}
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    _write(root, known, declared, "", lines)
    return "\n".join(lines) + "\n"


def _write(
    node: XmlNode, known: dict[str, str], extra: dict[str, str], indent: str, lines: list[str]
) -> None:
    name = _prefixed(node.name, known)
    attributes = extra | {_prefixed(key, known): value for key, value in node.attributes.items()}
    opening = " ".join([name, *(f"{key}={quoteattr(value)}" for key, value in attributes.items())])
    text = escape(node.text, {"\r": "&#13;"}) if node.text.strip() else ""
    if not node.children:
        lines.append(f"{indent}<{opening}>{text}</{name}>" if text else f"{indent}<{opening} />")
        return
    lines.append(f"{indent}<{opening}>{text}")
    for child in node.children:
        _write(child, known, {}, indent + "  ", lines)
    lines.append(f"{indent}</{name}>")


def _prefixed(name: str, known: dict[str, str]) -> str:
    namespace, _, local = name[1:].partition("}") if name.startswith("{") else ("", "", name)
    return f"{known[namespace]}:{local}" if namespace else local


def _all(root: XmlNode) -> Iterator[XmlNode]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(node.children)
