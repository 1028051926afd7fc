"""What models may be made of: the element types, forms and checks that are ours, and those of plug-ins.

A plug-in is a `FlowPlugin`: rows of the tables of readers, element types, widgets, channels and checks. The
tables are put together once, when a process starts; nothing is registered by being imported.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from engine.flow.checks import CHECKS, Check, CheckContext, check_model
from engine.flow.elements import ELEMENT_TYPES, AnyElementType
from engine.flow.formats import ModelFormat, export_bpmn, import_model
from engine.flow.forms import Channel, FormTable, Widget, standard_table
from engine.flow.model import FlowModel, Json
from engine.flow.ports import Deployment
from engine.flow.reading import read_model
from engine.flow.reading_elements import READERS, ElementReader, Readers
from engine.flow.runtime.deployed import Deployed, compile_deployment
from engine.flow.writing import write_model
from engine.problem import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowPlugin:
    """What one plug-in adds. An element type has a row among `readers` and one among `types`."""

    name: str
    readers: tuple[ElementReader, ...] = ()
    types: tuple[AnyElementType, ...] = ()
    forms: tuple[Widget | Channel, ...] = ()
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowParts:
    """The tables, whole. Whoever reads, writes, checks or compiles a model asks them."""

    readers: Readers = field(default_factory=lambda: READERS)
    types: tuple[AnyElementType, ...] = ELEMENT_TYPES
    forms: FormTable = field(default_factory=standard_table)
    checks: tuple[Check, ...] = CHECKS

    def with_plugins(self, plugins: Iterable[FlowPlugin]) -> "FlowParts":
        """Raises ValueError, naming the plug-in, for a name that is taken or a type with half its rows."""
        parts = self
        for plugin in plugins:
            try:
                parts = parts._with(plugin)
            except ValueError as error:
                raise ValueError(f"the plug-in {plugin.name!r} cannot be used: {error}") from None
        return parts

    def import_model(self, format_: ModelFormat | str, raw: object) -> tuple[FlowModel, list[Problem]]:
        """Never raises for bad input."""
        return import_model(format_, raw, self.readers)

    def read_model(self, raw: object) -> tuple[FlowModel, list[Problem]]:
        return read_model(raw, self.readers)

    def write_model(self, model: FlowModel) -> dict[str, Json]:
        return write_model(model, self.readers)

    def export_bpmn(self, model: FlowModel) -> str:
        """Raises ValueError for a model that BPMN has no words for."""
        ours = {reader.type for reader in READERS.values()}
        foreign = next((element for element in model.elements.values() if type(element) not in ours), None)
        if foreign is not None:
            raise ValueError(f"{foreign.key}: BPMN has no word for an element type of a plug-in")
        return export_bpmn(model)

    def check_model(self, model: FlowModel, context: CheckContext) -> list[Problem]:
        return check_model(model, replace(context, forms=self.forms), self.checks)

    def compile_deployment(self, deployment: Deployment) -> Deployed:
        """Raises ValueError for a model that the checks refuse."""
        return compile_deployment(deployment, self.types)

    def _with(self, plugin: FlowPlugin) -> "FlowParts":
        taken = [reader.name for reader in plugin.readers if reader.name in self.readers]
        if taken:
            raise ValueError(f"there is an element type {taken[0]!r} already")
        read = {reader.name: reader.type for reader in plugin.readers}
        run = {row.name: row.model for row in plugin.types}
        if read != run:
            raise ValueError("each of its element types has a reader and a row of the same name and class")
        return FlowParts(
            readers={**self.readers, **{reader.name: reader for reader in plugin.readers}},
            types=(*self.types, *plugin.types),
            forms=self.forms.with_parts(plugin.forms),
            checks=(*self.checks, *plugin.checks),
        )
