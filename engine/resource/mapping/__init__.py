"""The mapping language: text → syntax tree → closures that turn one JSON value into another."""

from engine.resource.mapping.compile import Needs
from engine.resource.mapping.errors import MappingError, MappingSyntaxError
from engine.resource.mapping.issues import Issue, Issues
from engine.resource.mapping.selection import ListMapper, Mapper, Selection, parse_path, parse_selection
from engine.resource.mapping.shape import (
    AnyShape,
    FieldShape,
    Leaf,
    ObjectShape,
    OneOf,
    Shape,
    Unwritten,
    alternatives,
)
from engine.resource.mapping.uses import VariableUse

__all__ = [
    "AnyShape",
    "FieldShape",
    "Issue",
    "Issues",
    "Leaf",
    "ListMapper",
    "Mapper",
    "MappingError",
    "MappingSyntaxError",
    "Needs",
    "ObjectShape",
    "OneOf",
    "Selection",
    "Shape",
    "Unwritten",
    "VariableUse",
    "alternatives",
    "parse_path",
    "parse_selection",
]
