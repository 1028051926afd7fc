"""The demo keeps its documents where nobody else's are."""

import pytest

from gateway.cli.demonstration import in_own_store
from gateway.settings import Settings, hand_down, load_settings

THEIRS = "mongodb://user:hunter2@db.test/theirs"
OWN = "mongodb://127.0.0.1:1/paifang_demo"


@pytest.fixture(autouse=True)
def settings_of_another_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAIFANG_MONGO_URL", THEIRS)


def workers_settings(settings: Settings) -> Settings:
    """As a worker reads what it is handed."""
    hand_down(settings)
    return load_settings()


def test_a_database_set_for_another_gateway_is_not_used_and_that_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings = in_own_store(load_settings(), None)
    assert settings.mongo_url is None
    said = capsys.readouterr().err
    assert "leaves the database of PAIFANG_MONGO_URL alone" in said
    assert "hunter2" not in said
    assert workers_settings(settings).mongo_url is None


def test_the_demos_own_mongodb_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    settings = in_own_store(load_settings({"mongo_url": OWN}), OWN)
    assert capsys.readouterr().err == ""
    found = workers_settings(settings).mongo_url
    assert found is not None
    assert found.get_secret_value() == OWN
