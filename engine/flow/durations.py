"""Read durations: ISO 8601, `P1DT30M`, and with a calendar `PT4H@service`, which counts working hours."""

import re
from dataclasses import dataclass
from datetime import timedelta

MAX_SPAN = timedelta(days=36_525)  # a hundred years: nobody waits longer, and no date overflows

_NUMBER = r"\d{1,9}"
_PERIOD = re.compile(
    rf"P(?:({_NUMBER})Y)?(?:({_NUMBER})M)?(?:({_NUMBER})W)?(?:({_NUMBER})D)?"
    rf"(?:T(?:({_NUMBER}(?:[.,]{_NUMBER}(?=H$))?)H)?"
    rf"(?:({_NUMBER}(?:[.,]{_NUMBER}(?=M$))?)M)?"
    rf"(?:({_NUMBER}(?:[.,]{_NUMBER})?)S)?)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A duration. Months and days keep their own count, since their length depends on where they begin;
    `calendar` names the calendar whose working days and hours are meant.
    """

    months: int = 0
    days: int = 0
    time: timedelta = timedelta(0)
    calendar: str | None = None


def parse_duration(text: str) -> Span:
    """Raises ValueError with a sentence for what is no duration, or none that can be counted.

    Only the last of hours, minutes and seconds may have a fraction, as ISO 8601 says.
    """
    period, at, calendar = text.partition("@")
    found = _PERIOD.fullmatch(period)
    if found is None or period.endswith(("P", "T")) or (at and not calendar):
        raise ValueError("no duration: write for example PT30M, P1D, P1DT12H, or PT4H@service")
    years, months, weeks, days = (int(part or 0) for part in found.groups()[:4])
    hours, minutes, seconds = (float((part or "0").replace(",", ".")) for part in found.groups()[4:])
    span_months, span_days = years * 12 + months, weeks * 7 + days
    if _roughly(span_months, span_days, hours + minutes / 60 + seconds / 3600) > MAX_SPAN.days:
        raise ValueError("longer than a hundred years")
    if calendar and (span_months or weeks):
        raise ValueError(
            "a calendar counts working days and hours: write days and hours, as in P5DT4H@service"
        )
    return Span(
        months=span_months,
        days=span_days,
        time=timedelta(hours=hours, minutes=minutes, seconds=seconds),
        calendar=calendar or None,
    )


def _roughly(months: int, days: int, hours: float) -> float:
    return months * 30.4375 + days + hours / 24
