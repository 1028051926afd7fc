"""A document that fits a schema, each value another one: read from the description, not by the importer."""

from collections.abc import Iterator
from itertools import count
from typing import Any, cast

from tests.e2e.openapi.specs import Json

DEEP = 14  # past it, what may be left out is


class Documents:
    def __init__(self, spec: Json) -> None:
        self._spec = spec
        self._numbers = count(1)

    def resolve(self, node: Any) -> Json:  # Any: a part of a description
        while isinstance(node, dict) and "$ref" in node:
            at: Any = self._spec
            for step in str(node["$ref"]).removeprefix("#/").split("/"):
                key = step.replace("~1", "/").replace("~0", "~").replace("%20", " ")
                at = at[int(key)] if isinstance(at, list) else at[key]
            node = at
        return cast("Json", node) if isinstance(node, dict) else {}

    def of(self, schema: Any, within: tuple[int, ...] = ()) -> Any:  # Any: JSON
        """A document; what leads back to a schema around it is left out where it may be."""
        node = self.resolve(schema)
        parts = list(self._merged(node))
        values = next(
            (p["enum"] if "enum" in p else [p["const"]] for p in parts if "enum" in p or "const" in p), []
        )
        texts = [value for value in values if value is not None]
        if texts:
            return texts[0]
        for part in parts:
            for key in ("oneOf", "anyOf"):
                options = [o for o in part.get(key, ()) if self.resolve(o).get("type") != "null"]
                options = [o for o in options if set(self.resolve(o)) - {"required", "not"}]
                if options and id(self.resolve(options[0])) not in within:
                    return self._option(part, options[0], parts, (*within, id(node)))
        return self._plain(parts, (*within, id(node)))

    def _option(self, part: Json, option: Any, parts: list[Json], within: tuple[int, ...]) -> Any:
        made = self.of(option, within)
        own = self._object(parts, within) if any("properties" in p for p in parts) else {}
        told_by = part.get("discriminator", {}).get("propertyName")
        if isinstance(made, dict):
            made = {**own, **made}
            if told_by:
                made[told_by] = self._value_of(part["discriminator"], option)
        return made

    def _value_of(self, discriminator: Json, option: Any) -> str:
        reference = option.get("$ref", "")
        mapping = discriminator.get("mapping", {})
        return next((v for v, r in mapping.items() if r == reference), reference.rpartition("/")[2])

    def _merged(self, node: Json, seen: tuple[int, ...] = ()) -> Iterator[Json]:
        for part in node.get("allOf", ()) if id(node) not in seen else ():
            yield from self._merged(self.resolve(part), (*seen, id(node)))
        yield node

    def _plain(self, parts: list[Json], within: tuple[int, ...]) -> Any:
        written = [kind for part in parts for kind in _kinds(part)]
        kind = written[0] if written else "object" if any("properties" in p for p in parts) else ""
        number = next(self._numbers)
        if kind == "object":
            return self._object(parts, within)
        if kind == "array" or (not kind and any("items" in p for p in parts)):
            items = next((p["items"] for p in parts if "items" in p), {})
            if id(self.resolve(items)) in within:
                return []
            return [self.of(items, within) for _ in range(2 if len(within) < 3 else 1)]
        if kind == "string":
            dated = any(p.get("format") == "date-time" for p in parts)
            return f"2026-01-01T00:00:{number % 60:02}Z" if dated else f"text {number}"
        if kind == "boolean":
            return number % 2 == 0
        return number + 0.5 if kind == "number" else number if kind == "integer" else {"free": number}

    def _object(self, parts: list[Json], within: tuple[int, ...]) -> Json:
        made: Json = {}
        required = {name for part in parts for name in part.get("required", ())}
        for part in parts:
            for name, schema in part.get("properties", {}).items():
                target = self.resolve(schema)
                around = id(target) in within or len(within) > DEEP
                if target.get("writeOnly") or (around and name not in required) or len(within) > 2 * DEEP:
                    continue
                made[name] = self.of(schema, within)
        return made or {"free": next(self._numbers)}


def _kinds(part: Json) -> list[str]:
    written = part.get("type")
    return [kind for kind in (written if isinstance(written, list) else [written]) if kind and kind != "null"]
