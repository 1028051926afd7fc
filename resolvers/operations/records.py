"""Operations of clients as they are stored: what was run, by whom, how often, since when and until when."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from resolvers.operations.ports import Counted, OperationForm
from resolvers.ports import Collection, Document, Index

OPERATIONS = Collection(
    name="client_operations",  # id: the hash of the operation's form
    feed=False,
    expires="expires_at",
    indexes=(
        Index(name="by_use", fields=("fields",)),
        Index(name="by_time", order="last_seen"),
    ),
)
REGISTERED = Collection(
    name="registered_operations",  # id: the SHA-256 of the text, as clients send it
    feed=False,
    indexes=(
        Index(name="by_use", fields=("fields",)),
        Index(name="by_time", order="registered_at"),
    ),
)
OPERATION_COLLECTIONS = (OPERATIONS, REGISTERED)

MAX_CLIENTS = 100  # of one operation; those not seen for longest go first


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientUse:
    """How one client, `name/version`, ran an operation. Times are those of the counting, a minute apart."""

    client: str
    count: int
    first_seen: datetime
    last_seen: datetime

    @property
    def name(self) -> str:
        return self.client.partition("/")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationRecord:
    """`clients`: those seen last first."""

    form: OperationForm
    clients: tuple[ClientUse, ...]
    count: int
    first_seen: datetime
    last_seen: datetime

    def clients_since(self, moment: datetime) -> tuple[ClientUse, ...]:
        return tuple(use for use in self.clients if use.last_seen >= moment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """An operation that a client is built with; `text` is exactly what it sends, or the hash of it."""

    form: OperationForm
    text: str
    client: str
    registered_at: datetime
    registered_by: str

    @property
    def id(self) -> str:
        return sha256(self.text.encode()).hexdigest()


def added(record: OperationRecord | None, counted: Counted, *, at: datetime) -> OperationRecord:
    """The record with what was counted since, at this time; the clocks of workers may differ."""
    known = {use.client: use for use in record.clients} if record is not None else {}
    for client, number in counted.calls.items():
        before = known.get(client)
        known[client] = ClientUse(
            client=client,
            count=number + (before.count if before is not None else 0),
            first_seen=before.first_seen if before is not None else at,
            last_seen=max(at, before.last_seen) if before is not None else at,
        )
    return OperationRecord(
        form=counted.form,
        clients=_latest(known.values()),
        count=sum(counted.calls.values()) + (record.count if record is not None else 0),
        first_seen=record.first_seen if record is not None else at,
        last_seen=max(at, record.last_seen) if record is not None else at,
    )


def operation_to_document(record: OperationRecord, *, version: int, kept: timedelta) -> Document:
    return {
        "id": record.form.hash,
        "version": version,
        **_form_fields(record.form),
        "clients": [
            {
                "client": use.client,
                "count": use.count,
                "first_seen": use.first_seen,
                "last_seen": use.last_seen,
            }
            for use in record.clients
        ],
        "count": record.count,
        "first_seen": record.first_seen,
        "last_seen": record.last_seen,
        "expires_at": record.last_seen + kept,
    }


def registered_to_document(record: Registered) -> Document:
    return {
        "id": record.id,
        "version": 1,
        "hash": record.form.hash,
        **_form_fields(record.form),
        "sent": record.text,
        "client": record.client,
        "registered_at": record.registered_at,
        "registered_by": record.registered_by,
    }


def registered_of(document: Document) -> Registered:
    return Registered(
        form=_form_of(document, hash=document["hash"]),
        text=document["sent"],
        client=document["client"],
        registered_at=document["registered_at"],
        registered_by=document["registered_by"],
    )


def operation_of(document: Document) -> OperationRecord:
    return OperationRecord(
        form=_form_of(document, hash=document["id"]),
        clients=tuple(_use_of(use) for use in document["clients"]),
        count=document["count"],
        first_seen=document["first_seen"],
        last_seen=document["last_seen"],
    )


def _latest(uses: Iterable[ClientUse]) -> tuple[ClientUse, ...]:
    ordered: Sequence[ClientUse] = sorted(uses, key=lambda use: use.last_seen, reverse=True)
    return tuple(ordered[:MAX_CLIENTS])


def _form_fields(form: OperationForm) -> Document:
    return {
        "text": form.text,
        "name": form.name,
        "kind": form.kind,
        "fields": sorted(form.fields),
        "inputs": sorted(form.inputs),
    }


def _form_of(document: Document, *, hash: str) -> OperationForm:  # noqa: A002  # what it is called everywhere
    return OperationForm(
        hash=hash,
        text=document["text"],
        name=document["name"],
        kind=document["kind"],
        fields=frozenset(document["fields"]),
        inputs=frozenset(document["inputs"]),
    )


def _use_of(use: Mapping[str, object]) -> ClientUse:
    count, first, last = use["count"], use["first_seen"], use["last_seen"]
    assert isinstance(count, int)
    assert isinstance(first, datetime)
    assert isinstance(last, datetime)
    return ClientUse(client=str(use["client"]), count=count, first_seen=first, last_seen=last)
