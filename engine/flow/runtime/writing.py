"""Write a step; then give the waits that began in it the messages that were kept for them.

A sender keeps a message and then looks for waits again; whoever begins to wait writes the wait and then looks
for messages. Whatever the order, one of the two sees the other. The delivery deletes the kept message in the
write of its step: nobody takes it twice.
"""

from dataclasses import dataclass, field
from functools import partial

from engine.flow.instance import Instance, InstanceId, MessageWait
from engine.flow.ports import KeptMessage
from engine.flow.runtime.family import SHORT_PAUSE, Family, Leased, Running
from engine.flow.runtime.racing import race


@dataclass(slots=True, kw_only=True)
class Written:
    """What was written, and the effects this process is to run. `followed`: a kept message was delivered."""

    family: Family  # whose step it was
    changed: list[Instance] = field(default_factory=list[Instance])
    leased: list[Leased] = field(default_factory=list[Leased])
    followed: bool = False


async def write_step(running: Running, family: Family) -> Written:
    """Raises `StepConflict` if nothing was written since another step came first."""
    leased = family.lease(ahead=SHORT_PAUSE)
    await family.write()
    written = Written(family=family, changed=list(family.changed), leased=leased)
    for instance, wait in family.listening:
        following = await race(partial(_deliver_kept, running, instance, wait))
        if following is not None:
            written.changed += following.changed
            written.leased += following.leased
            written.followed = True
    return written


def fits(message: KeptMessage, instance: Instance, wait: MessageWait) -> bool:
    """Whether a message is for this wait: of its case, its instance and its values, where they are given."""
    if message.case_id is not None and message.case_id != instance.case_id:
        return False
    if message.instance is not None and message.instance != instance.id:
        return False
    known = wait.correlation
    return message.name == wait.name and all(
        name in known and known[name] == value for name, value in message.correlation.items()
    )


async def _deliver_kept(running: Running, instance: InstanceId, wait: MessageWait) -> Written | None:
    found = await running.store.find(instance)
    if found is None or wait not in found.messages:
        return None
    family = Family(running, by=None, attended=False)
    family.adopt(found)
    for message in await running.store.messages(wait.name, family.now):
        if fits(message, found, wait):
            family.take(message)
            variables = dict(message.variables)
            await family.advance(found, lambda step: step.receive_message(wait, variables))  # noqa: B023  # returns
            return await write_step(running, family)
    return None
