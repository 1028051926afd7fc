"""Are translations where they are looked for: `x-i18n` by language, then by keyword?"""

import re
from collections.abc import Iterator

from engine.flow.forms.check_schema import place
from engine.flow.forms.languages import OWN, TRANSLATIONS
from engine.flow.forms.schemas import joined, subschemas
from engine.flow.model import FormModel, Json
from engine.problem import Problem, Severity

LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")


def check_translations(form: FormModel, *, at: str) -> Iterator[Problem]:
    own = form.schema.get(OWN)
    if own is not None and not _is_language(own):
        yield _wrong(joined(at, (OWN,)), f"{OWN} names a language, such as zh or en-GB.")
    for path, part in subschemas(form.schema):
        yield from _check(part.get(TRANSLATIONS), place(at, (*path, TRANSLATIONS)))
    waiting: list[tuple[str, Json]] = [(f"{at}/ui/{name}", dict(ui)) for name, ui in form.ui.items()]
    while waiting:
        where, part = waiting.pop()
        inner = part.items() if isinstance(part, dict) else enumerate(part if isinstance(part, list) else ())
        for step, value in inner:
            if step == TRANSLATIONS:
                yield from _check(value, joined(where, (step,)))
            else:
                waiting.append((joined(where, (step,)), value))


def _check(languages: Json, path: str) -> Iterator[Problem]:
    if languages is None:
        return
    known = languages if isinstance(languages, dict) else {"": None}
    if any(not _is_language(tag) or not isinstance(texts, dict) for tag, texts in known.items()):
        yield _wrong(path, f'{TRANSLATIONS} gives texts by language: {{"zh": {{"title": "…"}}}}.')


def _is_language(tag: Json) -> bool:
    return isinstance(tag, str) and LANGUAGE.fullmatch(tag) is not None


def _wrong(path: str, message: str) -> Problem:
    return Problem(code="FORM_TRANSLATION_INVALID", message=message, severity=Severity.WARNING, path=path)
