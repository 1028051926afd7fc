"""Answers that keep the connection: events for as long as they come, or messages both ways."""

import asyncio


class Takeover:
    """From `began` on the connection is this object's: it closes the transport when it is done."""

    def began(self, transport: asyncio.Transport, unread: bytes) -> None:
        """`unread` is what the client sent after its request."""
        raise NotImplementedError

    def data_received(self, data: bytes) -> None:
        """Something came from the client."""
        del data

    def connection_lost(self) -> None:
        """The client is gone."""

    def pause_writing(self) -> None:
        """The client reads more slowly than we write."""

    def resume_writing(self) -> None:
        """It has caught up."""

    def end(self) -> None:
        """The server ends: say good-bye, and close."""
