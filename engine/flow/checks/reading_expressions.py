"""Expressions of a model as trees: where each stands, what it may read, what it reads."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from engine.expr import ANY, BOOL, STRING, ExprType, ListType
from engine.expr.faults import ExprSyntaxError
from engine.expr.nodes import Has, Index, Literal, Node, Select, children_of
from engine.expr.nodes import Name as NameNode
from engine.expr.parser import parse_expression
from engine.expr.types import Path
from engine.flow.model import (
    BoundaryEvent,
    Call,
    CallActivity,
    Element,
    FlowModel,
    MessageCatchEvent,
    ServiceTask,
    TimerCatchEvent,
    UserTask,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """An expression and where it stands. `also` are names in scope beside those it `sees`."""

    path: str
    element: str
    source: str
    also: tuple[str, ...] = ()
    expect: ExprType | None = None
    sees: tuple[str, ...] = ("vars", "reads")


def sites(model: FlowModel) -> Iterator[Site]:
    for element in model.elements.values():
        yield from _sites_of(element)
    for flow in model.flows.values():
        if flow.condition is not None:
            yield Site(path=f"{flow.key}/condition", element=flow.source, source=flow.condition, expect=BOOL)


def _sites_of(element: Element) -> Iterator[Site]:
    key = element.key
    for name, read in element.reads.items():
        path = f"{key}/reads/{name}"
        yield from _before_reads(_call(key, path, read.call))
        yield Site(path=f"{path}/value", element=key, source=read.value, also=("result",), sees=())
    yield from _sites_of_type(element)


def _sites_of_type(element: Element) -> Iterator[Site]:
    key = element.key
    match element:
        case UserTask():
            yield from _before_reads(_optional(key, "assignee", element.assignee, STRING))
            yield from _call(key, f"{key}/compensate", element.compensate)
        case ServiceTask():
            yield from _call(key, f"{key}/call", element.call)
            yield from _call(key, f"{key}/compensate", element.compensate)
            yield from _several(key, "output", element.output, *(("result",) if element.call else ()))
        case CallActivity():
            yield from _call_activity(element)
        case TimerCatchEvent():
            yield from _optional(key, "until", element.until, STRING)
        case MessageCatchEvent():
            yield from _several(key, "correlation", element.correlation)
            yield from _several(key, "output", element.output, "message")
        case BoundaryEvent():  # its own reads are made once it has happened
            yield from _before_reads(_several(key, "correlation", element.correlation))
            yield from _several(key, "output", element.output, "message")
        case _:
            pass


def _call_activity(element: CallActivity) -> Iterator[Site]:
    key, loop = element.key, element.loop
    item = (loop.item,) if loop else ()
    if not isinstance(element.input, str):
        yield from _several(key, "input", element.input, *item)
    if not isinstance(element.output, str):
        yield from _several(key, "output", element.output, "result")
    if loop:
        yield Site(path=f"{key}/over", element=key, source=loop.over, expect=ListType(ANY))
        if loop.until:
            yield Site(path=f"{key}/until", element=key, source=loop.until, also=("results",), expect=BOOL)


def _before_reads(found: Iterator[Site]) -> Iterator[Site]:
    """Expressions that are asked before the element has read anything."""
    return (replace(site, sees=("vars",)) for site in found)


def _optional(key: str, name: str, source: str | None, expect: ExprType) -> Iterator[Site]:
    if source is not None:
        yield Site(path=f"{key}/{name}", element=key, source=source, expect=expect)


def _several(key: str, name: str, sources: Mapping[str, str], *also: str) -> Iterator[Site]:
    for variable, source in sources.items():
        yield Site(path=f"{key}/{name}/{variable}", element=key, source=source, also=also)


def _call(key: str, path: str, call: Call | None) -> Iterator[Site]:
    for name, source in call.variables.items() if call else ():
        yield Site(path=f"{path}/variables/{name}", element=key, source=source)


def parsed(source: str) -> Node | None:
    """None for what is no expression: the check of expressions says so."""
    try:
        return parse_expression(source)
    except ExprSyntaxError:
        return None


def text_of(node: Node) -> str:
    """The same for the same expression, whatever its layout and brackets."""
    parts = [repr(node.value)] if isinstance(node, Literal) else [text_of(part) for part in children_of(node)]
    own = [
        str(value)
        for name in ("name", "operator", "function", "macro", "variable", "method")
        if (value := getattr(node, name, None)) is not None
    ]
    if isinstance(node, Literal):
        return parts[0]
    return "!" + parts[0] if own == ["!"] else f"{type(node).__name__}({','.join([*own, *parts])})"


def path_of(node: Node) -> Path | None:
    """The static path that a node reads: `vars.order.buyer`, `vars["order"]`; None for anything else."""
    match node:
        case NameNode(name=name):
            return (name,)
        case Select(operand=operand, name=name) | Index(operand=operand, index=Literal(value=str(name))):
            before = path_of(operand)
            return None if before is None else (*before, name)
        case _:
            return None


def reads_in(node: Node, parent: Node | None = None) -> Iterator[tuple[Path, Node | None]]:
    """Every longest static path that is read, with the node that uses it. What `has` asks for is not read."""
    path = path_of(node)
    if path is not None:
        yield path, parent
    elif isinstance(node, Has):
        yield from reads_in(node.operand.operand, node)
    else:
        for part in children_of(node):
            yield from reads_in(part, node)


def variables_in(node: Node) -> set[str]:
    """Names of all variables that stand in an expression, those that `has` asks for included."""
    path = path_of(node)
    own = {path[1]} if path is not None and len(path) > 1 and path[0] == "vars" else set[str]()
    return own.union(*(variables_in(part) for part in children_of(node)))
