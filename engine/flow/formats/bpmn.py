"""BPMN 2.0 XML ⇄ models."""

from engine.flow.formats.bpmn_export import to_bpmn
from engine.flow.formats.bpmn_import import from_bpmn

__all__ = ["from_bpmn", "to_bpmn"]
