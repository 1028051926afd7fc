"""Descriptions in OpenAPI 3.0 and 3.1 → modules: read, modelled, cut to size, written as SDL. No I/O."""

from engine.resource.openapi.importing import Imported, ImportOptions, import_openapi
from engine.resource.openapi.refusal import RefusalCode, SpecRefused

__all__ = ["ImportOptions", "Imported", "RefusalCode", "SpecRefused", "import_openapi"]
