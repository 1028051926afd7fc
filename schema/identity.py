"""Who the caller is taken to be."""

from __future__ import annotations

import strawberry
from strawberry import Info

from engine import access
from resolvers.context import Context


@strawberry.type
class Principal:
    subject: str
    roles: list[str]
    units: list[str]
    channel: str | None

    @classmethod
    def of(cls, principal: access.Principal) -> Principal:
        return cls(
            subject=principal.subject,
            roles=sorted(principal.roles),
            units=sorted(principal.units),
            channel=principal.channel,
        )


@strawberry.type
class IdentityQuery:
    @strawberry.field(description="Who the gateway takes the caller to be.")
    @staticmethod
    def me(info: Info[Context, None]) -> Principal:
        return Principal.of(info.context.principal)
