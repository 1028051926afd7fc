"""The real gateway in this process, for examples: its callers carry tokens, or are anonymous.

An example costs a third of a second this way, and its gateway holds nothing but the example's modules.
"""

import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import cast

import httpx

from gateway.app import create_app
from gateway.limit_settings import LimitSettings
from gateway.security.dev_tokens import mint_token, open_token_key
from gateway.settings import Settings
from tests.docs.guide import Json
from tests.servers.client import RESPONSE_TYPE

PUBLISH = "mutation ($input: ResourcesInput!) { publishResources(input: $input) { version } }"
PUBLISHER: Json = {"sub": "publisher", "roles": ["publisher", "developer"], "units": ["*"]}
KNOWN_CLAIMS = {"sub", "roles", "units", "scope", "channel"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideGateway:
    """Asks the gateway as one caller or another."""

    http: httpx.AsyncClient
    data: Path

    async def ask(
        self,
        query: str,
        variables: Mapping[str, object] | None = None,
        *,
        claims: Json | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Json:
        """The whole answer; without claims the caller is anonymous."""
        sent = {**(headers or {}), **(self.bearer(claims) if claims else {})}
        answer = await self.http.post(
            "/graphql", json={"query": query, "variables": variables or {}}, headers=sent
        )
        return cast(Json, answer.json())  # GraphQL answers are objects

    async def publish(self, modules: Mapping[str, str], config: Json) -> None:
        """Publish modules in their order, each with the part of the configuration that is for it."""
        for module, sdl in modules.items():
            given: Json = {"module": module, "sdl": sdl, **({"config": config} if config else {})}
            answer = await self.ask(PUBLISH, {"input": given}, claims=PUBLISHER)
            assert "errors" not in answer, answer

    def bearer(self, claims: Json) -> dict[str, str]:
        """The header that proves this caller."""
        assert claims.keys() <= KNOWN_CLAIMS, claims
        token = mint_token(
            open_token_key(self.data),
            str(claims["sub"]),
            now_s=time.time(),
            lifetime=timedelta(minutes=1),
            roles=cast("list[str]", claims.get("roles", [])),  # a list of texts by the guide's format
            units=cast("list[str]", claims.get("units", [])),
            scopes=str(claims.get("scope", "")).split(),
            channel=cast("str | None", claims.get("channel")),
        )
        return {"authorization": f"Bearer {token}"}


@asynccontextmanager
async def open_guide_gateway(data: Path, limits: LimitSettings | None = None) -> AsyncGenerator[GuideGateway]:
    """A gateway on an empty store that may call this machine, for as long as the block runs."""
    settings = Settings(
        data=data,
        dev_auth=True,
        anonymous=True,
        egress_allow=("127.0.0.0/8",),
        limits=limits or LimitSettings(),
    )
    app = create_app(settings)
    await app.open()
    try:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://127.0.0.1:8000",
            headers={"accept": RESPONSE_TYPE},
        ) as http:
            yield GuideGateway(http=http, data=data)
    finally:
        await app.close()
