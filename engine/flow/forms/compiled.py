"""A form made ready: its validator, its fields, its options."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice

from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationError

from engine.flow.forms.fields import Field, fields_of
from engine.flow.forms.options import Wanted, wanted_options
from engine.flow.model import FormModel, JsonObject

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
