"""Settings: which source wins, what is refused and how it is said, and that secrets stay hidden."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from gateway.setting_types import SecretUrl
from gateway.settings import LimitSettings, Settings, SettingsInvalid, hand_down, load_settings, origin_of

KEY = base64.b64encode(bytes(32)).decode()


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr("os.environ", {})
        yield


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    file = tmp_path / "paifang.toml"
    file.write_text(
        'port = 8003\nworkers = 3\ndeadline_ms = 3000\negress_allow = ["a:1"]\n[limits]\ndepth = 9\n'
    )
    return file


def problems_of(**flags: object) -> list[str]:
    with pytest.raises(SettingsInvalid) as refused:
        load_settings(flags)
    return [str(problem) for problem in refused.value.problems]


def test_a_secret_is_handed_down_whole_to_the_workers_and_shown_to_nobody(tmp_path: Path) -> None:
    file = tmp_path / "paifang.toml"
    file.write_text(
        f'secret_key = "{KEY}"\nembeddings_url = "https://a/v1?k=canary"\nembeddings_key = "canary"\n'
    )
    settings = load_settings({"config": file})
    hand_down(settings)
    handed = load_settings()
    assert handed.secret_key is not None
    assert handed.secret_key.get_secret_value() == KEY
    assert handed.embeddings_key is not None
    assert handed.embeddings_key.get_secret_value() == "canary"
    assert "canary" not in f"{settings!r} {handed}"


@pytest.mark.parametrize("url", ["ftp://a/x", "https://", "https://user:canary@a/v1", "a/v1"])
def test_an_address_of_embeddings_that_is_none_is_refused(url: str) -> None:
    (problem,) = problems_of(embeddings_url=url)
    assert "--embeddings-url: write https://host/v1/embeddings" in problem
    assert "canary" not in problem


def test_defaults_need_nothing() -> None:
    settings = load_settings()
    assert (settings.host, settings.port, settings.mongo_url) == ("127.0.0.1", 8000, None)


def test_flags_win_over_variables_over_file_over_defaults(
    monkeypatch: pytest.MonkeyPatch, toml: Path
) -> None:
    monkeypatch.setenv("PAIFANG_WORKERS", "2")
    monkeypatch.setenv("PAIFANG_PORT", "8002")
    settings = load_settings({"config": toml, "port": 8001, "host": None})
    assert (settings.port, settings.workers, settings.deadline_ms) == (8001, 2, 3000)
    assert (settings.host, settings.limits.depth, settings.limits.aliases) == ("127.0.0.1", 9, 30)


def test_a_variable_names_the_file(monkeypatch: pytest.MonkeyPatch, toml: Path) -> None:
    monkeypatch.setenv("PAIFANG_CONFIG", str(toml))
    settings = load_settings()
    assert settings.port == 8003
    assert origin_of(settings, "port") == str(toml)
    assert origin_of(settings, "config") == "PAIFANG_CONFIG"
    assert origin_of(settings, "host") == "default"


def test_lists_are_comma_separated_in_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAIFANG_EGRESS_ALLOW", "127.0.0.0/8, shop=10.0.0.5:80")
    monkeypatch.setenv("PAIFANG_RESOURCES", "a.graphql,b.graphql")
    settings = load_settings()
    assert settings.egress_allow == ("127.0.0.0/8", "shop=10.0.0.5:80")
    assert settings.resources == (Path("a.graphql"), Path("b.graphql"))


def test_an_egress_entry_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAIFANG_EGRESS_ALLOW", "127.0.0.0/8, shop=127.1")
    with pytest.raises(SettingsInvalid, match=r"PAIFANG_EGRESS_ALLOW: egress rule 'shop=127\.1'"):
        load_settings()


def test_an_empty_variable_is_no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAIFANG_MONGO_URL", "")
    assert load_settings().mongo_url is None


def test_limits_have_their_own_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAIFANG_LIMITS_BODY_BYTES", "2000")
    settings = load_settings()
    assert settings.limits.body_bytes == 2000
    assert origin_of(settings, "limits", "body_bytes") == "PAIFANG_LIMITS_BODY_BYTES"
    assert origin_of(settings, "limits", "depth") == "default"


def test_variables_of_the_test_suite_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAIFANG_TEST_MONGO_URL", "mongodb://127.0.0.1")
    assert load_settings() == Settings()


def test_unknown_names_are_refused_with_the_nearest_known_one(
    monkeypatch: pytest.MonkeyPatch, toml: Path
) -> None:
    monkeypatch.setenv("PAIFANG_EGRES_ALLOW", "a")
    monkeypatch.setenv("PAIFANG_LIMITS_DEPT", "1")
    toml.write_text("prot = 1\n[limits]\naliasses = 1\n")
    assert problems_of(config=toml) == [
        "PAIFANG_EGRES_ALLOW: there is no such variable; did you mean PAIFANG_EGRESS_ALLOW?",
        "PAIFANG_LIMITS_DEPT: there is no such variable; did you mean PAIFANG_LIMITS_DEPTH?",
        "limits.aliasses in the TOML file: there is no such setting; did you mean aliases?",
        "prot in the TOML file: there is no such setting; did you mean port?",
    ]


@pytest.mark.parametrize("value", ["{", '{"depth": 3}'])
def test_all_limits_in_one_variable_are_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAIFANG_LIMITS", value)
    assert problems_of() == ["PAIFANG_LIMITS: there is no such variable; did you mean PAIFANG_LIMITS_COST?"]


def test_every_problem_is_reported_at_once_with_its_place(
    monkeypatch: pytest.MonkeyPatch, toml: Path
) -> None:
    monkeypatch.setenv("PAIFANG_WORKERS", "0")
    toml.write_text("deadline_ms = 0\n")
    assert [problem.partition(":")[0] for problem in problems_of(config=toml, port="http")] == [
        "--port",
        "PAIFANG_WORKERS",
        "deadline_ms in the TOML file",
    ]


def test_a_missing_or_broken_file_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("port =")
    assert "there is no file" in problems_of(config=tmp_path / "none.toml")[0]
    assert problems_of(config=broken)[0].startswith("config: Invalid value")


def test_a_file_that_names_another_file_is_refused(toml: Path) -> None:
    toml.write_text('config = "other.toml"')
    assert problems_of(config=toml) == [f"config: {toml} names another config; a file stands alone"]


def test_keys_are_fetched_by_https_or_read_from_a_file() -> None:
    assert problems_of(jwks="http://id/jwks") == ["--jwks: write an https URL or the path of a file"]
    for place in ("https://id/jwks", "keys/jwks.json"):
        assert load_settings({"jwks": place}).jwks == place


def test_without_auth_only_loopback_may_be_listened_on() -> None:
    assert "are not authenticated: set jwks" in problems_of(host="0.0.0.0")[0]
    for host in ("127.0.0.2", "::1", "localhost"):
        assert load_settings({"host": host}).host == host
    assert load_settings({"host": "0.0.0.0", "jwks": "jwks.json"}).auth_configured


@pytest.mark.parametrize(
    "both",
    [{"jwks": "a", "public_key": "b"}, {"secret_key": KEY, "secret_key_file": "b"}],
    ids=lambda both: "+".join(both),
)
def test_two_settings_for_one_thing_are_refused(both: dict[str, str]) -> None:
    assert "exclude each other" in problems_of(**both)[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mongo_url", "mongodb://u:hunter2@host"),
        ("mongo_url", "http://u:hunter2@host/db"),
        ("mongo_url", "mongodb://[u:hunter2@host/db"),
        ("redis_url", "host:hunter2"),
        ("redis_url", "redis://:hunter2@host:hunter2/0"),
        ("egress_proxy", "socks5://u:hunter2@host"),
        ("egress_proxy", "https://u:hunter2@host"),
        ("egress_proxy", "http://u:hunter2"),
        ("egress_proxy", "http://u@host:3128/hunter2"),
        ("secret_key", "hunter2"),
        ("secret_key", "hunter2é"),
    ],
)
def test_a_malformed_secret_is_refused_without_being_shown(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"PAIFANG_{name.upper()}", value)
    with pytest.raises(SettingsInvalid) as refused:
        load_settings()
    assert refused.value.problems[0].place == f"PAIFANG_{name.upper()}"
    assert "hunter2" not in f"{refused.value} {refused.value!r} {refused.value.__context__}"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("mongodb://user:pw@a:1,b:2/db?tlsCertificateKeyFilePassword=pw", "mongodb://***@a:1,b:2/db"),
        ("mongodb://host:27017/db", "mongodb://host:27017/db"),
        ("mongodb://user:p/w@host/db", "mongodb://***@host/db"),
        ("mongodb://user:p?w@host/db", "mongodb://***"),
        ("mongodb://user:p@w@host/db", "mongodb://***@host/db"),
    ],
)
def test_a_url_shows_where_it_points_and_no_secret(url: str, shown: str) -> None:
    assert str(SecretUrl(url)) == shown


def test_secrets_are_not_in_the_representation() -> None:
    settings = load_settings({"mongo_url": "mongodb://u:hunter2@host/db", "secret_key": KEY})
    assert "hunter2" not in f"{settings!r} {settings}"
    assert KEY not in f"{settings!r} {settings}"
    assert settings.secret_key == SecretStr(KEY)


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load_settings().port = 1  # type: ignore[misc]  # that it is refused is the point


@pytest.mark.parametrize("model", [Settings, LimitSettings])
def test_every_field_says_what_it_is(model: type[Settings | LimitSettings]) -> None:
    assert [name for name, field in model.model_fields.items() if not field.description] == []
