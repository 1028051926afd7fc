"""Metrics in the text that Prometheus scrapes, of all workers, each under its number.

Labels are what units registered and the gateway's own words: nothing that a caller can choose.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from engine.resource.quality.facts import CallCount
from engine.resource.quality.latency import bounds_us
from gateway.observability.counted import Counted

OF_WORKER = ("worker",)
OF_API = ("worker", "unit", "source", "api")
BOUNDS_US = [1 << power for power in range(10, 25)]  # 1 ms to 17 s: where our own buckets end too

_WORKERS: Sequence[tuple[str, str, Callable[[Counted], int]]] = (
    ("paifang_operations", "Operations with resource fields that were answered", lambda it: it.operations),
    (
        "paifang_operations_shared",
        "Of these, those answered by the work of an identical one",
        lambda it: it.operations_shared,
    ),
    (
        "paifang_bound_broken",
        "Operations that made more calls than their plan allows: a bug of the gateway",
        lambda it: it.bounds_broken,
    ),
)
_APIS: Sequence[tuple[str, str, Callable[[CallCount], int]]] = (
    ("paifang_api_calls", "Times an API was asked, answered or not", lambda it: it.calls),
    ("paifang_api_calls_shared", "Of these, answered by a call under way", lambda it: it.shared),
    ("paifang_api_calls_cached", "Of these, answered from the cache", lambda it: it.cached),
    ("paifang_api_response_bytes", "Bytes of APIs' answers, unpacked", lambda it: it.size_bytes),
)


def write_metrics(workers: Sequence[Counted], accept: str) -> tuple[bytes, str]:
    """The text and its media type, as the scraper prefers it."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Workers(workers))
    encode, media = choose_encoder(accept)
    return encode(registry), media


class _Workers(Collector):
    def __init__(self, workers: Sequence[Counted]) -> None:
        self._workers = sorted(workers, key=lambda it: it.worker)

    def collect(self) -> Iterator[Metric]:
        for name, told, read in _WORKERS:
            family = CounterMetricFamily(name, told, labels=OF_WORKER)
            for worker in self._workers:
                family.add_metric([str(worker.worker)], read(worker))
            yield family
        for name, told, read in _APIS:
            family = CounterMetricFamily(name, told, labels=OF_API)
            for labels, count in self._apis():
                family.add_metric(labels, read(count))
            yield family
        yield self._errors()
        yield self._seconds()

    def _apis(self) -> Iterator[tuple[Sequence[str], CallCount]]:
        for worker in self._workers:
            for key, count in worker.facts.calls.items():
                yield (str(worker.worker), key.unit, key.source, key.api), count

    def _errors(self) -> Metric:
        told = "Times an API gave no answer, by code"
        family = CounterMetricFamily("paifang_api_errors", told, labels=(*OF_API, "code"))
        for labels, count in self._apis():
            for code, number in count.errors.items():
                family.add_metric([*labels, code], number)
        return family

    def _seconds(self) -> Metric:
        told = "Duration of calls upstream, each repetition for itself"
        family = HistogramMetricFamily("paifang_api_call_seconds", told, labels=OF_API)
        for labels, count in self._apis():
            if count.sent:
                family.add_metric(labels, _cumulative(count.buckets), count.seconds)
        return family


def _cumulative(buckets: Mapping[int, int]) -> list[tuple[str, float]]:
    """How many took no longer than each bound."""
    ends = sorted((bounds_us(bucket)[1], count) for bucket, count in buckets.items())
    told: list[tuple[str, float]] = []
    seen = at = 0
    for bound_us in BOUNDS_US:
        while at < len(ends) and ends[at][0] <= bound_us:
            seen += ends[at][1]
            at += 1
        told.append((str(bound_us / 1e6), seen))
    return [*told, ("+Inf", sum(buckets.values()))]
