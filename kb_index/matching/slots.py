"""Sets of conditions as bits: each condition has a slot, and slots lie in chunks that are ints.

Cutting two sets costs one operation for some thousand conditions; a set with few members is few small ints.
"""

from collections.abc import Iterable, Iterator, Sequence

CHUNK_BITS = 8_192  # an int of 1 kB: long enough for the loop around it, short enough to be copied
Slots = dict[int, int]  # number of a chunk → its bits; a chunk without bits is not there


def add_slot(slots: Slots, slot: int) -> None:
    chunk, bit = divmod(slot, CHUNK_BITS)
    slots[chunk] = slots.get(chunk, 0) | 1 << bit


def drop_slot(slots: Slots, slot: int) -> None:
    chunk, bit = divmod(slot, CHUNK_BITS)
    left = slots.get(chunk, 0) & ~(1 << bit)
    if left:
        slots[chunk] = left
    else:
        slots.pop(chunk, None)


def holds_slot(slots: Slots, slot: int) -> bool:
    chunk, bit = divmod(slot, CHUNK_BITS)
    return bool(slots.get(chunk, 0) >> bit & 1)


def slots_of(members: Iterable[int]) -> Slots:
    slots: Slots = {}
    for slot in members:
        add_slot(slots, slot)
    return slots


def union(sets: Sequence[Slots]) -> Slots:
    if len(sets) == 1:
        return sets[0]
    joined: Slots = {}
    for one in sets:
        for chunk, bits in one.items():
            joined[chunk] = joined.get(chunk, 0) | bits
    return joined


def both(one: Slots, other: Slots) -> Slots:
    if len(other) < len(one):
        one, other = other, one
    return {chunk: kept for chunk, bits in one.items() if (kept := bits & other.get(chunk, 0))}


def without(one: Slots, other: Slots) -> Slots:
    return {chunk: kept for chunk, bits in one.items() if (kept := bits & ~other.get(chunk, 0))}


def count_both(one: Slots, other: Slots) -> int:
    if len(other) < len(one):
        one, other = other, one
    return sum((bits & other[chunk]).bit_count() for chunk, bits in one.items() if chunk in other)


def meet(one: Slots, other: Slots) -> bool:
    if len(other) < len(one):
        one, other = other, one
    return any(bits & other.get(chunk, 0) for chunk, bits in one.items())


def count(slots: Slots) -> int:
    return sum(bits.bit_count() for bits in slots.values())


def members_of(slots: Slots) -> Iterator[int]:
    """In order of chunks as they came, ascending in each."""
    for chunk, bits in slots.items():
        base = chunk * CHUNK_BITS
        digits = bin(bits)  # `find` over its digits is a loop in C
        last = len(digits) - 1
        at = digits.rfind("1")
        while at > 1:
            yield base + last - at
            at = digits.rfind("1", 2, at)
