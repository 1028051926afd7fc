"""Tokens of made-up callers for a gateway started with --dev-auth."""

import time
from collections.abc import Collection
from datetime import timedelta

from gateway.security.dev_tokens import mint_token, open_token_key
from tests.servers.gateway import Gateway


def bearer(
    gateway: Gateway,
    subject: str = "someone",
    *,
    roles: Collection[str] = (),
    units: Collection[str] = (),
    scopes: Collection[str] = (),
    channel: str | None = None,
) -> dict[str, str]:
    """The header that proves this caller, for a minute."""
    token = mint_token(
        open_token_key(gateway.data),
        subject,
        now_s=time.time(),
        lifetime=timedelta(minutes=1),
        roles=roles,
        units=units,
        scopes=scopes,
        channel=channel,
    )
    return {"authorization": f"Bearer {token}"}
