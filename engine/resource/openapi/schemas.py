"""One schema with everything that `$ref` and `allOf` bring into it: what a type is made of."""

from dataclasses import dataclass, field

from engine.resource.openapi.references import Documents, Node

MAX_PARTS = 2_000  # schemas merged into one by allOf: past it, somebody builds a bomb


@dataclass(slots=True, kw_only=True)
class Flat:
    """`properties` has several nodes of one name where alternatives were merged into one object."""

    node: Node
    kinds: set[str] = field(default_factory=set[str])
    nullable: bool = False
    properties: dict[str, list[Node]] = field(default_factory=dict[str, list[Node]])
    required: set[str] = field(default_factory=set[str])
    values: list[object] | None = None  # of enum or const
    items: Node | None = None
    options: list[Node] = field(default_factory=list[Node])  # of oneOf or anyOf, null left out
    discriminator: Node | None = None
    has_more: bool = False  # additionalProperties say what else there may be
    format: str = ""
    maximum: float | None = None
    description: str = ""
    parts: int = 0

    @property
    def is_object(self) -> bool:
        return bool(self.properties) or self.kinds == {"object"}


class Flattening:
    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def flatten(self, node: Node) -> Flat:
        """Raises SpecRefused where a reference does."""
        flat = Flat(node=self._documents.follow(node))
        self._merge(flat, flat.node, within=())
        return flat

    def only_alternative(self, node: Node) -> Node | None:
        """The one schema that this one is another name of: a single entry of allOf, oneOf or anyOf."""
        for key in ("allOf", "oneOf", "anyOf"):
            found = node.find(key)
            if found is None:
                continue
            options = [each for each in found.items() if not self._is_null(each)]
            own = {"properties", "items", "enum", "additionalProperties", "allOf", "oneOf", "anyOf"} - {key}
            if len(options) == 1 and isinstance(node.value, dict) and not own & node.value.keys():
                return options[0]
        return None

    def is_nullable(self, node: Node) -> bool:
        """In any of its spellings; through references and single alternatives."""
        flat = self.flatten(node)
        return flat.nullable or (flat.values is not None and None in flat.values)

    def merge_options(self, flat: Flat) -> None:
        """All alternatives as one object: what one of them may have, it may have."""
        options, flat.options = flat.options, []
        common: set[str] | None = None
        for option in options:
            other = self.flatten(option)
            if other.options:
                self.merge_options(other)
            flat.kinds |= other.kinds
            flat.has_more |= other.has_more
            common = other.required if common is None else common & other.required
            for name, nodes in other.properties.items():
                known = flat.properties.setdefault(name, [])
                known.extend(each for each in nodes if each not in known)
        flat.required |= common or set()

    # -- one schema after the other ------------------------------------------------------------------

    def _merge(self, flat: Flat, node: Node, *, within: tuple[str, ...]) -> None:
        node = self._documents.follow(node)
        flat.parts += 1
        if node.place in within or flat.parts > MAX_PARTS or not isinstance(node.value, dict):
            return
        within = (*within, node.place)
        for part in self._listed(node, "allOf"):
            self._merge(flat, part, within=within)
        self._take_own(flat, node)
        for key in ("oneOf", "anyOf"):
            self._take_options(flat, self._listed(node, key), within)
        if len(within) == 1:
            flat.discriminator = node.find("discriminator") or flat.discriminator

    def _take_own(self, flat: Flat, node: Node) -> None:
        assert isinstance(node.value, dict), "checked by the caller"
        kinds = node.value.get("type")
        written = (
            {str(each) for each in kinds} if isinstance(kinds, list) else {str(kinds)} if kinds else set()
        )
        flat.nullable |= "null" in written or node.is_true("nullable")
        flat.kinds |= written - {"null"}
        flat.description = node.text("description") or flat.description
        flat.format = node.text("format") or flat.format
        maximum = node.value.get("maximum")
        flat.maximum = float(maximum) if isinstance(maximum, int | float) else flat.maximum
        flat.items = node.find("items") or flat.items
        properties = node.find("properties")
        for name, child in properties.members() if properties is not None else ():
            flat.properties[name] = [child]
        required = node.value.get("required")
        if isinstance(required, list):
            flat.required |= {str(each) for each in required}
        more = node.value.get("additionalProperties")
        flat.has_more |= isinstance(more, dict) or more is True or "patternProperties" in node.value
        values = [node.value["const"]] if "const" in node.value else node.value.get("enum")
        if isinstance(values, list):
            flat.values = values

    def _take_options(self, flat: Flat, options: list[Node], within: tuple[str, ...]) -> None:
        """A part that lists what it is a part of says nothing: that is how hierarchies are written."""
        targets = [self._documents.follow(option) for option in options]
        if any(target.place in within[:-1] for target in targets):
            return
        flat.nullable |= any(self._is_null(target) for target in targets)
        real = [each for each, target in zip(options, targets, strict=True) if not self._is_null(target)]
        real = [each for each in real if not _only_requires(self._documents.follow(each))]
        if flat.options and real:
            self.merge_options(flat)  # two lists of alternatives: any of one with any of the other
        flat.options = flat.options or real

    def _listed(self, node: Node, key: str) -> list[Node]:
        found = node.find(key)
        return [] if found is None else list(found.items())

    def _is_null(self, node: Node) -> bool:
        value = node.value
        return isinstance(value, dict) and (value.get("type") == "null" or value.get("enum") == [None])


def _only_requires(node: Node) -> bool:
    """`anyOf: [{required: [a]}, {required: [b]}]` says which must be there, and nothing of what they are."""
    return (
        isinstance(node.value, dict)
        and node.value.keys() <= {"required", "not", "type", "title", "description"}
        and "required" in node.value
    )
