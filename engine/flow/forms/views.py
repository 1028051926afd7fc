"""What a channel is given to show: the form, the values so far, the choices, the language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.flow.forms.compiled import CompiledForm
from engine.flow.forms.fields import Alternatives, Field
from engine.flow.forms.judging import validate
from engine.flow.forms.options import Choice, Options
from engine.flow.forms.schemas import constants, objects, types_of
from engine.flow.forms.widgets import Widget, choose_widget
from engine.flow.forms.words import label_of, text_of, title_of
from engine.flow.model import Json, JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """`own`: by field, what the form's own `ui` of this channel says, in its order; None if it lists none."""

    form: CompiledForm
    widgets: Mapping[str, Widget]
    values: JsonObject
    options: Options = field(default_factory=dict[str, Sequence[Choice]])
    language: str | None = None
    own: Mapping[str, JsonObject] | None = None

    def fields(self) -> list[Field]:
        """All fields, or those the form's own `ui` lists, in its order."""
        if self.own is None:
            return list(self.form.fields)
        by_name = {each.name: each for each in self.form.fields}
        return [by_name[name] for name in self.own if name in by_name]

    def asked_fields(self) -> list[Field]:
        """Without those that the caller may not give."""
        return [each for each in self.fields() if each.schema.get("readOnly") is not True]

    def title(self, each: Field) -> str:
        return title_of(each.name, each.schema, self.language)

    def text(self, each: Field, keyword: str) -> str | None:
        return text_of(each.schema, keyword, self.language)

    def widget(self, each: Field) -> Widget:
        return choose_widget(each.schema, self.widgets)

    def choices(self, each: Field, path: str) -> list[Choice]:
        """Those of the form's `ui`, of resources, or in the schema: of the field, or of a list's items."""
        listed = (self.own or {}).get(path, {}).get("choices")
        if isinstance(listed, list):
            return [Choice(each.get("value"), str(each.get("label"))) for each in objects(listed)]
        if path in self.options:
            return list(self.options[path])
        place = each.item.schema if each.item is not None else each.schema
        titled = [
            Choice(
                branch["const"],
                text_of(branch, "title", self.language) or label_of({}, branch["const"], None),
            )
            for branch in objects(place.get("oneOf")) or objects(place.get("anyOf"))
            if "const" in branch
        ]
        plain = constants(place) or ([True, False] if "boolean" in types_of(place) else [])
        return titled or [Choice(value, label_of(place, value, self.language)) for value in plain]

    def asked(self, each: Field, path: str) -> dict[str, Json]:
        """The keys that fields, questions and prompts have in common, and the widget's own."""
        widget, types = self.widget(each), types_of(each.schema) - {"null"}
        choices = self.choices(each, path)
        about: dict[str, Json] = {"name": each.name, "widget": widget.name, "required": each.required}
        if len(types) == 1:
            about["type"] = next(iter(types))
        if choices:
            about["choices"] = [{"value": choice.value, "label": choice.label} for choice in choices]
        if each.shown_when:
            about["visibleWhen"] = _tests(each.shown_when)
        return about | widget.details(each.schema)

    def progress(self) -> dict[str, Json]:
        """`next`: the first question between the values and a valid form; `optional`: what is left beside."""
        open_names = self._open_names()
        names = [each.name for each in self.asked_fields()]
        later: list[Json] = [
            each.name
            for each in self.asked_fields()
            if each.name not in self.values and each.name not in open_names and each.is_shown(self.values)
        ]
        return {"next": next((name for name in names if name in open_names), None), "optional": later}

    def _open_names(self) -> set[str]:
        problems = validate(self.form, self.values, at="", options=self.options)
        paths = [(problem.path or "").split("/") for problem in problems]
        return {path[1].replace("~1", "/").replace("~0", "~") for path in paths if len(path) > 1}


def _tests(alternatives: Alternatives) -> Json:
    shown: list[Json] = []
    for tests in alternatives:
        inner: list[Json] = []
        for test in tests:
            about: dict[str, Json] = {"field": test.field}
            if test.values is not None:
                about["in"] = list(test.values)
            about |= {"absent": True} if test.absent else {}
            inner.append(about | ({"not": True} if test.negated else {}))
        shown.append(inner)
    return shown
