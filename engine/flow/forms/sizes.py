"""How large may the values of a form be? Bounded before anything looks at them."""

from engine.flow.model import Json, JsonObject

MAX_VALUES = 5_000  # a person fills in tens; validating costs values times schemas
MAX_DEPTH = 32
MAX_TEXT = 100_000  # characters of one text; photos are uploaded elsewhere and named here
MAX_TEXTS = 1_000_000  # characters together


def find_oversize(values: JsonObject) -> str | None:
    """A sentence if the values are too many, too deep, or too long. Stops where a limit is passed."""
    waiting: list[tuple[Json, int]] = [(dict(values), 0)]
    count, characters = 0, 0
    while waiting:
        value, depth = waiting.pop()
        count += 1
        if isinstance(value, str):
            characters += len(value)
            if len(value) > MAX_TEXT or characters > MAX_TEXTS:
                return f"A text has more than {MAX_TEXT:,} characters, or all {MAX_TEXTS:,}: shorten."
        elif isinstance(value, dict):
            waiting.extend((item, depth + 1) for pair in value.items() for item in pair)
        elif isinstance(value, list):
            waiting.extend((item, depth + 1) for item in value)
        if depth > MAX_DEPTH or count + len(waiting) > 2 * MAX_VALUES:
            return f"The values are more than {MAX_VALUES:,}, or deeper than {MAX_DEPTH}: give less."
    return None
