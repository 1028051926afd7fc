"""Choices by number: never more than nine at a time, however many there are."""

from collections.abc import Sequence
from itertools import pairwise

from engine.flow.forms.options import Choice
from engine.flow.forms.words import say
from engine.flow.model import Json

MOST = 9  # digits 1 to 9; 0, * and # have a meaning of their own
PAGED = 25  # up to here a person listens to the pages; beyond, the question is made narrower


def build_menu(choices: Sequence[Choice], language: str | None, *, spoken: bool) -> dict[str, Json]:
    """Up to nine choices as they are; up to 25 in pages, the last digit leading on; more in ranges."""
    if len(choices) <= MOST:
        entries: list[tuple[str, dict[str, Json]]] = [(each.label, {"value": each.value}) for each in choices]
    elif len(choices) <= PAGED:
        rest = build_menu(choices[MOST - 1 :], language, spoken=spoken)
        entries = [(each.label, {"value": each.value}) for each in choices[: MOST - 1]]
        entries.append((say("more", language), {"menu": rest}))
    else:
        entries = [_range(part, language, spoken=spoken) for part in _split(choices)]
    numbered = [(str(nth), label, leads) for nth, (label, leads) in enumerate(entries, start=1)]
    text = " ".join(say("press", language, digit=digit, label=label) for digit, label, _ in numbered)
    lines = "\n".join(f"{digit} {label}" for digit, label, _ in numbered)
    listed: list[Json] = [{"digit": digit, "label": label, **leads} for digit, label, leads in numbered]
    return {"text": text if spoken else lines, "choices": listed}


def _range(part: Sequence[Choice], language: str | None, *, spoken: bool) -> tuple[str, dict[str, Json]]:
    if len(part) == 1:
        return part[0].label, {"value": part[0].value}
    label = say("to", language, first=part[0].label, last=part[-1].label)
    return label, {"menu": build_menu(part, language, spoken=spoken)}


def _split(choices: Sequence[Choice]) -> list[Sequence[Choice]]:
    """Into nine parts whose sizes differ by one at most."""
    ends = [len(choices) * nth // MOST for nth in range(MOST + 1)]
    return [choices[first:last] for first, last in pairwise(ends)]
