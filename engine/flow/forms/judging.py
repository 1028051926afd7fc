"""What is wrong with values given to a form: problems in a person's words, each at its field."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from jsonschema_rs import ValidationError
from jsonschema_rs import ValidationErrorKind as Kind

from engine.flow.forms.compiled import MAX_PROBLEMS, CompiledForm, list_errors
from engine.flow.forms.fields import Field
from engine.flow.forms.options import Choice, Options
from engine.flow.forms.phrases import tell
from engine.flow.forms.schemas import Path, constants, joined, same, types_of
from engine.flow.forms.sentences import nearest, say_what_is_wrong
from engine.flow.forms.sizes import find_oversize, may_have_many_faults
from engine.flow.forms.words import text_of, title_of
from engine.flow.model import Json, JsonObject
from engine.problem import Problem


def validate(
    form: CompiledForm,
    values: JsonObject,
    *,
    at: str,
    kept: JsonObject | None = None,
    partial: bool = False,
    options: Options | None = None,
    language: str | None = None,
) -> list[Problem]:
    """What is wrong with values laid over those kept before; `at` is where the form is: `ask/form`.

    `partial`: only what concerns the given fields; what is missing is no problem yet. `options`: choices that
    resources gave, to which their fields are held. The whole that was judged is `{**kept, **values}`.
    """
    too_large = find_oversize(values, language)
    if too_large is not None:
        return [Problem(code="VALUE_TOO_LARGE", message=too_large, path=at)]
    whole = {**(kept or {}), **values}
    found = list(_Judge(form=form, at=at, language=language).judge(whole, options or {}))
    if partial:
        given = [joined(at, (name,)) for name in values]
        found = [
            each for each in found if each.code != "VALUE_MISSING" or _is_within(each, given, deeper=True)
        ]
        found = [each for each in found if _is_within(each, given)]
    return list(dict.fromkeys(found))[:MAX_PROBLEMS]


def emptied(
    form: CompiledForm, kept: JsonObject, values: JsonObject
) -> tuple[dict[str, Json], dict[str, Json]]:
    """Both without what a null empties: a field that shows a value, kept or by default, and takes no null."""
    fields = {each.name: each.schema for each in form.fields}
    gone = {
        name
        for name, value in values.items()
        if value is None and name in fields and not _takes_null(fields[name])
        if name in kept or "default" in fields[name]
    }
    return _without(kept, gone), _without(values, gone)


def _takes_null(schema: JsonObject) -> bool:
    types = types_of(schema)
    return not types or "null" in types or None in constants(schema)


def _without(values: JsonObject, names: set[str]) -> dict[str, Json]:
    return {name: value for name, value in values.items() if name not in names}


def carried_over(form: CompiledForm, kept: JsonObject, values: JsonObject) -> dict[str, Json]:
    """What of the values kept before goes on with a whole commit: not that of fields hidden by now."""
    carried = {name: value for name, value in kept.items() if name not in values}
    while True:
        whole = {**carried, **values}
        hidden = [each.name for each in form.fields if each.name in carried and not each.is_shown(whole)]
        if not hidden:
            return carried
        for name in hidden:
            del carried[name]


def _is_within(problem: Problem, places: Sequence[str], *, deeper: bool = False) -> bool:
    path = problem.path or ""
    return any(path.startswith(f"{place}/") or (path == place and not deeper) for place in places)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judge:
    form: CompiledForm
    at: str
    language: str | None

    def judge(self, whole: JsonObject, options: Options) -> Iterator[Problem]:
        yield from self._by_schema(whole)
        for name, choices in options.items():
            yield from self._by_choices(tuple(name.split("/")), whole, choices)

    def _by_schema(self, whole: JsonObject) -> Iterator[Problem]:
        try:
            many = may_have_many_faults(self.form.model.schema, whole)
            errors = list_errors(self.form.validator, whole, many=many)
        except (ValueError, UnicodeError):
            yield Problem(code="VALUE_INVALID", message=self._tell("malformed"), path=self.at)
            return
        for error in errors:
            yield from self._problems(error)

    def _problems(self, error: ValidationError) -> Iterator[Problem]:
        path, kind = tuple(error.instance_path), error.kind
        match kind:
            case Kind.Required(property=name):
                yield self._missing((*path, name))
            case Kind.AdditionalProperties(unexpected=names) | Kind.UnevaluatedProperties(unexpected=names):
                yield from (self._unknown(path, name) for name in names)
            case Kind.PropertyNames(error=inner):
                yield self._unknown(path, inner.instance if isinstance(inner.instance, str) else "?")
            case Kind.AnyOf(context=branches) | Kind.OneOfNotValid(context=branches) if alternatives(
                branches
            ):
                yield self._missing_one(path, alternatives(branches))
            case _:
                yield self._wrong(error, path)

    def _missing(self, path: Path) -> Problem:
        message = self._tell("missing", title=self._field_title(path))
        return Problem(code="VALUE_MISSING", message=message, path=joined(self.at, path))

    def _missing_one(self, path: Path, names: Sequence[str]) -> Problem:
        titles = self._tell("comma").join(self._field_title((*path, name)) for name in names)
        message = self._tell("missing-one", titles=titles)
        return Problem(code="VALUE_MISSING", message=message, path=joined(self.at, (*path, names[0])))

    def _unknown(self, path: Path, name: str) -> Problem:
        fields = _fields_at(self.form, path)
        known = [each.name for each in fields if each.name != name]  # itself: with other values
        near = nearest(name, list[Json](known))
        listed = self._tell("comma").join(known[:20]) or self._tell("none")
        return Problem(
            code="VALUE_UNKNOWN_FIELD",
            message=self._tell("unknown-near", name=name[:60], near=near)
            if near
            else self._tell("unknown", name=name[:60], known=listed),
            path=joined(self.at, (*path, name[:60])),
            suggestion=near,
        )

    def _wrong(self, error: ValidationError, path: Path) -> Problem:
        schema = _schema_at(self.form, path)
        code, phrase = say_what_is_wrong(error.kind, schema, self.language)
        own = text_of(schema, "x-message", self.language)
        options = error.kind.options if isinstance(error.kind, Kind.Enum) else []
        return Problem(
            code=code,
            message=own or self._tell("sentence", title=self._title(path), phrase=phrase),
            path=joined(self.at, path),
            suggestion=nearest(cast("Json", error.instance), cast("list[Json]", options)),  # by their types
        )

    def _by_choices(self, path: Path, whole: JsonObject, choices: Sequence[Choice]) -> Iterator[Problem]:
        given: Json = dict(whole)
        for step in path:
            given = given.get(str(step)) if isinstance(given, dict) else None
        for value in given if isinstance(given, list) else [given]:
            if value is not None and not any(same(value, choice.value) for choice in choices):
                phrase = self._tell("not-offered" if choices else "nothing-offered")
                message = self._tell("sentence", title=self._title(path), phrase=phrase)
                yield Problem(code="VALUE_NOT_ALLOWED", message=message, path=joined(self.at, path))

    def _title(self, path: Path) -> str:
        """`Amount`, `Items 2`; the form itself has its own title or none."""
        if not path:
            return title_of(self._tell("the-form"), self.form.model.schema, self.language)
        if isinstance(path[-1], int):
            return f"{self._title(path[:-1])} {path[-1] + 1}"
        return self._field_title(path)

    def _field_title(self, path: Path) -> str:
        return title_of(str(path[-1]), _schema_at(self.form, path), self.language)

    def _tell(self, which: str, **facts: str) -> str:
        return tell(which, self.language, **facts)


def alternatives(branches: Sequence[Sequence[ValidationError]]) -> list[str]:
    """The fields of which one is demanded, where every branch fails for want of a field."""
    missing = [
        [each.kind.property for each in branch if isinstance(each.kind, Kind.Required)] for branch in branches
    ]
    return [names[0] for names in missing] if all(missing) else []


def _schema_at(form: CompiledForm, path: Path) -> JsonObject:
    """The schema of the field at a value's path; an empty one for what is no field."""
    found = _field_at(form, path)
    if found is not None:
        return found.schema
    return {} if path else form.model.schema


def _fields_at(form: CompiledForm, path: Path) -> Sequence[Field]:
    found = _field_at(form, path)
    return found.parts if found is not None else () if path else form.fields


def _field_at(form: CompiledForm, path: Path) -> Field | None:
    found, fields = None, form.fields
    for step in path:
        if isinstance(step, int):
            found = found.item if found is not None else None
        else:
            found = next((each for each in fields if each.name == step), None)
        fields = found.parts if found is not None else ()
    return found
