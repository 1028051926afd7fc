"""Working hours as an operator writes them: `[calendars.NAME]` of the TOML file."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, model_validator

from engine.flow.calendars import Calendar, Opening

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HOURS = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


class CalendarSettings(BaseModel):
    """When a service works: what `PT4H@NAME` in a flow is counted in."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    zone: str
    """Time zone of the hours, such as `Asia/Shanghai`."""
    weekly: Mapping[str, tuple[str, ...]]
    """Openings by weekday: `monday = ["09:00-12:00", "13:00-18:00"]`; a day left out is closed."""
    holidays: tuple[date, ...] = ()
    """Dates that are closed whatever their weekday."""
    special: Mapping[date, tuple[str, ...]] = {}
    """Dates with openings of their own, such as a Saturday that is worked."""

    @model_validator(mode="after")
    def _usable(self) -> Self:
        self.to_calendar("NAME")
        return self

    def to_calendar(self, name: str) -> Calendar:
        """Raises ValueError for what is no calendar; a calendar of checked settings is one."""
        strange = [day for day in self.weekly if day not in WEEKDAYS]
        if strange:
            raise ValueError(f"{strange[0]!r} is no weekday: write {', '.join(WEEKDAYS)}")
        try:
            zone = ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"{self.zone!r} is no time zone: write one such as Asia/Shanghai") from None
        special = {day: _openings(texts) for day, texts in self.special.items()}
        return Calendar(
            name=name,
            zone=zone,
            weekly={WEEKDAYS.index(day): _openings(texts) for day, texts in self.weekly.items()},
            special={**dict.fromkeys(self.holidays, ()), **special},
        )


def _openings(texts: tuple[str, ...]) -> tuple[Opening, ...]:
    return tuple(_opening(text) for text in texts)


def _opening(text: str) -> Opening:
    found = _HOURS.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} are no hours: write 09:00-18:00")
    first_hour, first_minute, last_hour, last_minute = map(int, found.groups())
    return Opening(60 * first_hour + first_minute, 60 * last_hour + last_minute)
