"""What every use case may refuse, each class saying when.

Refusal
├── Unauthenticated         the caller is nobody, and the field is not for everybody
├── AccessDenied            the caller is known and may not
├── InputInvalid            an input that the schema admits and the use case cannot use
├── OperationRefused        an operation given as text does not parse, validate or keep its limits
└── IdempotencyKeyReused    the key came before with another input
"""

from collections.abc import Mapping, Sequence


class Refusal(Exception):
    """Base of all refusals: `code` is stable, the sentence is for people, `facts` are for programs."""

    code = "REFUSED"

    @property
    def facts(self) -> Mapping[str, object]:
        """What the client may know besides code and sentence; never a secret."""
        return {}


class Unauthenticated(Refusal):
    code = "UNAUTHENTICATED"

    def __init__(self) -> None:
        super().__init__("This needs a caller the gateway knows: send a token.")


class AccessDenied(Refusal):
    """`needs` names the role or unit that is missing, such as `role publisher`."""

    code = "ACCESS_DENIED"

    def __init__(self, *, needs: str) -> None:
        super().__init__(f"This needs {needs}: ask an administrator for it.")
        self.needs = needs

    @property
    def facts(self) -> Mapping[str, object]:
        return {"needs": self.needs}


class InputInvalid(Refusal):
    code = "BAD_USER_INPUT"

    def __init__(self, *, argument: str, reason: str) -> None:
        super().__init__(f"{argument} {reason}.")
        self.argument = argument

    @property
    def facts(self) -> Mapping[str, object]:
        return {"argument": self.argument}


class OperationRefused(Refusal):
    """`code` is GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED or OPERATION_LIMIT, as on execution."""

    def __init__(self, *, code: str, messages: Sequence[str], facts: Mapping[str, object]) -> None:
        super().__init__(" ".join(messages))
        self.code = code
        self.messages = tuple(messages)
        self._facts = facts

    @property
    def facts(self) -> Mapping[str, object]:
        return self._facts


class IdempotencyKeyReused(Refusal):
    code = "IDEMPOTENCY_KEY_REUSED"

    def __init__(self) -> None:
        super().__init__(
            "This idempotency key came before with another input: a new request needs a new key."
        )
