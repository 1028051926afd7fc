"""Forms: what a commit must fit, and how each channel asks for it.

`check_form` says everything wrong with a form; `compile_form` gives what `validate` and `render` work on.
`vocabulary.py` is what front-ends may rely on.
"""

from engine.flow.forms.channels import Channel
from engine.flow.forms.check import check_form
from engine.flow.forms.compiled import CompiledForm, compile_form
from engine.flow.forms.judging import validate
from engine.flow.forms.options import Choice, Options, Wanted, wanted_options, with_options
from engine.flow.forms.render import RenderedForm, render
from engine.flow.forms.table import FormTable, standard_table
from engine.flow.forms.widgets import Spoken, Widget

__all__ = [
    "Channel",
    "Choice",
    "CompiledForm",
    "FormTable",
    "Options",
    "RenderedForm",
    "Spoken",
    "Wanted",
    "Widget",
    "check_form",
    "compile_form",
    "render",
    "standard_table",
    "validate",
    "wanted_options",
    "with_options",
]
