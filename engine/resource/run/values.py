"""Evaluate what is not fetched, object by object: values, joins, and access rules that read the object."""

from collections.abc import Mapping

from engine.expr import Expression, ExprFault
from engine.resource.model import OnDeny, Registry
from engine.resource.outcome import (
    ACCESS_DENIED,
    DENIED_SILENTLY,
    PENDING,
    UNAUTHENTICATED,
    VALUE_ERROR,
    Failure,
)
from engine.resource.plan.steps import GuardStep, JoinStep, Object, Objects, ValueStep
from engine.resource.run.inputs import arguments_of, copied, inputs_of
from engine.resource.run.request import Request


class Evaluator:
    """Runs the value and guard steps of one request."""

    def __init__(self, registry: Registry, request: Request) -> None:
        self._registry = registry
        self._request = request

    def evaluate(self, step: ValueStep, objects: Objects) -> None:
        arguments = arguments_of(step, self._request)
        bindings = self._bindings(step.module, arguments)
        for item in objects:
            item[step.slot] = self._value(step, item, bindings, arguments)

    def _value(self, step: ValueStep, item: Object, bindings: dict[str, object], arguments: object) -> object:
        if isinstance(arguments, Failure):
            return arguments
        this = inputs_of(step.inputs, item)
        if isinstance(this, Failure):
            return this
        bindings["this"] = this
        try:
            value = step.expression.evaluate(bindings)
        except ExprFault as fault:
            return Failure(VALUE_ERROR, str(fault))
        return copied(value) if step.wraps_objects else value

    def decide(self, step: GuardStep, objects: Objects) -> None:
        rule = self._registry.rules[step.rule]
        assert rule.when is not None, "only conditions read the object"
        arguments = arguments_of(step, self._request)
        bindings = self._bindings(step.module, arguments)
        denied = denial_of(rule.on_deny, authenticated=self._request.principal.authenticated)
        for item in objects:
            this = inputs_of(step.inputs, item)
            if isinstance(this, Failure) or isinstance(arguments, Failure):
                item[step.slot] = denied
                continue
            item[step.slot] = None if holds(rule.when, {**bindings, "this": this}) else denied

    def _bindings(self, module: str, arguments: object) -> dict[str, object]:
        return {
            "args": arguments,
            "context": self._request.context,
            "config": self._registry.modules[module].config,
        }


def holds(condition: Expression, bindings: Mapping[str, object]) -> bool:
    """A condition that fails lets nobody in."""
    try:
        return condition.holds(bindings)
    except ExprFault:
        return False


def denial_of(on_deny: OnDeny, *, authenticated: bool) -> Failure:
    if on_deny is OnDeny.NULL:
        return DENIED_SILENTLY
    if not authenticated:
        return Failure(UNAUTHENTICATED, "sign in to see this field")
    return Failure(ACCESS_DENIED, "you may not see this field")


def join(step: JoinStep, objects: Objects) -> None:
    """Objects that got the same answers share what is put together of them, as they would one answer."""
    known: dict[tuple[int, ...], object] = {}
    for item in objects:
        values = {giver: item.get(slot, PENDING) for giver, slot in step.slots.items()}
        same = tuple([id(value) for value in values.values()])
        if same not in known:
            known[same] = step.join(values)
        item[step.slot] = known[same]
