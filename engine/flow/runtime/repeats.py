"""The same request again is done once: what each led to is remembered in its instance."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

import orjson

from engine.flow.errors import FlowKeyReused
from engine.flow.instance import Instance, InstanceId, Remembered, TaskId, Variables
from engine.flow.runtime.requests import Asking

KEPT_FOR = timedelta(hours=24)
KEPT_AT_LEAST = 50  # of an instance, however old


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyed:
    """A request under its caller's key; keys of different callers and mutations never meet."""

    id: str
    fingerprint: str


def keyed(asking: Asking, mutation: str, given: Variables) -> Keyed | None:
    """None for a request without a key."""
    if asking.key is None:
        return None
    scope = _digest(f"{asking.subject}\0{mutation}\0{asking.key}".encode())
    return Keyed(id=scope, fingerprint=_digest(orjson.dumps(given, option=orjson.OPT_SORT_KEYS)))


def instance_id_of(request: Keyed) -> InstanceId:
    """Of the instance that a start under a key makes: so its insert is the check."""
    return InstanceId(request.id)


def find_repeat(instance: Instance, request: Keyed | None) -> Remembered | None:
    """Raises `FlowKeyReused` if the key came with another input."""
    if request is None:
        return None
    found = next((one for one in instance.remembered if one.key == request.id), None)
    if found is not None and found.fingerprint != request.fingerprint:
        raise FlowKeyReused
    return found


def remember(
    instance: Instance, request: Keyed | None, tasks: tuple[TaskId, ...] | None, now: datetime
) -> None:
    """To be written with what the request did: `version` is the one that write gives."""
    if request is None:
        return
    done = Remembered(
        key=request.id, fingerprint=request.fingerprint, version=instance.version + 1, tasks=tasks, at=now
    )
    old = [one for one in instance.remembered[: -KEPT_AT_LEAST + 1] if now - one.at < KEPT_FOR]
    instance.remembered = [*old, *instance.remembered[-KEPT_AT_LEAST + 1 :], done]


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()
