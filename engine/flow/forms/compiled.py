"""A form made ready: its validator, its fields, its options; and what is wrong with values given to it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import cast

from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationError
from jsonschema_rs import ValidationErrorKind as Kind

from engine.flow.forms.fields import Field, fields_of
from engine.flow.forms.options import Choice, Options, Wanted, wanted_options
from engine.flow.forms.schemas import Path, joined, same
from engine.flow.forms.sentences import nearest, say_what_is_wrong
from engine.flow.forms.sizes import find_oversize, may_have_many_faults
from engine.flow.forms.words import text_of, title_of
from engine.flow.model import FormModel, Json, JsonObject
from engine.problem import Problem

MAX_PROBLEMS = 50  # nobody reads more at once
PATTERN_BYTES = 1 << 16  # of a compiled pattern: matching costs at most text times pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledForm:
    """Reads no file and no network, and matches patterns in linear time."""

    model: FormModel
    fields: tuple[Field, ...]
    validator: Draft202012Validator
    wanted: Mapping[str, Wanted] = field(default_factory=dict[str, Wanted])


def compile_form(model: FormModel) -> CompiledForm:
    """Raises ValueError for a schema that `check_form` refuses for what it is."""
    return CompiledForm(
        model=model,
        fields=fields_of(model.schema),
        validator=validator_of(model.schema),
        wanted=wanted_options(model.schema),
    )


def validator_of(schema: JsonObject) -> Draft202012Validator:
    return Draft202012Validator(
        dict(schema),
        validate_formats=True,
        offline=True,
        pattern_options=RegexOptions(size_limit=PATTERN_BYTES),
    )


def validate(
    form: CompiledForm,
    values: JsonObject,
    *,
    at: str,
    kept: JsonObject | None = None,
    partial: bool = False,
    options: Options | None = None,
) -> list[Problem]:
    """What is wrong with values laid over those kept before; `at` is where the form is: `ask/form`.

    `partial`: only what concerns the given fields; what is missing is no problem yet. `options`: choices that
    resources gave, to which their fields are held. The whole that was judged is `{**kept, **values}`.
    """
    too_large = find_oversize(values)
    if too_large is not None:
        return [Problem(code="VALUE_TOO_LARGE", message=too_large, path=at)]
    whole = {**(kept or {}), **values}
    found = [*_by_schema(form, whole, at), *_by_options(form, whole, options or {}, at)]
    if partial:
        given = [joined(at, (name,)) for name in values]
        found = [
            each for each in found if each.code != "VALUE_MISSING" or _is_within(each, given, deeper=True)
        ]
        found = [each for each in found if _is_within(each, given)]
    return list(dict.fromkeys(found))[:MAX_PROBLEMS]


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


def _by_schema(form: CompiledForm, whole: JsonObject, at: str) -> Iterator[Problem]:
    try:
        many = may_have_many_faults(form.model.schema, whole)
        errors = list_errors(form.validator, whole, many=many)
    except (ValueError, UnicodeError):
        yield Problem(
            code="VALUE_INVALID", message="The values are no JSON: a text or a key is malformed.", path=at
        )
        return
    for error in errors:
        yield from _problems(form, error, at)


def list_errors(validator: Draft202012Validator, value: JsonObject, *, many: bool) -> list[ValidationError]:
    """All that is wrong, as far as a person would read; the first alone where it may be very much."""
    if validator.is_valid(value):
        return []
    if not many:
        return list(islice(validator.iter_errors(value), 4 * MAX_PROBLEMS))
    try:
        validator.validate(value)
    except ValidationError as first:
        return [first]
    return []


def _problems(form: CompiledForm, error: ValidationError, at: str) -> Iterator[Problem]:
    path, kind = tuple(error.instance_path), error.kind
    match kind:
        case Kind.Required(property=name):
            yield _missing(form, (*path, name), at)
        case Kind.AdditionalProperties(unexpected=names) | Kind.UnevaluatedProperties(unexpected=names):
            yield from (_unknown(form, path, name, at) for name in names)
        case Kind.PropertyNames(error=inner):
            name = inner.instance if isinstance(inner.instance, str) else "?"
            yield _unknown(form, path, name, at)
        case Kind.AnyOf(context=branches) | Kind.OneOfNotValid(context=branches) if alternatives(branches):
            names = alternatives(branches)
            titles = ", ".join(title_of(name, _schema_at(form, (*path, name))) for name in names)
            yield Problem(
                code="VALUE_MISSING",
                message=f"Give at least one of: {titles}.",
                path=joined(at, (*path, names[0])),
            )
        case _:
            yield _wrong(form, error, path, at)


def alternatives(branches: Sequence[Sequence[ValidationError]]) -> list[str]:
    """The fields of which one is demanded, where every branch fails for want of a field."""
    missing = [
        [each.kind.property for each in branch if isinstance(each.kind, Kind.Required)] for branch in branches
    ]
    return [names[0] for names in missing] if all(missing) else []


def _missing(form: CompiledForm, path: Path, at: str) -> Problem:
    title = title_of(str(path[-1]), _schema_at(form, path))
    return Problem(code="VALUE_MISSING", message=f"{title} is missing: give a value.", path=joined(at, path))


def _unknown(form: CompiledForm, path: Path, name: str, at: str) -> Problem:
    known = [each.name for each in _fields_at(form, path) if each.name != name]  # itself: with other values
    near = nearest(name, list[Json](known))
    hint = f"did you mean {near}?" if near else f"leave it out; there are: {', '.join(known[:20]) or 'none'}."
    return Problem(
        code="VALUE_UNKNOWN_FIELD",
        message=f"There is no field {name[:60]!r} here: {hint}",
        path=joined(at, (*path, name[:60])),
        suggestion=near,
    )


def _wrong(form: CompiledForm, error: ValidationError, path: Path, at: str) -> Problem:
    schema = _schema_at(form, path)
    code, sentence = say_what_is_wrong(error.kind, schema)
    own = text_of(schema, "x-message", None)
    options = error.kind.options if isinstance(error.kind, Kind.Enum) else []
    return Problem(
        code=code,
        message=own or f"{_title(form, path)} {sentence}.",
        path=joined(at, path),
        suggestion=nearest(cast("Json", error.instance), cast("list[Json]", options)),  # JSON, by their types
    )


def _title(form: CompiledForm, path: Path) -> str:
    """`Amount`, `Items 2`; the form itself has its own title or none."""
    if not path:
        return title_of("The form", form.model.schema)
    if isinstance(path[-1], int):
        return f"{_title(form, path[:-1])} {path[-1] + 1}"
    return title_of(path[-1], _schema_at(form, path))


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


def _by_options(form: CompiledForm, whole: JsonObject, options: Options, at: str) -> Iterator[Problem]:
    for name, choices in options.items():
        path = tuple(name.split("/"))
        given: Json = dict(whole)
        for step in path:
            given = given.get(step) if isinstance(given, dict) else None
        for value in given if isinstance(given, list) else [given]:
            if value is not None and not any(same(value, choice.value) for choice in choices):
                yield _no_option(form, path, choices, at)


def _no_option(form: CompiledForm, path: Path, choices: Sequence[Choice], at: str) -> Problem:
    what = "must be one of those offered: choose again" if choices else "cannot be chosen: nothing is offered"
    return Problem(code="VALUE_NOT_ALLOWED", message=f"{_title(form, path)} {what}.", path=joined(at, path))
