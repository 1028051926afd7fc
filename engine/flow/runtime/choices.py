"""The choices that resources offer for a form's fields: one read for all of them."""

from collections.abc import Collection

from engine.flow.errors import ConditionFailed
from engine.flow.expressions import compile_for, evaluate_all
from engine.flow.forms.compiled import CompiledForm
from engine.flow.forms.options import Options, with_options
from engine.flow.instance import Instance
from engine.flow.model import Call, ElementKey, JsonObject
from engine.flow.ports import OnBehalf, Resources


async def offered(
    resources: Resources,
    form: CompiledForm,
    instance: Instance,
    element: ElementKey,
    *,
    fields: Collection[str] | None = None,
) -> Options:
    """By field; only of these `fields` (names at the top of the form), where they are given.

    A field whose query needs variables that are not there is left out: it can be filled without choices.
    Raises `CallFailed`.
    """
    wanted = {
        name: each for name, each in form.wanted.items() if fields is None or name.partition("/")[0] in fields
    }
    calls: dict[str, tuple[Call, JsonObject]] = {}
    names: dict[str, str] = {}  # a field's name need not be one of GraphQL
    for at, (name, each) in enumerate(wanted.items()):
        try:
            expressions = {key: compile_for(element, text) for key, text in each.call.variables.items()}
            calls[f"o{at}"] = (each.call, evaluate_all(expressions, {"vars": instance.variables}))
        except ConditionFailed:
            continue
        names[f"o{at}"] = name
    if not calls:
        return {}
    behalf = OnBehalf(unit=instance.unit, owner=instance.owner, case_id=instance.case_id)
    answers = await resources.read(calls, on_behalf=behalf)
    return with_options(wanted, {names[at]: answer for at, answer in answers.items()})
