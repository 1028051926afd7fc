"""What converting a model from or to another format gives: the result, and what it could not carry over."""

from dataclasses import dataclass

from engine.flow.model import Json
from engine.problem import Problem

JsonDict = dict[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """JSON in format PAIFANG, for `read_model`; None if the source could not be read at all."""

    json: object
    problems: list[Problem]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedJson:
    """A document of the other format; None if an ERROR says why there can be none."""

    json: JsonDict | None
    problems: list[Problem]
