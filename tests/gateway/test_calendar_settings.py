"""Calendars of the TOML file: they count working hours, reach the workers, and say what is wrong."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.cli.main import main
from gateway.settings import SettingsInvalid, hand_down, load_settings

SERVICE = """
[calendars.service]
zone = "Asia/Shanghai"
weekly = { monday = ["09:00-12:00", "13:00-18:00"], tuesday = ["09:00-18:00"] }
holidays = [2026-03-03]
special = { 2026-03-07 = ["10:00-24:00"] }
"""


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    file = tmp_path / "paifang.toml"
    file.write_text(SERVICE)
    return file


def test_hours_holidays_and_special_days_are_counted(toml: Path) -> None:
    calendar = load_settings({"config": toml}).calendars["service"].to_calendar("service")
    monday = datetime(2026, 3, 2, 3, tzinfo=UTC)  # 11:00 in Shanghai
    hours = datetime(1, 1, 1, 8) - datetime(1, 1, 1)
    assert calendar.add(monday, 0, hours) == datetime(2026, 3, 7, 4, tzinfo=UTC)  # Saturday, 12:00 there


def test_workers_are_handed_the_same_calendars(toml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PAIFANG_CALENDARS", raising=False)
    before = load_settings({"config": toml})
    hand_down(before)
    try:
        assert load_settings().calendars == before.calendars
    finally:
        os.environ.pop("PAIFANG_CALENDARS")


def test_the_settings_command_prints_them_as_toml(
    toml: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["settings", "--config", str(toml)])
    again = tmp_path / "again.toml"
    again.write_text(capsys.readouterr().out)
    assert load_settings({"config": again}).calendars == load_settings({"config": toml}).calendars


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (('"Asia/Shanghai"', '"Asia/Nowhere"'), "'Asia/Nowhere' is no time zone"),
        (("monday", "mon"), "'mon' is no weekday"),
        (("09:00-12:00", "9-12"), "'9-12' are no hours: write 09:00-18:00"),
        (("13:00-18:00", "11:00-18:00"), "overlap"),
        (("zone", "zon"), "there is no such setting"),
    ],
)
def test_what_is_no_calendar_is_said(toml: Path, wrong: tuple[str, str], said: str) -> None:
    toml.write_text(SERVICE.replace(*wrong))
    with pytest.raises(SettingsInvalid) as refused:
        load_settings({"config": toml})
    assert said in str(refused.value)
    assert "calendars.service" in str(refused.value)
