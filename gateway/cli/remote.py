"""Ask a running gateway, and turn what can go wrong on the way into what to do next."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import httpx

from gateway.cli.failure import CommandFailed, ExitCode

DEFAULT_URL = "http://127.0.0.1:8000/graphql"
TIMEOUT_S = 60.0  # publishing composes every module; far more than it takes

JSON = dict[str, Any]  # Any: answers are JSON of many shapes


class Refused(Exception):
    """The gateway understood and refused; `code` and `facts` as docs/front-end.md lists them."""

    def __init__(self, message: str, *, code: str, facts: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.code = code
        self.facts = facts


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteGateway:
    """`url` may leave out the path; `token` None asks as nobody."""

    url: str
    token: str | None = field(default=None, repr=False)

    def ask(self, query: str, variables: Mapping[str, object]) -> JSON:
        """The data of an operation.

        Raises:
            Refused: the gateway answered with an error.
            CommandFailed: there is no gateway, it does not know the caller, or it is something else.
        """
        answer = self._post({"query": query, "variables": dict(variables)})
        for error in answer.get("errors") or ():
            facts: JSON = error.get("extensions") or {}
            code = str(facts.get("code", "UNKNOWN"))
            if code == "UNAUTHENTICATED":
                raise _unauthenticated(error["message"])
            raise Refused(error["message"], code=code, facts=facts)
        return cast("JSON", answer["data"])  # an answer has data or errors

    def _post(self, body: JSON) -> JSON:
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        url = endpoint_of(self.url)
        secure = not url.startswith("http:")  # without TLS there is nothing to load authorities for: 25 ms
        try:
            answer = httpx.post(
                url, json=body, headers=headers, timeout=TIMEOUT_S, trust_env=False, verify=secure
            )
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise CommandFailed(
                f"{self.url} is no http address",
                next_step=f"write it as {DEFAULT_URL}",
                code=ExitCode.USAGE,
            ) from None
        except httpx.TransportError as error:
            raise CommandFailed(
                f"no gateway answers at {self.url}: {error}",
                next_step="start one with scripts/run, or name where it runs with --url",
                code=ExitCode.UNREACHABLE,
            ) from None
        return _graphql_answer(answer, self.url)


def _graphql_answer(answer: httpx.Response, url: str) -> JSON:
    try:
        content: object = answer.json()
    except ValueError:
        content = None
    if isinstance(content, dict) and ("data" in content or "errors" in content):
        return cast("JSON", content)  # keys of a JSON object are strings
    raise CommandFailed(
        f"what answers at {url} is no GraphQL endpoint (status {answer.status_code})",
        next_step="name the gateway's with --url; its path is /graphql",
        code=ExitCode.UNREACHABLE,
    )


def endpoint_of(url: str) -> str:
    return url if urlsplit(url).path.strip("/") else url.rstrip("/") + "/graphql"


def read_token(given: str | None) -> str | None:
    """The token of `--token`; `@FILE` keeps it out of the list of processes. Raises `CommandFailed`."""
    if given is None or not given.startswith("@"):
        return given
    try:
        return Path(given[1:]).read_text("utf-8").strip()
    except OSError as error:
        raise CommandFailed(
            f"cannot read the token from {given[1:]}: {error.strerror}",
            next_step="write --token TOKEN, or --token @FILE with a file that is there",
            code=ExitCode.USAGE,
        ) from None


def _unauthenticated(message: str) -> CommandFailed:
    return CommandFailed(
        message,
        next_step="give --token; for a gateway with --dev-auth `paifang token --data DIR` makes one",
        code=ExitCode.USAGE,
    )
