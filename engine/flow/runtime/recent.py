"""The instances that this process wrote last: the next commit begins with them and needs no read.

They are a guess. Whoever takes one writes on its version, and the store refuses the write where another
process has written since; whatever else comes of it but a write is decided anew on what is stored.
"""

from collections import OrderedDict
from collections.abc import Iterable

from engine.flow.instance import Instance, InstanceId, InstanceStatus, NodeId
from engine.flow.working_copy import working_copy

MAX_RECENT = 1_000  # instances: some 10 kB each
MAX_RECENT_BYTES = 8_000_000  # of their texts; as objects they take a few times as much


class RecentInstances:
    """Bounded by number and by size; the oldest leave first."""

    def __init__(self, *, at_most: int = MAX_RECENT, bytes_at_most: int = MAX_RECENT_BYTES) -> None:
        self._at_most = at_most
        self._bytes_at_most = bytes_at_most
        self._kept: OrderedDict[InstanceId, Instance] = OrderedDict()
        self._bytes = 0

    def keep(self, written: Iterable[Instance]) -> None:
        """As they were just written: nobody changes these objects any more. One that has ended is let go."""
        for instance in written:
            self.forget(instance.id)
            if instance.encoding is not None and instance.status is InstanceStatus.RUNNING:
                self._kept[instance.id] = instance
                self._bytes += instance.encoding.size
        while len(self._kept) > self._at_most or self._bytes > self._bytes_at_most:
            self.forget(next(iter(self._kept)))

    def take(self, instance: InstanceId, task: NodeId) -> Instance | None:
        """A working copy, if the task is open in it: else another process may have gone on already."""
        kept = self._kept.get(instance)
        return working_copy(kept) if kept is not None and task in kept.tasks else None

    def forget(self, instance: InstanceId) -> None:
        """Another process has written it."""
        gone = self._kept.pop(instance, None)
        if gone is not None and gone.encoding is not None:
            self._bytes -= gone.encoding.size
