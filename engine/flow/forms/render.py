"""How a channel asks for a form: its own `ui` laid over the one derived from the schema."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.flow.forms.compiled import CompiledForm
from engine.flow.forms.languages import choose_language, in_language, languages_of
from engine.flow.forms.options import Choice, Options
from engine.flow.forms.schemas import objects
from engine.flow.forms.table import FALLBACK, FormTable
from engine.flow.forms.views import View
from engine.flow.forms.words import text_of
from engine.flow.model import Json, JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedForm:
    """`schema`: what a commit must fit; `ui`: as `vocabulary.py` says; `values`: what is filled already.
    `language` is that of the texts in `ui`; None: the form does not name its own.
    """

    key: str
    channel: str
    language: str | None
    schema: JsonObject
    ui: JsonObject
    values: JsonObject


def render(
    form: CompiledForm,
    *,
    table: FormTable,
    channel: str | None = None,
    values: JsonObject | None = None,
    known: JsonObject | None = None,
    options: Options | None = None,
    languages: Sequence[str] = (),
) -> RenderedForm:
    """`values` are those kept, beside the defaults of the schema and what is `known` of its fields from
    elsewhere: both are filled in, and asked all the same. A channel unknown to the table and without
    a `ui` of its own gets the one of the web. `languages` are those its asker reads, the preferred first.
    """
    name, filled = channel or FALLBACK, values or {}
    language = choose_language(form.model, languages)
    described, given = table.channel(channel), form.model.ui.get(name)
    own = None if given is None else in_language(given, language)
    listed = None if own is None else _listed(own, described.listed)
    view = View(
        form=form,
        widgets=table.widgets,
        values=filled,
        options=options or dict[str, Sequence[Choice]](),
        language=language,
        own=listed,
    )
    ui = _headed(view) | described.derive(view)
    return RenderedForm(
        key=form.model.key,
        channel=name,
        language=language if language in languages_of(form.model) else None,
        schema=form.model.schema,
        ui=_lay_over(ui, own or {}, listed or {}, described.listed),
        values=_defaults(form) | _of_fields(form, known or {}) | dict(filled),
    )


def _listed(own: JsonObject, key: str) -> Mapping[str, JsonObject] | None:
    """What the form's own `ui` says of each field; a name alone says which comes when."""
    entries = own.get(key)
    if not isinstance(entries, list):
        return None
    return {
        str(entry["name"] if isinstance(entry, dict) else entry): entry if isinstance(entry, dict) else {}
        for entry in entries
        if isinstance(entry, str) or (isinstance(entry, dict) and "name" in entry)
    }


def _headed(view: View) -> dict[str, Json]:
    schema = view.form.model.schema
    texts = {key: text_of(schema, key, view.language) for key in ("title", "description")}
    return {key: text for key, text in texts.items() if text is not None}


def _defaults(form: CompiledForm) -> dict[str, Json]:
    return {each.name: each.schema["default"] for each in form.fields if "default" in each.schema}


def _of_fields(form: CompiledForm, known: JsonObject) -> dict[str, Json]:
    names = (each.name for each in form.fields)
    return {name: known[name] for name in names if known.get(name) is not None}


def _lay_over(
    derived: dict[str, Json], own: JsonObject, listed: Mapping[str, JsonObject], key: str
) -> JsonObject:
    """The form's own texts and keys over the derived ones. Choices that became a menu are in it already."""
    laid: list[Json] = []
    for entry in objects(derived.get(key)):
        given = listed.get(str(entry["name"]), {})
        laid.append(
            entry | {name: part for name, part in given.items() if name != "choices" or name in entry}
        )
    return {**derived, **own, key: laid}
