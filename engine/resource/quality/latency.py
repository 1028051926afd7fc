"""How long calls took, counted in fixed buckets: histograms of any workers and times add up to one.

Eight buckets to each doubling, so that a quantile is at most one sixteenth beside the true value. Numbers of
buckets are stored: changing what they mean would change what was measured.
"""

from collections.abc import Iterable, Mapping
from math import ceil

Buckets = Mapping[int, int]  # bucket -> how many took so long
LONGEST_US = (1 << 31) - 1  # 36 minutes; what takes longer counts as that


def bucket_of(seconds: float) -> int:
    """The number of the bucket of a duration: of microseconds up to 16, then of eighths of powers of two."""
    duration_us = int(seconds * 1e6)
    if duration_us < 16:
        return duration_us if duration_us > 0 else 0
    if duration_us > LONGEST_US:
        duration_us = LONGEST_US
    shift = duration_us.bit_length() - 4
    return (shift << 3) + (duration_us >> shift)


def bounds_us(bucket: int) -> tuple[int, int]:
    """The microseconds of a bucket: from, and up to but without."""
    if bucket < 16:
        return bucket, bucket + 1
    shift = (bucket >> 3) - 1
    first = bucket - (shift << 3)
    return first << shift, (first + 1) << shift


def quantile_ms(buckets: Buckets, share: float) -> float | None:
    """The duration that this share of calls did not exceed, in milliseconds; None where there were none."""
    rank, seen = max(1, ceil(share * sum(buckets.values()))), 0
    for bucket in sorted(buckets):
        seen += buckets[bucket]
        if seen >= rank:
            low, high = bounds_us(bucket)
            return (low + high) / 2 / 1_000
    return None


def add_buckets(to: dict[int, int], more: Iterable[tuple[int, int]]) -> None:
    for bucket, count in more:
        to[bucket] = to.get(bucket, 0) + count
