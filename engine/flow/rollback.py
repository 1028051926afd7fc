"""Causal rollback of one instance."""

from datetime import datetime

from engine.flow.instance import Effect, Instance, NodeInstance


def finish_compensation(instance: Instance, effect: Effect, now: datetime) -> NodeInstance | None:
    """One compensation has run: the next is due now; after the last, gives the task that opens again."""
    del instance.effects[effect.node]
    following = next((other for other in instance.effects.values() if other.compensates), None)
    if following is not None:
        following.due_at = now
        return None
    target, instance.reopens = instance.reopens, None
    return instance.nodes[target] if target is not None else None
