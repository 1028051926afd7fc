"""When durations end: worked examples, and every minute counted one by one around changes of the clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.flow.calendars import Calendar, Opening, add_duration

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = (Opening(9 * 60, 12 * 60), Opening(13 * 60, 18 * 60))
SERVICE = Calendar(
    name="service",
    zone=SHANGHAI,
    weekly=dict.fromkeys(range(5), OFFICE),
    special={date(2026, 10, 1): (), date(2026, 10, 2): (), date(2026, 10, 10): (Opening(10 * 60, 12 * 60),)},
)
CALENDARS = {"service": SERVICE}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        ("2026-09-07T09:00", "PT4H@service", "2026-09-07T14:00"),  # over the lunch break
        ("2026-09-07T14:00", "PT4H@service", "2026-09-07T18:00"),  # until it closes, not when it opens again
        ("2026-09-07T17:30", "PT1H@service", "2026-09-08T09:30"),
        ("2026-09-11T17:00", "PT2H@service", "2026-09-14T10:00"),  # over a weekend
        ("2026-09-30T17:00", "PT2H@service", "2026-10-05T10:00"),  # over holidays and a weekend
        ("2026-10-09T17:00", "PT2H@service", "2026-10-10T11:00"),  # into a Saturday that is worked
        ("2026-09-12T03:00", "PT0S@service", "2026-09-12T03:00"),
        ("2026-09-07T10:00", "P1D@service", "2026-09-08T10:00"),
        ("2026-09-11T22:00", "P1D@service", "2026-09-15T09:00"),  # begins on Monday when it opens
        ("2026-10-09T16:00", "P1D@service", "2026-10-12T09:00"),  # the Saturday is over by then
        ("2026-09-11T10:00", "P1DT1H@service", "2026-09-14T11:00"),
        ("2026-09-12T10:00", "PT30M", "2026-09-12T10:30"),
        ("2026-09-12T10:00", "P1D", "2026-09-13T10:00"),
        ("2026-01-31T10:00", "P1M", "2026-02-28T10:00"),
        ("2028-02-29T10:00", "P1Y", "2029-02-28T10:00"),
    ],
)
def test_a_duration_ends_when_a_person_would_say(start: str, duration: str, end: str) -> None:
    ended = add_duration(at(start), duration, CALENDARS)

    assert ended == at(end)
    assert ended.tzinfo is UTC


def test_an_unknown_calendar_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(ValueError, match="no calendar 'nights'; there are: service"):
        add_duration(at("2026-09-07T09:00"), "PT4H@nights", CALENDARS)


@pytest.mark.parametrize("duration", ["PT99999H@service", "P9999D@service"])
def test_more_than_ten_years_of_work_is_refused(duration: str) -> None:
    with pytest.raises(ValueError, match="ten years"):
        add_duration(at("2026-09-07T09:00"), duration, CALENDARS)


def test_a_calendar_that_never_opens_is_refused() -> None:
    with pytest.raises(ValueError, match="never open"):
        Calendar(name="none", zone=SHANGHAI, weekly={0: ()})


def test_openings_that_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        Calendar(name="two", zone=SHANGHAI, weekly={0: (Opening(60, 120), Opening(90, 180))})


def test_an_opening_over_midnight_is_refused() -> None:
    with pytest.raises(ValueError, match="within one day"):
        Opening(22 * 60, 6 * 60)


# Places and days where the clock is put forward or back: by an hour, half an hour, a whole day, at midnight.
CHANGES = [
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("America/St_Johns", date(2010, 11, 7)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("Asia/Shanghai", date(2026, 5, 1)),
]


@st.composite
def openings(draw: st.DrawFn) -> tuple[Opening, ...]:
    marks = sorted(draw(st.sets(st.integers(0, 96), max_size=4)))  # quarters of an hour
    return tuple(Opening(a * 15, b * 15) for a, b in zip(marks[::2], marks[1::2], strict=False))


def minutes_worked(calendar: Calendar, start: datetime, until: datetime) -> int:
    """Each minute looked at: the wall clock, which is not believed when it goes back, is in an opening."""
    shown, count = datetime.min, 0
    moment = start - timedelta(hours=3)
    while moment < until:
        shown = max(shown, moment.astimezone(calendar.zone).replace(tzinfo=None))
        open_on = calendar.special.get(shown.date(), calendar.weekly.get(shown.weekday(), ()))
        minute = shown.hour * 60 + shown.minute
        count += moment >= start and any(opening.first <= minute < opening.last for opening in open_on)
        moment += timedelta(minutes=1)
    return count


@given(
    change=st.sampled_from(CHANGES),
    weekly=st.dictionaries(st.integers(0, 6), openings(), min_size=1).filter(lambda week: any(week.values())),
    closed=st.integers(-1, 2),
    begin=st.integers(-30 * 60, 30 * 60),
    wanted=st.integers(1, 900),
)
def test_working_time_equals_a_count_of_minutes(
    change: tuple[str, date], weekly: dict[int, tuple[Opening, ...]], closed: int, begin: int, wanted: int
) -> None:
    zone, day = ZoneInfo(change[0]), change[1]
    calendar = Calendar(name="c", zone=zone, weekly=weekly, special={day + timedelta(days=closed): ()})
    start = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) + timedelta(minutes=begin)

    end = add_duration(start, f"PT{wanted}M@c", {"c": calendar})

    horizon = start + timedelta(days=2)  # counting more days takes long and shows nothing new
    if end <= horizon:
        assert minutes_worked(calendar, start, end) == wanted
        assert minutes_worked(calendar, start, end - timedelta(minutes=1)) == wanted - 1
    else:
        assert minutes_worked(calendar, start, horizon) < wanted
