"""Which language a form is shown in, and the texts of a front end's `ui` in it."""

from collections.abc import Iterator, Sequence

from engine.flow.forms.schemas import subschemas
from engine.flow.model import FormModel, Json, JsonObject

OWN = "x-language"  # of the form: the language that its own texts are in
TRANSLATIONS = "x-i18n"


def choose_language(form: FormModel, asked: Sequence[str]) -> str | None:
    """The first of those asked for that the form has; `zh-CN` is served by `zh`, and `zh` by `zh-TW`.

    Where it has none, its own: that of its `x-language`. A form that does not name its own is taken to
    be in the first language asked for, so that nobody is shown a translation who may read the original.
    """
    own, known = form.schema.get(OWN), languages_of(form)
    if not isinstance(own, str):
        return _found(asked[0], known) or asked[0] if asked else None
    return next((found for tag in asked if (found := _found(tag, known)) is not None), own)


def languages_of(form: FormModel) -> list[str]:
    """Its own, if it names it, and those of its translations."""
    own = form.schema.get(OWN)
    return list(dict.fromkeys([*([own] if isinstance(own, str) else []), *_translated(form)]))


def in_language(ui: JsonObject, language: str | None) -> JsonObject:
    """A `ui` that a form brings along, with the texts of its `x-i18n` in the language laid over."""
    return {name: _part(part, language) for name, part in _laid(ui, language).items()}


def _part(part: Json, language: str | None) -> Json:
    if isinstance(part, dict):
        return dict(in_language(part, language))
    return [_part(one, language) for one in part] if isinstance(part, list) else part


def _laid(part: JsonObject, language: str | None) -> dict[str, Json]:
    languages = part.get(TRANSLATIONS)
    known = languages if isinstance(languages, dict) else {}
    found = _found(language, list(known)) if language is not None else None
    texts = known.get(found) if found is not None else None
    own = {name: value for name, value in part.items() if name != TRANSLATIONS}
    return own | (texts if isinstance(texts, dict) else {})


def _translated(form: FormModel) -> Iterator[str]:
    for _, part in subschemas(form.schema):
        yield from _tags(part)
    waiting: list[Json] = [dict(ui) for ui in form.ui.values()]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield from _tags(part)
        waiting += part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()


def _tags(part: JsonObject) -> list[str]:
    languages = part.get(TRANSLATIONS)
    return list(languages) if isinstance(languages, dict) else []


def _found(tag: str, known: Sequence[str]) -> str | None:
    """The tag itself, else the nearest of its language."""
    spelled = {one.casefold(): one for one in known}
    asked = tag.casefold()
    while asked:
        if asked in spelled:
            return spelled[asked]
        asked = asked.rpartition("-")[0]
    primary = tag.casefold().partition("-")[0]
    return next((one for low, one in spelled.items() if low.partition("-")[0] == primary), None)
