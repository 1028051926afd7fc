"""How much of the change feed both stores keep, and whether a reader has missed some of it."""

from collections.abc import Sequence

from resolvers.ports import Change


def is_whole(changes: Sequence[Change], *, after: int) -> bool:
    """Whether nothing is missing between a reader's position and the last of the changes found there."""
    return not changes or changes[-1].sequence == after + len(changes)


def end_of_pruning(last: int, *, written: int, kept: int) -> int | None:
    """Up to which number to forget changes after `written` of them came up to `last`; None: not this time.

    Once in a hundredth of what is kept: a writer meets it rarely, and then it is short.
    """
    piece = piece_of(kept)
    due = last // piece > (last - written) // piece
    return last - kept if due and last > kept else None


def piece_of(kept: int) -> int:
    return max(1, kept // 100)
