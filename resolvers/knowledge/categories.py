"""JSON Schemas of categories: checked, compiled, and those that the settings give."""

from collections.abc import Mapping, Sequence
from typing import cast

from engine.flow.forms import CompiledForm, compile_form
from engine.flow.forms.check_schema import check_schema
from engine.flow.model import FormModel, JsonObject
from engine.problem import Problem, Severity
from resolvers.knowledge.category import SEPARATOR


class CategorySchemas:
    """Of every unit, by category path such as `fees/rental`; what is below a category is held to it too."""

    def __init__(self, schemas: Mapping[str, Mapping[str, object]]) -> None:
        """Raises ValueError for a schema that cannot be validated with."""
        for path, schema in schemas.items():
            faults = [one for one in schema_problems(schema) if one.severity is Severity.ERROR]
            if faults:
                raise ValueError(f"the schema of the category {path}: {faults[0].path}: {faults[0].message}")
        self._forms = {
            tuple(path.split(SEPARATOR)): compiled_schema(path, schema) for path, schema in schemas.items()
        }

    def find(self, path: Sequence[str]) -> CompiledForm | None:
        """The one of exactly this path."""
        return self._forms.get(tuple(path))


def schema_problems(schema: Mapping[str, object]) -> list[Problem]:
    """What is wrong with it, by places under `schema`."""
    return list(check_schema(_model("category", schema), at="schema"))


def compiled_schema(path: str, schema: Mapping[str, object]) -> CompiledForm:
    """Of one that was checked."""
    return compile_form(_model(path, schema))


def _model(path: str, schema: Mapping[str, object]) -> FormModel:
    return FormModel(key=path, schema=cast("JsonObject", dict(schema)))  # JSON or TOML, as it was read
