"""Which of many ranges hold for a value: an interval tree laid out in a sorted list."""

from bisect import bisect_right

from kb_index.matching.predicates import Range
from kb_index.matching.slots import Slots, add_slot, drop_slot
from kb_index.matching.values import Key


class RangeIndex:
    """Ranges with the conditions that ask for each. Those alike are kept once."""

    def __init__(self) -> None:
        self._slots: dict[Range, Slots] = {}
        self._trees: dict[str, _Tree] | None = None  # by kind of value; made anew after a new range

    def __len__(self) -> int:
        return len(self._slots)

    def add(self, span: Range, slot: int) -> None:
        if span not in self._slots:
            self._slots[span] = {}
            self._trees = None
        add_slot(self._slots[span], slot)

    def drop(self, span: Range, slot: int) -> None:
        drop_slot(self._slots[span], slot)
        if not self._slots[span]:
            del self._slots[span]
            self._trees = None

    def items(self) -> list[tuple[Range, Slots]]:
        return list(self._slots.items())

    def holding(self, key: Key) -> list[Slots]:
        if not self._slots:
            return []
        if self._trees is None:
            kinds = {span.kind for span in self._slots}
            self._trees = {kind: _Tree([one for one in self._slots if one.kind == kind]) for kind in kinds}
        tree = self._trees.get(key[0])
        return [] if tree is None else [self._slots[span] for span in tree.holding(key)]


class _Tree:
    """Ranges by their low bound; each stretch of the list knows how far its ranges reach."""

    def __init__(self, spans: list[Range]) -> None:
        self._unbounded = [span for span in spans if span.low is None]
        bounded = sorted(
            ((span.low, span) for span in spans if span.low is not None), key=lambda pair: pair[0]
        )
        self._lows = [low for low, _ in bounded]
        self._spans = [span for _, span in bounded]
        self._reach: dict[tuple[int, int], Key | None] = {}
        self._measure(0, len(self._spans))

    def holding(self, key: Key) -> list[Range]:
        found = [span for span in self._unbounded if span.holds(key)]
        return found + self._search(key, bisect_right(self._lows, key))

    def _search(self, key: Key, end: int) -> list[Range]:
        """Only stretches that begin before `end` and reach the key."""
        found: list[Range] = []
        waiting = [(0, len(self._spans))]
        while waiting:
            low, high = waiting.pop()
            if low >= min(high, end):
                continue
            reach = self._reach[low, high]
            if reach is not None and reach < key:
                continue
            middle = (low + high) // 2
            if self._spans[middle].holds(key):
                found.append(self._spans[middle])
            waiting += [(low, middle), (middle + 1, high)]
        return found

    def _measure(self, low: int, high: int) -> Key | None:
        """The greatest high bound in a stretch; None for one without an end."""
        if low >= high:
            return None
        middle = (low + high) // 2
        reaches = [self._spans[middle].high]
        if low < middle:
            reaches.append(self._measure(low, middle))
        if middle + 1 < high:
            reaches.append(self._measure(middle + 1, high))
        known = [reach for reach in reaches if reach is not None]
        furthest = max(known) if len(known) == len(reaches) else None
        self._reach[low, high] = furthest
        return furthest
