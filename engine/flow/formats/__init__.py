"""Models in other formats: what comes in is converted to JSON of format PAIFANG and read as such."""

from collections.abc import Callable
from enum import StrEnum

import orjson

from engine.flow.formats.bpmn import from_bpmn, to_bpmn
from engine.flow.formats.conversion import ExportedJson, Imported
from engine.flow.formats.turbo import from_turbo
from engine.flow.formats.turbo_export import to_turbo
from engine.flow.model import FlowModel
from engine.flow.reading import read_model
from engine.flow.reading_elements import READERS, Readers
from engine.problem import Problem

__all__ = ["ExportedJson", "ModelFormat", "export_bpmn", "export_turbo", "import_model"]


class ModelFormat(StrEnum):
    PAIFANG = "PAIFANG"
    BPMN = "BPMN"
    TURBO = "TURBO"


def import_model(
    format_: ModelFormat | str, raw: object, readers: Readers = READERS
) -> tuple[FlowModel, list[Problem]]:
    """A model of any format: an object, or its text; XML for BPMN. Never raises for bad input."""
    imported = _IMPORTS[ModelFormat(format_)](raw)
    if imported.json is None and imported.problems:
        return FlowModel(elements={}, flows={}), imported.problems
    model, problems = read_model(imported.json, readers)
    return model, [*imported.problems, *problems]


def export_bpmn(model: FlowModel) -> str:
    """Raises ValueError for a model whose sub-processes do not nest, which the checks refuse."""
    return to_bpmn(model)


def export_turbo(model: FlowModel) -> ExportedJson:
    return to_turbo(model)


def _from_paifang(raw: object) -> Imported:
    if not isinstance(raw, str | bytes):
        return Imported(json=raw, problems=[])
    try:
        return Imported(json=orjson.loads(raw), problems=[])
    except orjson.JSONDecodeError as error:
        message = f"the text is no JSON: {error.msg} (column {error.colno})"
        return Imported(json=None, problems=[Problem(code="NOT_JSON", message=message, line=error.lineno)])


_IMPORTS: dict[ModelFormat, Callable[[object], Imported]] = {
    ModelFormat.PAIFANG: _from_paifang,
    ModelFormat.BPMN: from_bpmn,
    ModelFormat.TURBO: from_turbo,
}
