"""When does a duration end? Counted on the clock, or in the working hours of a named calendar."""

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from engine.flow.durations import Span, parse_duration

MINUTES_OF_DAY = 24 * 60
MAX_DAYS = 3_660  # ten years: working hours that take longer are a mistake, and the search costs 10 µs a day


@dataclass(frozen=True, slots=True, order=True)
class Opening:
    """Open from the first minute until the last, both since midnight by the wall clock; 1440 is midnight."""

    first: int
    last: int

    def __post_init__(self) -> None:
        if not 0 <= self.first < self.last <= MINUTES_OF_DAY:
            raise ValueError("an opening begins before it ends, within one day")


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Working hours: by weekday (0 is Monday), but on a `special` date only what stands there.

    A holiday is a special date without openings; a Saturday that is worked is one with them. Where the clock
    is put back, an hour that comes twice counts from its first minute to the end: a clock that stands still.
    """

    name: str
    zone: ZoneInfo
    weekly: Mapping[int, tuple[Opening, ...]]
    special: Mapping[date, tuple[Opening, ...]] = field(default_factory=dict[date, tuple[Opening, ...]])

    def __post_init__(self) -> None:
        days = [*self.weekly.values(), *self.special.values()]
        if not any(self.weekly.values()):
            raise ValueError(f"the calendar {self.name!r} is never open")
        if any(late.first < early.last for day in days for early, late in pairwise(day)):
            raise ValueError(f"the calendar {self.name!r} has openings that overlap or are out of order")

    def add(self, start: datetime, days: int, worked: timedelta) -> datetime:
        """The first moment by which so many working days, then so much working time, have passed.

        A working day on leads to the same time of the next day that opens, or the next opening after it.
        Raises ValueError if that is more than ten years away.
        """
        moment = start.astimezone(UTC)
        if days:
            local = self._open_from(moment).astimezone(self.zone)
            dates = (day for day in self._dates(local.date() + timedelta(days=1)) if self._openings(day))
            later = next(day for nth, day in enumerate(dates, start=1) if nth == days)
            moment = self._open_from(self._first_moment(later, local.time()))
        return self._after(moment, worked)

    def _after(self, moment: datetime, worked: timedelta) -> datetime:
        left = worked
        if not left:
            return moment
        for begin, end in self._intervals(moment):
            if end - begin >= left:
                return begin + left
            left -= end - begin
        raise AssertionError("the intervals do not end")

    def _open_from(self, moment: datetime) -> datetime:
        return next(begin for begin, _ in self._intervals(moment))

    def _intervals(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """When it is open from this moment on, in UTC and in order."""
        for day in self._dates(moment.astimezone(self.zone).date() - timedelta(days=1)):
            for opening in self._openings(day):
                begin = max(self._moment_of(day, opening.first), moment)
                end = self._moment_of(day, opening.last)
                if begin < end:
                    yield begin, end

    def _dates(self, first: date) -> Iterator[date]:
        yield from (first + timedelta(days=nth) for nth in range(MAX_DAYS))
        raise ValueError(f"longer than ten years in the calendar {self.name!r}")

    def _openings(self, day: date) -> tuple[Opening, ...]:
        return self.special[day] if day in self.special else self.weekly.get(day.weekday(), ())

    def _moment_of(self, day: date, minute: int) -> datetime:
        whole, rest = divmod(minute, MINUTES_OF_DAY)
        return self._first_moment(day + timedelta(days=whole), time(rest // 60, rest % 60))

    def _first_moment(self, day: date, clock: time) -> datetime:
        """When the wall clock first shows this or, where it was put forward over it, more."""
        wall = datetime.combine(day, clock.replace(fold=0))
        moment = wall.replace(tzinfo=self.zone).astimezone(UTC)
        if self._wall(moment) == wall:
            return moment
        early, late = wall.replace(tzinfo=self.zone, fold=1).astimezone(UTC), moment
        while late - early > timedelta(seconds=1):
            middle = early + (late - early) // 2
            early, late = (early, middle) if self._wall(middle) >= wall else (middle, late)
        return late.replace(microsecond=0)

    def _wall(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone).replace(tzinfo=None, fold=0)


@dataclass(frozen=True, slots=True)
class NamedCalendars:
    """Implements the engine's `Calendars` over the organisation's working hours."""

    calendars: Mapping[str, Calendar] = field(default_factory=dict[str, Calendar])

    def add(self, start: datetime, duration: str) -> datetime:
        return add_duration(start, duration, self.calendars)


def add_duration(start: datetime, duration: str | Span, calendars: Mapping[str, Calendar]) -> datetime:
    """The moment, aware UTC, when a duration that begins at `start` ends. On the clock, a day has 24 hours.

    Raises ValueError with a sentence: no duration, an unknown calendar, or too far away.
    """
    span = parse_duration(duration) if isinstance(duration, str) else duration
    if span.calendar is None:
        return _later_month(start.astimezone(UTC), span.months) + timedelta(days=span.days) + span.time
    if span.calendar not in calendars:
        known = ", ".join(sorted(calendars)) or "none"
        raise ValueError(f"there is no calendar {span.calendar!r}; there are: {known}")
    return calendars[span.calendar].add(start, span.days, span.time)


def _later_month(moment: datetime, months: int) -> datetime:
    """31 January and a month is the last of February."""
    years, month = divmod(moment.month - 1 + months, 12)
    year = moment.year + years
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))
