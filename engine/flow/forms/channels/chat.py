"""Chat: one question at a time; answers are kept by partial commits, and `next` goes on from there."""

from engine.flow.forms.fields import Field
from engine.flow.forms.views import View
from engine.flow.model import Json


def derive_chat(view: View) -> dict[str, Json]:
    questions: list[Json] = [_question(view, each, each.name) for each in view.asked_fields()]
    return {"kind": "questions", "questions": questions, **view.progress()}


def _question(view: View, each: Field, path: str) -> dict[str, Json]:
    about = view.asked(each, path)
    about["prompt"] = view.text(each, "x-prompt") or view.title(each)
    hint = view.text(each, "description")
    if hint is not None:
        about["hint"] = hint
    if each.parts and "choices" not in about:
        about["parts"] = [_question(view, part, f"{path}/{part.name}") for part in each.parts]
    return about
