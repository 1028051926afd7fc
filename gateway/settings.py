"""What an operator may set: flags over PAIFANG_* variables over a TOML file over these defaults."""

import json
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self, cast

from pydantic import BaseModel, Field, Secret, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from gateway.calendar_settings import CalendarSettings
from gateway.limit_settings import LimitSettings
from gateway.setting_types import (
    Count,
    EgressEntries,
    EmbeddingsUrl,
    Jwks,
    MasterKey,
    MongoUrl,
    Names,
    Paths,
    ProxyUrl,
    RedisUrl,
    is_loopback,
)
from resolvers.knowledge.categories import CategorySchemas

PREFIX = "PAIFANG_"
TEST_PREFIX = "PAIFANG_TEST_"  # these speak to the test suite, never to the gateway


class Settings(BaseSettings):
    """Every setting of the gateway; in variables lists are comma-separated, limits PAIFANG_LIMITS_<NAME>."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="_",
        env_nested_max_split=1,
        env_ignore_empty=True,  # compose files pass unset variables as empty ones
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,  # the input may be a secret
        use_attribute_docstrings=True,
    )

    config: Path | None = None
    """TOML file with any of the settings below; none by default, so that nothing is read unasked."""
    host: str = "127.0.0.1"
    """Address to listen on; loopback until callers are authenticated."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    """TCP port; 0 takes a free one."""
    data: Path = Path(".paifang")
    """Directory of the embedded store and of generated keys; under the folder it is started in."""
    workers: Count = 1
    """Processes that serve; one is enough until a core is full."""
    resources: Paths = ()
    """SDL files published at start, one module each; none: only what is in the store."""
    page: Path | None = None
    """JSON file with GraphiQL's look-ups and personas; none: the page opens with a first-steps tab."""
    dev_auth: bool = False
    """Trust tokens made by `paifang token`, signed with the key in the data directory; for development."""
    jwks: Jwks | None = None
    """JWKS of the token issuer, a path or an https URL; none: callers are not authenticated."""
    public_key: Path | None = None
    """PEM file of the token issuer's public key, instead of `jwks`."""
    audience: str | None = None
    """What a token's `aud` must contain; none: not checked."""
    issuer: str | None = None
    """What a token's `iss` must be; none: not checked."""
    anonymous: bool = False
    """Serve callers without a token (never with a bad one) when tokens are configured."""
    introspection_roles: Names = ("developer", "publisher", "agent", "admin")
    """Roles that may introspect the schema and open GraphiQL: those who write operations by hand."""
    mongo_url: MongoUrl | None = None
    """MongoDB replica set, the database in its path; none: SQLite in the data directory."""
    mongo_driver: Literal["motor", "pymongo"] = "motor"
    """Client of MongoDB; `pymongo` is its successor."""
    redis_url: RedisUrl | None = None
    """Redis for kept answers, fences and rates that replicas share; none: each worker has its own."""
    egress_allow: EgressEntries = ()
    """`[source=]host-or-CIDR[:port]` that may be reached although private; `source` or `module/source`."""
    egress_proxy: ProxyUrl | None = None
    """http://host:port that carries all upstream calls and judges the addresses of names; none: no proxy."""
    forward_credentials: Names = ()
    """Sources that may see the caller's authorization, cookie and proxy-* headers once tokens are checked."""
    deadline_ms: Count = 10_000
    """Milliseconds an operation may take; people wait no longer, and a client may ask for less."""
    transport: Literal["httptools", "pyreqwest", "httpx", "aiohttp"] = "httptools"
    """Library for upstream calls; the default takes half the processor time of the next."""
    secret_key: MasterKey | None = None
    """32 bytes in base64 that encrypt modules' $config; none: a key file in the data directory, made once."""
    secret_key_file: Path | None = None
    """File that holds `secret_key`, for secret mounts."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least level that is logged."""
    calendars: Mapping[str, CalendarSettings] = {}
    """Working hours by name, `[calendars.NAME]`: zone, weekly, holidays, special; flows say `PT4H@NAME`."""
    review_units: Names = ()
    """Units that publish only articles that were reviewed, `*` for all; by default a draft is published."""
    category_schemas: Mapping[str, Mapping[str, Any]] = {}  # Any: JSON Schema
    """JSON Schemas of `attributes` by category path: `[category_schemas."fees/rental"]`; also below it."""
    classifier: bool = False
    """Rank by what articles with many similar questions teach too; needs the extra `classifier`."""
    embeddings_url: EmbeddingsUrl | None = None
    """Address that speaks OpenAI's embeddings, https://host/v1/embeddings, to rank by meaning; none: off."""
    embeddings_model: str | None = None
    """Name of the model at `embeddings_url`."""
    embeddings_key: SecretStr | None = None
    """Key for `embeddings_url`; none: no authorization header."""
    match_text_score: Annotated[float, Field(gt=0, le=1)] = 0.6
    """Share of a rule's text that a question must have to be close to it; 1 is the same words."""
    usage_days: Count = 30
    """Days after which an operation that no client ran any more may be broken by a publish."""
    usage_of_nameless: bool = False
    """Whether operations of callers that send no `x-client-name` keep publishes from breaking them, too."""
    quality: bool = True
    """Count calls and fields for the `quality` query and /metrics."""
    quality_minutes_kept_h: Count = 48
    """Hours for which what was counted can be asked by the minute."""
    quality_hours_kept_d: Count = 90
    """Days for which it can be asked by the hour."""
    registered_only: bool = False
    """Run registered operations only, but for callers of `introspection_roles`; wants tokens."""
    limits: LimitSettings = LimitSettings()
    """How much one request may ask for."""

    @property
    def auth_configured(self) -> bool:
        """Whether callers must show a token (or be admitted as anonymous)."""
        return self.dev_auth or self.jwks is not None or self.public_key is not None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.jwks is not None and self.public_key is not None:
            raise ValueError("jwks and public_key exclude each other: keep the one your issuer gives you")
        if self.secret_key is not None and self.secret_key_file is not None:
            raise ValueError("secret_key and secret_key_file exclude each other: keep one")
        if self.registered_only and not self.auth_configured:
            raise ValueError("registered_only wants tokens: without, all callers may do everything")
        CategorySchemas(self.category_schemas)
        if not self.auth_configured and not is_loopback(self.host):
            raise ValueError(
                f"host {self.host} can be reached from other machines and callers are not authenticated:"
                " set jwks or public_key, or host = 127.0.0.1"
            )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        path = (env_settings() | init_settings()).get("config")
        if path is None:
            return init_settings, env_settings
        toml = TomlConfigSettingsSource(settings_cls, toml_file=_existing(Path(path)))
        if "config" in toml.toml_data:
            raise tomllib.TOMLDecodeError(f"{path} names another config; a file stands alone")
        return init_settings, env_settings, toml


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingProblem:
    """One setting that cannot be used."""

    place: str
    """Where the operator wrote it: `--port`, `PAIFANG_PORT`, or `port in paifang.toml`."""
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class SettingsInvalid(Exception):
    """Settings are unknown, malformed or contradict each other; raised once, with all of them."""

    def __init__(self, problems: Iterable[SettingProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def load_settings(flags: Mapping[str, object] | None = None) -> Settings:
    """Read every source, flags (None or empty: not given) first.

    Raises:
        SettingsInvalid: with every problem found; no secret is in it.
    """
    given = {name: value for name, value in (flags or {}).items() if value not in (None, [], ())}
    variables = {name for name, value in os.environ.items() if name.startswith(PREFIX) and value}
    problems = _unknown_variables(variables)
    try:
        settings = Settings(**given)  # pyright: ignore[reportArgumentType]  # it checks what the flags are
    except ValidationError as error:
        found = [_problem_of(details, given, variables) for details in error.errors(include_input=False)]
        problems += [problem for problem in found if problem.place not in {known.place for known in problems}]
    except (OSError, tomllib.TOMLDecodeError) as error:
        problems.append(SettingProblem(place="config", message=str(error)))
    except SettingsError:  # a whole group in one variable, found unknown above
        pass
    else:
        if not problems:
            return settings
    raise SettingsInvalid(problems) from None


def hand_down(settings: Settings) -> None:
    """Put the settings into the environment, so that the worker processes started next have them too."""
    for name in settings.model_fields_set - {"config", "limits"}:
        value: object = getattr(settings, name)
        if value is None:  # unset on purpose: what the caller's environment says of it is not theirs
            os.environ.pop(_variable(name), None)
        else:
            os.environ[_variable(name)] = _as_variable(value)
    for name in settings.limits.model_fields_set:
        os.environ[_variable("limits", name)] = str(getattr(settings.limits, name))
    os.environ.pop(_variable("config"), None)


def _as_variable(value: object) -> str:
    if isinstance(value, Mapping):  # calendars, schemas: such a variable is read as JSON
        whole = cast("Mapping[str, object]", value)
        return json.dumps(whole, default=lambda one: one.model_dump(mode="json"))
    if isinstance(value, tuple):
        return ",".join(str(part) for part in cast("tuple[object, ...]", value))
    if isinstance(value, Secret | SecretStr):
        return str(cast("Secret[object] | SecretStr", value).get_secret_value())
    return str(value)


def origin_of(settings: Settings, *path: str) -> str:
    """Where the value at `path` comes from: `default`, a variable's name, the TOML file's, or `flag`."""
    group: BaseModel = settings
    for step in path[:-1]:
        group = getattr(group, step)
    if path[-1] not in group.model_fields_set:
        return "default"
    if os.environ.get(_variable(*path)):
        return _variable(*path)
    return "flag" if settings.config is None or path == ("config",) else str(settings.config)


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    return path


def _variable(*path: str) -> str:
    return PREFIX + "_".join(path).upper()


def _unknown_variables(variables: Iterable[str]) -> list[SettingProblem]:
    known = [_variable(name) for name in Settings.model_fields if name != "limits"]
    known += [_variable("limits", name) for name in LimitSettings.model_fields]
    return [
        SettingProblem(place=name, message=f"there is no such variable{_nearest(name, known)}")
        for name in sorted(variables)
        if name not in known and not name.startswith(TEST_PREFIX)
    ]


def _problem_of(details: ErrorDetails, flags: Mapping[str, object], variables: set[str]) -> SettingProblem:
    path = [str(step) for step in details["loc"][:2] if isinstance(step, str)]
    message = details["msg"].removeprefix("Value error, ")
    if details["type"] == "extra_forbidden":
        known = LimitSettings.model_fields if path[0] == "limits" else Settings.model_fields
        message = f"there is no such setting{_nearest(path[-1], known)}"
    return SettingProblem(place=_place(path, flags, variables), message=message)


def _place(path: list[str], flags: Mapping[str, object], variables: set[str]) -> str:
    if not path:
        return "settings"
    if path[0] in flags:
        return "--" + path[0].replace("_", "-")
    return _variable(*path) if _variable(*path) in variables else f"{'.'.join(path)} in the TOML file"


def _nearest(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]}?" if near else "; `paifang settings` lists them all"
