"""Which outgoing flows a token takes: the first whose condition holds, or all of them."""

from engine.flow.elements.contract import Arrow, Visit
from engine.flow.elements.outcomes import Advanced
from engine.flow.errors import NoBranchTaken
from engine.flow.instance import Variables


def advance_by_first(visit: Visit, *, changed: Variables | None = None) -> Advanced:
    """As an exclusive gateway. An element without outgoing flows ends its token.

    Conditions see the variables as this node leaves them. Raises `NoBranchTaken`, `ConditionFailed`.
    """
    changed = changed or {}
    arrows, default = visit.element.outgoing, visit.element.default
    if not arrows:
        return Advanced(changed=changed)
    if len(arrows) == 1 and (arrows[0].condition is None or arrows[0] is default):
        return Advanced(flows=arrows, changed=changed)
    bindings = _after(visit, changed)
    for arrow in arrows:
        if arrow is not default and _is_open(arrow, bindings):
            return Advanced(flows=(arrow,), changed=changed)
    return Advanced(flows=(_default(visit),), changed=changed)


def advance_by_all(visit: Visit, *, changed: Variables | None = None) -> Advanced:
    """As an inclusive gateway, and as any element that has several outgoing flows and chooses none itself.

    Raises `NoBranchTaken`, `ConditionFailed`.
    """
    changed = changed or {}
    arrows, default = visit.element.outgoing, visit.element.default
    if all(arrow.condition is None for arrow in arrows) and default is None:
        return Advanced(flows=arrows, changed=changed)
    bindings = _after(visit, changed)
    taken = tuple(arrow for arrow in arrows if arrow is not default and _is_open(arrow, bindings))
    return Advanced(flows=taken or (_default(visit),), changed=changed)


def _after(visit: Visit, changed: Variables) -> dict[str, object]:
    bindings = visit.bindings()
    if changed:
        bindings["vars"] = {**visit.variables, **changed}
    return bindings


def _is_open(arrow: Arrow, bindings: dict[str, object]) -> bool:
    return arrow.condition is None or arrow.condition.holds(bindings)


def _default(visit: Visit) -> Arrow:
    if visit.element.default is None:
        raise NoBranchTaken(element=visit.element.key)
    return visit.element.default
