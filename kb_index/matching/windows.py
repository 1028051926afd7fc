"""Conditions of rules with dates, and which of them are closed at a moment."""

from datetime import datetime

from kb_index.matching.slots import Slots, add_slot, without


class Windows:
    """Remembers who is closed until a date passes: most questions are asked in the same present."""

    def __init__(self) -> None:
        self._dates: dict[int, tuple[datetime | None, datetime | None]] = {}
        self._closed: Slots = {}
        self._valid: tuple[datetime, datetime | None] | None = None  # from when to when `_closed` is right

    def add(self, slot: int, *, opens: datetime | None, closes: datetime | None) -> None:
        if opens is not None or closes is not None:
            self._dates[slot] = (opens, closes)
            self._valid = None

    def drop(self, slot: int) -> None:
        if self._dates.pop(slot, None) is not None:
            self._valid = None

    def cut(self, slots: Slots, at: datetime) -> Slots:
        """Those that are open at this moment."""
        if not self._dates:
            return slots
        if (
            self._valid is None
            or at < self._valid[0]
            or (self._valid[1] is not None and at >= self._valid[1])
        ):
            self._look(at)
        return without(slots, self._closed) if self._closed else slots

    def _look(self, at: datetime) -> None:
        self._closed = {}
        ahead: list[datetime] = []
        for slot, (opens, closes) in self._dates.items():
            if (opens is not None and at < opens) or (closes is not None and closes <= at):
                add_slot(self._closed, slot)
            ahead += [date for date in (opens, closes) if date is not None and date > at]
        self._valid = (at, min(ahead, default=None))
