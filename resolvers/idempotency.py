"""The same request sent twice is done once: idempotency keys beside what they led to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from engine.access import Principal
from resolvers.errors import IdempotencyKeyReused
from resolvers.ports import Collection, Document, DocumentStore, Insert
from resolvers.resources.ports import SecretBox

KEPT = timedelta(hours=24)  # nobody repeats a request the day after
REQUESTS = Collection(name="idempotent_requests", feed=False, expires="expires_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyKey:
    """A client's key for one field of one operation; `scope` is that field's response name."""

    text: str
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotentRequest:
    """One request under its key: keys of different callers or fields never meet."""

    id: str
    fingerprint: str

    async def find_result(self, store: DocumentStore) -> Document | None:
        """What the first such request led to. Raises `IdempotencyKeyReused` if it had another input."""
        document = await store.find(REQUESTS, self.id)
        if document is None:
            return None
        if document["fingerprint"] != self.fingerprint:
            raise IdempotencyKeyReused
        return document["result"]

    def remember(self, result: Document, *, at: datetime) -> Insert:
        """The write that goes with the first request's own writes; forgotten a day later."""
        document = {
            "id": self.id,
            "version": 1,
            "fingerprint": self.fingerprint,
            "result": result,
            "at": at,
            "expires_at": at + KEPT,
        }
        return Insert(collection=REQUESTS, document=document)


def request_under(
    key: IdempotencyKey, principal: Principal, secrets: SecretBox, given: Mapping[str, object]
) -> IdempotentRequest:
    """The input `given` is kept as a fingerprint only: it may hold secrets."""
    scoped = "\0".join((principal.subject, key.scope, key.text))
    text = json.dumps(given, sort_keys=True)
    return IdempotentRequest(
        id=sha256(scoped.encode()).hexdigest(), fingerprint=secrets.fingerprint(text.encode())
    )
