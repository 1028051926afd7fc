"""What files need from outside: a place for their content, and somebody who reads their words."""

from typing import Protocol

from resolvers.knowledge.attachments.attachment import AttachmentText
from resolvers.knowledge.attachments.kinds import Kind


class AttachmentFiles(Protocol):
    """Contents by id, which is lower-case letters and digits. Each raises `StoreUnavailable`."""

    async def keep(self, file: str, content: bytes) -> None:
        """All of it or nothing; when it returns, it survives a crash. Of one id once."""
        ...

    async def read(self, file: str) -> bytes | None:
        """None for one that is not there."""
        ...

    async def remove(self, file: str) -> None:
        """What is not there is removed already."""
        ...


class TextReader(Protocol):
    """Reads the words of a file within bounds of time and memory, whatever is in it."""

    async def read(self, content: bytes, kind: Kind) -> AttachmentText:
        """Its words, or why there are none; never raises for what the file is."""
        ...
