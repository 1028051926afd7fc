"""`paifang settings`: complete, honest about origins, free of secrets, and loadable again."""

from pathlib import Path

import pytest

from gateway.cli.main import main
from gateway.settings import Settings, load_settings


def printed(*arguments: str, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["settings", *arguments])
    assert ended.value.code == 0
    return capsys.readouterr().out


def test_every_setting_is_shown_with_its_origin(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "paifang.toml"
    file.write_text("workers = 2\n[limits]\ndepth = 9\n")
    monkeypatch.setenv("PAIFANG_PORT", "8080")
    text = printed("--config", str(file), capsys=capsys)
    assert all(f"{name} = " in text for name in Settings.model_fields if name != "limits")
    assert "port = 8080  # PAIFANG_PORT" in text
    assert f"workers = 2  # {file}" in text
    assert f"depth = 9  # {file}" in text
    assert "aliases = 30  # default" in text


def test_secrets_are_masked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PAIFANG_MONGO_URL", "mongodb://user:hunter2@host/db")
    text = printed(capsys=capsys)
    assert "hunter2" not in text
    assert '# mongo_url = "mongodb://***@host/db"  # PAIFANG_MONGO_URL' in text


def test_the_output_is_a_file_that_says_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PAIFANG_FORWARD_CREDENTIALS", 'a,"b\\c"')
    monkeypatch.setenv("PAIFANG_DATA", "数据")
    before = load_settings()
    file = tmp_path / "paifang.toml"
    file.write_text(printed(capsys=capsys))
    monkeypatch.delenv("PAIFANG_FORWARD_CREDENTIALS")
    monkeypatch.delenv("PAIFANG_DATA")
    assert load_settings({"config": file}) == before.model_copy(update={"config": file})


def test_defaults_are_shown_even_when_the_settings_are_broken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PAIFANG_PORTT", "1")
    assert "port = 8000  # default" in printed("--defaults", capsys=capsys)
