"""Everything wrong with a form, said before it is deployed."""

from collections.abc import Iterator

from engine.flow.forms.check_fillable import check_fillable
from engine.flow.forms.check_options import check_options
from engine.flow.forms.check_schema import check_schema
from engine.flow.forms.check_translations import check_translations
from engine.flow.forms.check_ui import check_ui
from engine.flow.forms.table import FormTable
from engine.flow.model import FormModel
from engine.problem import Problem, Severity


def check_form(form: FormModel, *, at: str, table: FormTable) -> list[Problem]:
    """`at` is where the form is: `ask/form`. A schema that cannot be compiled hides what else is wrong.

    Codes: FORM_SCHEMA_INVALID, FORM_TOO_LARGE, FORM_REF_REFUSED, FORM_PATTERN_REFUSED, FORM_KEYWORD_UNKNOWN,
    FORM_FIELD_UNKNOWN, FORM_DEFAULT_INVALID, FORM_WIDGET_UNFIT, FORM_OPTIONS_INVALID, FORM_UI_INVALID,
    FORM_CHANNEL_UNKNOWN, FORM_TRANSLATION_INVALID, FORM_FIELD_REFUSED.
    """
    found = list(check_schema(form, at=at))
    if any(problem.severity is Severity.ERROR for problem in found):
        return found
    return [*found, *_check_use(form, at=at, table=table)]


def _check_use(form: FormModel, *, at: str, table: FormTable) -> Iterator[Problem]:
    yield from check_options(form, at=at)
    yield from check_fillable(form, at=at)
    yield from check_translations(form, at=at)
    yield from check_ui(form, at=at, table=table)
