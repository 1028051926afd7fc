"""What is refused of files.

Refusal
├── AttachmentRefused   `code` is ATTACHMENT_TYPE, or ATTACHMENT_EMPTY: it is not taken
└── AttachmentNotFound  no such file, or not for this caller
"""

from collections.abc import Mapping

from resolvers.errors import Refusal


class AttachmentRefused(Refusal):
    def __init__(self, *, code: str, reason: str) -> None:
        super().__init__(f"The file is not taken: {reason}.")
        self.code = code


class AttachmentNotFound(Refusal):
    code = "ATTACHMENT_NOT_FOUND"

    def __init__(self, *, attachment: str) -> None:
        super().__init__("There is no such file that you may read.")
        self.attachment = attachment

    @property
    def facts(self) -> Mapping[str, object]:
        return {"attachment": self.attachment}
