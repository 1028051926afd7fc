"""Move a running instance to another version of its flow: each open element to one of the same type.

Tokens, tasks, timers, messages and calls under way stay as they are; boundary events that only the other
version has begin to watch with the next task. What has been passed keeps its history: where the other version
has no such element, rolling back over it is refused.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from engine.flow.compiled import CompiledFlow
from engine.flow.elements.contract import Join
from engine.flow.instance import DeploymentId, Instance, InstanceStatus, Token
from engine.flow.marking import OPEN
from engine.flow.model import BoundaryEvent, CallActivity, ElementKey
from engine.problem import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """`mapping`: old key → new key, of elements and sequence flows; what is not named keeps its key."""

    old: CompiledFlow
    new: CompiledFlow
    to: DeploymentId
    mapping: Mapping[str, str] = field(default_factory=dict[str, str])

    def name(self, key: ElementKey) -> ElementKey:
        return ElementKey(self.mapping.get(key, key))

    def mistakes(self) -> list[Problem]:
        """Names in the mapping that are none."""
        sides = ((self.old, self.mapping, "old"), (self.new, self.mapping.values(), "new"))
        return [
            _problem("MIGRATION_KEY_UNKNOWN", f"the {which} version has no {key!r}", key)
            for flow, keys, which in sides
            for key in keys
            if key not in flow.elements and key not in flow.model.flows
        ]

    def obstacles(self, instance: Instance) -> list[Problem]:
        """Why this instance cannot be moved; none: it can."""
        return list(dict.fromkeys(self._obstacles(instance)))

    def apply(self, instance: Instance) -> None:
        """Changes the working copy of an instance without obstacles."""
        instance.deployment = self.to
        for node in instance.nodes.values():
            node.element = self.name(node.element)
            node.via = tuple(map(self.name, node.via))
            node.took = tuple(map(self.name, node.took))
        for token in instance.tokens:
            token.flow = self.name(token.flow)
        waits = (*instance.tasks.values(), *instance.timers, *instance.messages, *instance.incidents)
        for wait in waits:
            wait.element = self.name(wait.element)
        visits: dict[ElementKey, int] = {}
        for key, count in instance.visits.items():
            visits[self.name(key)] = visits.get(self.name(key), 0) + count
        instance.visits = visits

    def _obstacles(self, instance: Instance) -> Iterator[Problem]:
        if instance.status is not InstanceStatus.RUNNING:
            yield _problem("MIGRATION_ENDED", "the instance has ended", None)
            return
        if instance.reopens is not None or any(one.compensates for one in instance.effects.values()):
            yield _problem("MIGRATION_BUSY", "the instance is being rolled back: try again later", None)
        for node in instance.nodes.values():
            if node.status in OPEN:
                yield from self._misfit(node.element)
        for wait in (*instance.timers, *instance.messages):
            yield from self._misfit(wait.element)
        for token in instance.tokens:
            yield from self._lost(instance, token)

    def _misfit(self, key: ElementKey) -> Iterator[Problem]:
        name = self.name(key)
        known = self.new.elements.get(name)
        if known is None:
            yield _problem("MIGRATION_UNMAPPED", f"the new version has no element {name!r}", key)
            return
        before, after = self.old.types[key], self.new.types[name]
        if before != after:
            yield _problem("MIGRATION_TYPE", f"{name!r} is a {after}, and {key!r} a {before}", key)
            return
        model, other = self.old.elements[key].model, known.model
        if (self.name(model.parent) if model.parent else None) != other.parent:
            yield _problem("MIGRATION_SCOPE", f"{name!r} lies in another sub-process", key)
        match model, other:
            case BoundaryEvent(), BoundaryEvent() if self.name(model.attached_to) != other.attached_to:
                yield _problem("MIGRATION_SCOPE", f"{name!r} is attached to another element", key)
            case CallActivity(), CallActivity() if (model.loop is None) != (other.loop is None):
                yield _problem("MIGRATION_TYPE", f"only one of {key!r} and {name!r} is a loop", key)
            case _:
                pass

    def _lost(self, instance: Instance, token: Token) -> Iterator[Problem]:
        """Whether a token that waits at a join waits there in the new version too."""
        name = self.name(token.flow)
        flow = self.new.model.flows.get(name)
        target = self.old.model.flows[token.flow].target
        if flow is None or flow.target != self.name(target):
            message = f"the new version has no flow {name!r} to {self.name(target)!r}, where a token waits"
            yield _problem("MIGRATION_UNMAPPED", message, token.flow)
            return
        yield from self._misfit(target)
        join = self.new.elements[flow.target]
        if join.join is not self.old.elements[target].join:
            yield _problem("MIGRATION_JOIN", f"{flow.target!r} joins in another way", token.flow)
        arrived = {self.name(other.flow) for other in instance.tokens if other.scope == token.scope}
        if join.join is Join.PARALLEL and arrived.issuperset(join.incoming):
            message = f"{flow.target!r} waits for nothing more: let the instance go on in its version"
            yield _problem("MIGRATION_JOIN", message, token.flow)


def _problem(code: str, message: str, path: str | None) -> Problem:
    return Problem(code=code, message=message, path=path)
