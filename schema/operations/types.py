"""Clients' operations as the API tells them."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry import ID

from resolvers.operations import records, registering
from schema.paging import PageInfo


@strawberry.type(description="How one client ran an operation; times are exact to the minute.")
class ClientUse:
    client: str = strawberry.field(description="as it names itself; in brackets: it does not")
    version: str | None
    count: int
    first_seen: datetime
    last_seen: datetime

    @classmethod
    def of(cls, use: records.ClientUse) -> ClientUse:
        name, _, version = use.client.partition("/")
        return cls(
            client=name,
            version=version or None,
            count=use.count,
            first_seen=use.first_seen,
            last_seen=use.last_seen,
        )


@strawberry.type(description="An operation that clients ran, without constants and values.")
class ClientOperation:
    hash: str
    name: str | None
    kind: str
    document: str
    coordinates: list[str] = strawberry.field(description="the fields of modules that it asks for")
    clients: list[ClientUse] = strawberry.field(description="those seen last first, up to a hundred")
    count: int
    first_seen: datetime
    last_seen: datetime

    @classmethod
    def of(cls, record: records.OperationRecord) -> ClientOperation:
        form = record.form
        return cls(
            hash=form.hash,
            name=form.name,
            kind=form.kind,
            document=form.text,
            coordinates=sorted(form.fields),
            clients=[ClientUse.of(use) for use in record.clients],
            count=record.count,
            first_seen=record.first_seen,
            last_seen=record.last_seen,
        )


@strawberry.type
class ClientOperationConnection:
    nodes: list[ClientOperation]
    page_info: PageInfo


@strawberry.type(description="An operation that a client is built with.")
class RegisteredOperation:
    id: ID = strawberry.field(description="the SHA-256 of its text, by which it can be asked for")
    name: str | None
    document: str
    client: str
    registered_at: datetime
    registered_by: str

    @classmethod
    def of(cls, record: records.Registered) -> RegisteredOperation:
        return cls(
            id=ID(record.id),
            name=record.form.name,
            document=record.text,
            client=record.client,
            registered_at=record.registered_at,
            registered_by=record.registered_by,
        )


@strawberry.type
class RegisteredOperationConnection:
    nodes: list[RegisteredOperation]
    page_info: PageInfo


@strawberry.input
class OperationInput:
    document: str = strawberry.field(description="exactly as the client sends it, or the hash of it")
    id: ID | None = strawberry.field(default=None, description="its SHA-256 in hex, to be compared")
    name: str | None = None

    def to_given(self) -> registering.Given:
        return registering.Given(text=self.document, id=self.id, name=self.name)


@strawberry.input
class RegisterOperationsInput:
    client: str = strawberry.field(description="the name it sends as x-client-name")
    operations: list[OperationInput]


@strawberry.type
class OperationsRegistered:
    registered: int
    known: int
