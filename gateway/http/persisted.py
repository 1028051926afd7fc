"""Operations asked for by their hash, and whether any other operation may run.

Clients send the SHA-256 of their text in `extensions.persistedQuery`, and the text too only after
PERSISTED_QUERY_NOT_FOUND. A text sent with its hash is remembered by this worker; one that is registered is
known to all of them.
"""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from hashlib import sha256
from typing import cast

from graphql import GraphQLError

from gateway.http.negotiation import BadRequest, Parameters
from resolvers.store_errors import StoreUnavailable
from schema.operation import OperationRefused

EXTENSION = "persistedQuery"
FRESH_S = 30.0  # how long another worker's registering or letting go may go unseen
MAX_KNOWN = 2_000  # registered texts kept
MAX_SENT, MAX_SENT_CHARACTERS = 1_000, 4_000_000  # texts that came with their hash, and their length together


class PersistedOperations:
    """Process life. `find` gives a registered text by its hash; `only`: most callers run nothing else."""

    def __init__(self, find: Callable[[str], Awaitable[str | None]], *, only: bool) -> None:
        self.only = only
        self._find = find
        self._known: OrderedDict[str, tuple[str, float]] = OrderedDict()  # and when the store said so
        self._sent: OrderedDict[str, str] = OrderedDict()
        self._sent_characters = 0

    def at_once(self, asked: Parameters, *, free: bool) -> Parameters | None:
        """What is to run, where that can be told without the store. Raises as `resolve` does."""
        hash = _hash_of(asked)  # noqa: A001  # what the protocol calls it
        if hash is None and (free or not self.only):
            return asked
        if hash is not None and asked.query and (free or not self.only):
            self._remember(hash, asked.query)
            return asked
        text = self._fresh(hash or _sha(asked.query))
        if text is None and not asked.query and not self.only and hash is not None:
            text = self._sent.get(hash)
        return None if text is None else asked._replace(query=text)

    async def resolve(self, asked: Parameters, *, free: bool) -> Parameters:
        """What is to run; `free`: this caller may run what is not registered.

        Raises OperationRefused with PERSISTED_QUERY_NOT_FOUND or OPERATION_NOT_REGISTERED, BadRequest,
        `StoreUnavailable`.
        """
        found = self.at_once(asked, free=free)
        if found is not None:
            return found
        hash = _hash_of(asked) or _sha(asked.query)  # noqa: A001  # what the protocol calls it
        text = await self._registered(hash)
        if text is not None:
            return asked._replace(query=text)
        if not asked.query and free and hash in self._sent:
            return asked._replace(query=self._sent[hash])
        if not asked.query:
            raise OperationRefused("PERSISTED_QUERY_NOT_FOUND", [GraphQLError("PersistedQueryNotFound")])
        message = (
            "this gateway runs registered operations only: register it with `paifang operations register`"
        )
        raise OperationRefused("OPERATION_NOT_REGISTERED", [GraphQLError(message)], status=403)

    def forget(self, hashes: Sequence[str]) -> None:
        """They were let go of."""
        for hash in hashes:  # noqa: A001  # what the protocol calls it
            self._known.pop(hash, None)

    async def _registered(self, hash: str) -> str | None:  # noqa: A002  # what the protocol calls it
        """A store that is away does not take away what was known."""
        before = self._known.get(hash)
        try:
            text = await self._find(hash)
        except StoreUnavailable:
            if before is None:
                raise
            return before[0]
        if text is None:
            self._known.pop(hash, None)
            return None
        self._known[hash] = (text, time.monotonic())
        self._known.move_to_end(hash)
        if len(self._known) > MAX_KNOWN:
            self._known.popitem(last=False)
        return text

    def _fresh(self, hash: str) -> str | None:  # noqa: A002  # what the protocol calls it
        known = self._known.get(hash)
        return known[0] if known is not None and time.monotonic() - known[1] < FRESH_S else None

    def _remember(self, hash: str, text: str) -> None:  # noqa: A002  # what the protocol calls it
        if hash in self._sent:
            self._sent.move_to_end(hash)
            return
        self._sent[hash] = text
        self._sent_characters += len(text)
        while len(self._sent) > MAX_SENT or self._sent_characters > MAX_SENT_CHARACTERS:
            _, gone = self._sent.popitem(last=False)
            self._sent_characters -= len(gone)


def _hash_of(asked: Parameters) -> str | None:
    """The hash a request names. Raises BadRequest for one that is none, or not that of the text beside it."""
    given = asked.extensions.get(EXTENSION)
    if given is None:
        return None
    said = cast("Mapping[str, object]", given) if isinstance(given, dict) else {}
    hash = said.get("sha256Hash")  # noqa: A001  # what the protocol calls it
    if said.get("version") != 1 or not isinstance(hash, str):
        raise BadRequest('send extensions.persistedQuery as {"version": 1, "sha256Hash": "…"}')
    if asked.query and _sha(asked.query) != hash.lower():
        raise BadRequest("the sha256Hash is not that of the query")
    return hash.lower()


def _sha(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
