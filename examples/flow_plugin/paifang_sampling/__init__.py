"""A sample plug-in: `samplingGateway` sends a share of cases to quality control; stars rate an answer.

What a plug-in may add is one `FlowPlugin`; the entry point in `pyproject.toml` names it.
"""

from engine.flow.parts import FlowPlugin

from .check import check_control
from .gateway import READER, TYPE
from .stars import KIOSK, STARS

PLUGIN = FlowPlugin(
    name="sampling", readers=(READER,), types=(TYPE,), forms=(STARS, KIOSK), checks=(check_control,)
)
