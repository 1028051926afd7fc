"""From samples to figures: medians, spreads, ratios of the same round, and which gates hold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from bench.model import Gate, Sample, Unit

SUBJECT = "paifang"
REFERENCE = "tailcall"
LIMIT = "bare-rsgi"  # what a server on the gateway's protocol answers that does nothing at all


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """All rounds of one server on one case."""

    case: str
    server: str
    unit: Unit
    median: float
    least: float
    greatest: float
    p99_ms: float | None
    cpu_us: float | None
    upstream_calls: float | None
    of_reference: float | None
    subject_ratio: float | None
    """How many times this server's value the subject has."""
    limit_ratio: float | None
    """How many times this server's value the bare handler has: no server of its protocol has more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one gate; `holds` is None when a server it speaks of was not measured.

    `beyond`: it asks for more than its limit did in the same run, so that nothing could hold it.
    """

    sentence: str
    holds: bool | None
    goal: bool
    beyond: bool

    @property
    def fails_run(self) -> bool:
        return self.holds is False and not self.goal and not self.beyond


def figures_of(samples: Iterable[Sample]) -> list[Figure]:
    """One figure per case and server: cases as they first appear, in each the best server first."""
    rounds = _rounds(samples)
    cases = list(dict.fromkeys(case for case, _ in rounds))
    figures = [_figure(rounds, case, server) for case, server in rounds]
    return sorted(figures, key=lambda one: (cases.index(one.case), _order(one)))


def _order(figure: Figure) -> float:
    """A rate is better the greater it is, a time the smaller."""
    return -figure.median if figure.unit.endswith("/s") else figure.median


def ratio(over: Sequence[Sample], under: Sequence[Sample]) -> float:
    """The median of the ratios round by round: what disturbed a round disturbed both."""
    return median(one.value / other.value for one, other in zip(over, under, strict=True))


def judge(gates: Iterable[Gate], samples: Sequence[Sample]) -> list[Verdict]:
    """One verdict per gate."""
    rounds = _rounds(samples)
    return [_judge(gate, rounds) for gate in gates]


def _rounds(samples: Iterable[Sample]) -> dict[tuple[str, str], list[Sample]]:
    rounds: dict[tuple[str, str], list[Sample]] = {}
    for sample in samples:
        rounds.setdefault((sample.case, sample.server), []).append(sample)
    return rounds


def _figure(rounds: dict[tuple[str, str], list[Sample]], case: str, server: str) -> Figure:
    own = rounds[case, server]
    values = [one.value for one in own]
    reference, subject, limit = (rounds.get((case, one)) for one in (REFERENCE, SUBJECT, LIMIT))
    return Figure(
        case=case,
        server=server,
        unit=own[0].unit,
        median=median(values),
        least=min(values),
        greatest=max(values),
        p99_ms=_median_known(one.p99_ms for one in own),
        cpu_us=_median_known(one.cpu_us for one in own),
        upstream_calls=_median_known(one.upstream_calls for one in own),
        of_reference=ratio(own, reference) if reference else None,
        subject_ratio=ratio(subject, own) if subject else None,
        limit_ratio=ratio(limit, own) if limit else None,
    )


def _median_known(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _judge(gate: Gate, rounds: dict[tuple[str, str], list[Sample]]) -> Verdict:
    value = _gate_value(gate, rounds)
    wanted = f"≥ {gate.at_least:g}" if gate.at_least is not None else f"≤ {gate.at_most:g}"
    what = f"× {gate.peer}" if gate.peer else "upstream calls" if gate.figure == "upstream_calls" else "alone"
    found = "not measured" if value is None else f"{value:.3g}"
    sentence = f"{gate.case}: {SUBJECT} {what} {wanted}: {found}"
    limit = _beyond(gate, rounds)
    if limit is not None:
        sentence += f", beyond {gate.limit}: limit {limit:.3g} ×"
    holds = None if value is None else _holds(gate, value)
    return Verdict(sentence=sentence, holds=holds, goal=gate.goal, beyond=limit is not None)


def _beyond(gate: Gate, rounds: dict[tuple[str, str], list[Sample]]) -> float | None:
    """How many times the peer the gate's limit is, where that is less than the gate asks for."""
    limit, other = rounds.get((gate.case, gate.limit)), rounds.get((gate.case, gate.peer or ""))
    if limit is None or other is None or gate.peer == gate.limit or gate.at_least is None:
        return None
    reachable = ratio(limit, other)
    return reachable if reachable < gate.at_least else None


def _gate_value(gate: Gate, rounds: dict[tuple[str, str], list[Sample]]) -> float | None:
    own = rounds.get((gate.case, SUBJECT))
    if own is None:
        return None
    if gate.figure == "upstream_calls":
        return _median_known(one.upstream_calls for one in own)
    if gate.peer is None:
        return median(one.value for one in own)
    other = rounds.get((gate.case, gate.peer))
    return ratio(own, other) if other else None


def _holds(gate: Gate, value: float) -> bool:
    return (gate.at_least is None or value >= gate.at_least) and (
        gate.at_most is None or value <= gate.at_most
    )
