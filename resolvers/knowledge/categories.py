"""What a category's articles may say in `attributes`: the JSON Schemas that categories were given."""

from collections.abc import Mapping, Sequence
from typing import cast

from engine.flow.forms import CompiledForm, compile_form, validate
from engine.flow.forms.check_schema import check_schema
from engine.flow.model import FormModel, JsonObject
from engine.problem import Problem, Severity

SEPARATOR = "/"


class CategorySchemas:
    """By category path such as `fees/rental`; what is below a category is held to it too."""

    def __init__(self, schemas: Mapping[str, Mapping[str, object]]) -> None:
        """Raises ValueError for a schema that cannot be validated with."""
        self._forms = {tuple(path.split(SEPARATOR)): _compiled(path, one) for path, one in schemas.items()}

    def problems(self, category: Sequence[str], attributes: Mapping[str, object]) -> list[Problem]:
        """What the nearest category with a schema finds wrong."""
        for depth in range(len(category), 0, -1):
            form = self._forms.get(tuple(category[:depth]))
            if form is not None:
                given = cast("JsonObject", attributes)  # JSON, as it was read
                return validate(form, given, at="attributes")
        return []


def _compiled(path: str, schema: Mapping[str, object]) -> CompiledForm:
    model = FormModel(key=path, schema=cast("JsonObject", dict(schema)))  # JSON or TOML, as it was read
    faults = [one for one in check_schema(model, at="schema") if one.severity is Severity.ERROR]
    if faults:
        raise ValueError(f"the schema of the category {path}: {faults[0].path}: {faults[0].message}")
    return compile_form(model)
