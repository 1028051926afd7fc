"""Send a message: to every wait it fits, else it is kept for the first that begins."""

from datetime import datetime, timedelta
from functools import partial
from hashlib import blake2b

from engine.flow.instance import Instance, InstanceId, InstanceStatus, MessageWait
from engine.flow.limits import check_changed
from engine.flow.ports import Calendars, KeptMessage, StepConflict
from engine.flow.runtime.family import Family, Running
from engine.flow.runtime.racing import race
from engine.flow.runtime.requests import Message
from engine.flow.runtime.writing import Written, fits, write_step

MAX_KEPT = timedelta(days=31)

Delivered = tuple[InstanceId, Written]


async def send(running: Running, message: Message, *, message_id: str) -> list[Delivered]:
    """The steps that were taken; empty where the message was kept. `message_id` is the same for a repeat."""
    check_changed({}, message.variables)
    now = running.clock.now()
    kept = KeptMessage(
        id=message_id,
        version=1,
        name=message.name,
        case_id=message.case_id,
        instance=message.instance,
        correlation=dict(message.correlation),
        variables=dict(message.variables),
        expires_at=_expiry(running.executor.calendars, message.ttl, now),
    )
    delivered = await _deliver(running, kept, message, kept_before=False)
    if delivered:
        return delivered
    try:
        await running.store.write(kept=[kept])
    except StepConflict:
        return []  # the same request kept it before
    return await _deliver(running, kept, message, kept_before=True)


async def _deliver(
    running: Running, kept: KeptMessage, message: Message, *, kept_before: bool
) -> list[Delivered]:
    waiting = await running.store.waiting_for(kept.name, case_id=kept.case_id, instance=kept.instance)
    delivered: list[Delivered] = []
    for instance in waiting:
        written = await race(partial(_receive, running, instance, kept, message, kept_before=kept_before))
        if written is not None:
            delivered.append((instance, written))
            if kept_before:
                break  # a kept message is for the first
    return delivered


async def _receive(
    running: Running, instance: InstanceId, kept: KeptMessage, message: Message, *, kept_before: bool
) -> Written | None:
    found = await running.store.find(instance)
    wait = None if found is None else _fitting(found, kept)
    if found is None or wait is None:
        return None
    family = Family(running, by=message.asking.subject, attended=False)
    family.adopt(found)
    if kept_before:
        still = await running.store.messages(kept.name, family.now)
        if all(one.id != kept.id for one in still):
            return None  # somebody who began to wait has taken it
        family.take(kept)
    await family.advance(found, lambda step: step.receive_message(wait, dict(kept.variables)))
    return await write_step(running, family)


def _fitting(instance: Instance, kept: KeptMessage) -> MessageWait | None:
    if instance.status is not InstanceStatus.RUNNING or instance.suspended:
        return None
    return next((wait for wait in instance.messages if fits(kept, instance, wait)), None)


def _expiry(calendars: Calendars, ttl: str, now: datetime) -> datetime:
    """Raises ValueError for what is no duration."""
    return min(calendars.add(now, ttl), now + MAX_KEPT)


def message_id_of(scope: str) -> str:
    """Of a message sent under an idempotency key."""
    return blake2b(scope.encode(), digest_size=16).hexdigest()
