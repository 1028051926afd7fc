"""The worst an expression can cost, known before it runs, in the units that `Work` counts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.expr.functions import FUNCTIONS, ITEMS_COST, METHODS
from engine.expr.nodes import (
    Binary,
    Call,
    Comprehension,
    Index,
    ListOf,
    Literal,
    Name,
    Node,
    Select,
    children_of,
)
from engine.expr.types import DOUBLE, STRING, ExprType, Kind, ListType
from engine.expr.values import MAX_ITEMS

CHECKED_LIMIT = 30_000  # well under what an evaluation may spend: long values cost extra while it runs
INNER_ITEMS = 10  # taken of a list inside an item of a list; what there is more is counted as it runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Excess:
    node: Node
    message: str
    suggestion: str


def find_excess(root: Node, types: Mapping[int, ExprType]) -> Excess | None:
    """The innermost part that alone costs too much, when every list it walks is as long as allowed."""
    count = StepCount(types, items=MAX_ITEMS, inner_items=INNER_ITEMS)
    cost = count.cost_of(root)
    if cost <= CHECKED_LIMIT:
        return None
    return Excess(
        node=count.culprit_in(root),
        message=f"costs {cost:,} steps at worst, {CHECKED_LIMIT:,} are allowed",
        suggestion="walk one list, and inside it use only its item and single values",
    )


@dataclass(frozen=True, slots=True)
class StepCount:
    """Counts steps for lists of a given length; `types` as the check found them."""

    types: Mapping[int, ExprType]
    items: int = 0  # of none, only the steps that do not depend on any list are left
    inner_items: int = 0
    walked: frozenset[str] = frozenset()  # the items in scope

    def culprit_in(self, node: Node) -> Node:
        inner = self._inside(node) if isinstance(node, Comprehension) else self
        for child in children_of(node):
            if inner.cost_of(child) > CHECKED_LIMIT:
                return inner.culprit_in(child)
        return node

    def cost_of(self, node: Node) -> int:
        match node:
            case Comprehension():
                parts = (node.body, node.condition)
                each = 3 + sum(self._inside(node).cost_of(part) for part in parts if part is not None)
                return 1 + self.cost_of(node.range) + each * self._length_of(node.range)
            case _:
                return 1 + self._own_cost_of(node) + sum(map(self.cost_of, children_of(node)))

    def _inside(self, node: Comprehension) -> "StepCount":
        return replace(self, walked=self.walked | {node.variable})

    def _own_cost_of(self, node: Node) -> int:
        match node:
            case Call():
                own = (METHODS if node.method else FUNCTIONS)[node.function].cost
                return own * self._length_of(node.arguments[0]) // ITEMS_COST if own >= ITEMS_COST else own
            case Binary(operator="in"):
                return self._length_of(node.right) * 2
            case Binary(operator="==" | "!=" | "+"):
                lengths = [self._length_of(side) for side in (node.left, node.right) if self._is_list(side)]
                return max(lengths) if len(lengths) == 2 else 1
            case Name() | Select() | Index():
                is_converted = self.types[id(node)] in (ListType(STRING), ListType(DOUBLE))
                return self._length_of(node) if is_converted else 0
            case _:
                return 0

    def _is_list(self, node: Node) -> bool:
        return self.types[id(node)].kind is Kind.LIST

    def _length_of(self, node: Node) -> int:
        """How many items a list may have: as many as are written, few within an item, else all allowed."""
        match node:
            case ListOf(items=items):
                return len(items)
            case Name(name=name):
                return self.inner_items if name in self.walked else self.items
            case Select(operand=source) | Index(operand=source) | Comprehension(range=source):
                return self._length_of(source)
            case Call(arguments=arguments) if arguments:
                return self._length_of(arguments[0])
            case Literal():
                return 1
            case _:
                return self.items
