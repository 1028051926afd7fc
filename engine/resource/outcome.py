"""What a field came to when it is not a value: a failure, a denial, or nothing yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

# Codes of resources.md, "Failure", that the engine itself decides; transport codes are in calls.py.
UPSTREAM_STATUS = "UPSTREAM_STATUS"
UPSTREAM_BODY = "UPSTREAM_BODY"
MAPPING_ERROR = "MAPPING_ERROR"
VALUE_ERROR = "VALUE_ERROR"
CIRCUIT_OPEN = "CIRCUIT_OPEN"
RATE_LIMITED = "RATE_LIMITED"
BATCH_KEY_MISSING = "BATCH_KEY_MISSING"
CALL_LIMIT = "CALL_LIMIT"
ACCESS_DENIED = "ACCESS_DENIED"
UNAUTHENTICATED = "UNAUTHENTICATED"
DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
BAD_USER_INPUT = "BAD_USER_INPUT"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a field has no value. `facts` go to the error's extensions; a `silent` one is no error."""

    code: str
    message: str
    facts: Mapping[str, object] = field(default_factory=dict[str, object])
    fails_parent: bool = False
    silent: bool = False

    def at_attempt(self, attempt: int) -> "Failure":
        """The same, told of a call that was made so many times."""
        if self.facts.get("attempt") == attempt:
            return self
        return replace(self, facts={**self.facts, "attempt": attempt})


PENDING = Failure(DEADLINE_EXCEEDED, "the deadline passed before this field was known", {"retryable": True})
DENIED_SILENTLY = Failure(ACCESS_DENIED, "not visible to this caller", silent=True)
