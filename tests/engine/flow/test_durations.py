"""Durations as people write them, and those nobody can count."""

from datetime import timedelta

import pytest

from engine.flow.durations import Span, parse_duration


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("PT30M", Span(time=timedelta(minutes=30))),
        ("PT0S", Span()),
        ("P1DT12H", Span(days=1, time=timedelta(hours=12))),
        ("P1Y2M", Span(months=14)),
        ("P2W", Span(days=14)),
        ("P1M", Span(months=1)),
        ("PT1M", Span(time=timedelta(minutes=1))),
        ("PT1.5H", Span(time=timedelta(minutes=90))),
        ("PT1H0,5M", Span(time=timedelta(hours=1, seconds=30))),
        ("PT0.25S", Span(time=timedelta(milliseconds=250))),
        ("PT4H@service", Span(time=timedelta(hours=4), calendar="service")),
        ("P2DT1H@service", Span(days=2, time=timedelta(hours=1), calendar="service")),
    ],
)
def test_a_duration_is_read(text: str, span: Span) -> None:
    assert parse_duration(text) == span


NO_DURATIONS = ["", "P", "PT", "P1DT", "30m", "PT30", "P-1D", "-P1D", "pt1h", "PT1H ", "P1H", "PT1D", "P0.5D"]
MORE = ["PT1.5H3M", "PT٣H", "PT4H@", "@service", "PT1M1H", "P1D\n", "PT1234567890S"]


@pytest.mark.parametrize("text", NO_DURATIONS + MORE)
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="write for example PT30M"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["P101Y", "P1201M", "P999999999D", "PT999999999H"])
def test_more_than_a_hundred_years_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="hundred years"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["P1M@service", "P1Y@service", "P1W@service"])
def test_a_calendar_counts_no_weeks_and_months(text: str) -> None:
    with pytest.raises(ValueError, match="working days and hours"):
        parse_duration(text)
