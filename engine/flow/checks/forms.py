"""Forms and start variables are JSON Schemas that can be validated with, and their `ui` fits them."""

from dataclasses import replace

from engine.flow.checks.subject import Subject
from engine.flow.forms.check import check_form
from engine.flow.forms.check_schema import check_schema
from engine.flow.model import FormModel, UserTask


def check_forms(subject: Subject) -> None:
    """A form's problems stand at the first task that uses it, else at the form itself."""
    model = subject.model
    tasks = [element for element in model.elements.values() if isinstance(element, UserTask)]
    for key, form in model.forms.items():
        user = next((task.key for task in tasks if task.form == key), None)
        at = f"{user}/form" if user is not None else f"forms/{key}"
        for problem in check_form(form, at=at, table=subject.context.forms):
            subject.problems.put(problem)
    if model.variables is not None:
        start = FormModel(key="variables", schema=model.variables)
        for problem in check_schema(start, at="variables"):
            subject.problems.put(replace(problem, code=problem.code.replace("FORM_", "VARIABLES_")))
