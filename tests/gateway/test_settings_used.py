"""No setting stands for nothing: each is read somewhere behind the settings."""

import re
from pathlib import Path

import pytest

import gateway
from gateway.settings import LimitSettings, Settings

GATEWAY = Path(gateway.__file__).parent
TEXT = "\n".join(path.read_text("utf-8") for path in GATEWAY.rglob("*.py") if path.name != "settings.py")
READ_BY_THE_SETTINGS = {"config"}


@pytest.mark.parametrize("name", sorted(LimitSettings.model_fields))
def test_every_limit_is_read(name: str) -> None:
    assert re.search(rf"\blimits\.{name}\b", TEXT)


@pytest.mark.parametrize("name", sorted(Settings.model_fields.keys() - READ_BY_THE_SETTINGS))
def test_every_setting_is_read(name: str) -> None:
    assert re.search(rf"settings\.{name}\b", TEXT)
