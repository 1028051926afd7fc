"""The worst an expression can cost, known before it runs: every list is taken to be as long as allowed."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.expr.functions import FUNCTIONS, ITEMS_COST, METHODS
from engine.expr.nodes import Binary, Call, Comprehension, ListOf, Literal, Logic, Node, children_of
from engine.expr.types import ExprType, Kind, may_be
from engine.expr.values import WORK_LIMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Excess:
    node: Node
    message: str
    suggestion: str | None


@dataclass(frozen=True, slots=True)
class WorstCase:
    """Counts in the units of `Work`: steps of about 0.1 microseconds. `types` as the check found them."""

    types: Mapping[int, ExprType]

    def find_excess(self, root: Node) -> Excess | None:
        if self.cost_of(root) <= WORK_LIMIT:
            return None
        node = self._culprit_in(root)
        return Excess(
            node=node,
            message=f"costs {self.cost_of(node):,} steps at worst, {WORK_LIMIT:,} are allowed",
            suggestion="walk one list, and inside it use only its item and single values",
        )

    def _culprit_in(self, node: Node) -> Node:
        """The innermost node that alone costs too much."""
        for child in children_of(node):
            if self.cost_of(child) > WORK_LIMIT:
                return self._culprit_in(child)
        return node

    def cost_of(self, node: Node) -> int:
        match node:
            case Comprehension():
                each = 3 + self.cost_of(node.body) + (self.cost_of(node.condition) if node.condition else 0)
                return self.cost_of(node.range) + each * _length_of(node.range)
            case Call():
                table = METHODS if node.method else FUNCTIONS
                own = table[node.function].cost
                length = _length_of(node.arguments[0]) if node.arguments else 0
                own = own * length // ITEMS_COST if own >= ITEMS_COST else own
                return 1 + own + self._cost_of_parts(node)
            case Binary():
                return 1 + self._own_cost_of(node) + self._cost_of_parts(node)
            case _:
                return 1 + self._cost_of_parts(node)

    def _cost_of_parts(self, node: Node) -> int:
        return sum(self.cost_of(child) for child in children_of(node))

    def _own_cost_of(self, node: Binary) -> int:
        """Of walking a list whole, for `in`, and for `==` and `+` when both sides may be one."""
        if node.operator == "in":
            return _length_of(node.right) * 2
        if node.operator not in ("==", "!=", "+"):
            return 1
        if any(not may_be(self.types[id(side)], Kind.LIST) for side in (node.left, node.right)):
            return 1
        sides = (node.left, node.right)
        if all(self.types[id(side)].kind is Kind.LIST for side in sides):
            return max(_length_of(side) for side in sides)
        return 1


def _length_of(node: Node) -> int:
    if isinstance(node, ListOf):
        return len(node.items)
    return 1 if isinstance(node, Literal | Logic) else ITEMS_COST
