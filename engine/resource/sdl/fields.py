"""Read what stands on types and fields: @value, @connect, access rules, keys, owners."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import cast

from graphql import ConstDirectiveNode, FieldDefinitionNode, GraphQLNamedType, GraphQLObjectType, Undefined

from engine.expr import BOOL, ExprType
from engine.resource.model import AccessRule, Connector, Field, Module, OnDeny, Source, Value
from engine.resource.sdl.caching import CacheRules, with_cache
from engine.resource.sdl.connectors import read_connector, string_node
from engine.resource.sdl.expressions import read_expression, type_in_expressions, variables_for
from engine.resource.sdl.findings import Findings, place_of
from engine.resource.sdl.vocabulary import DirectiveUse, first_use

ROOTS = ("Query", "Mutation", "Subscription")


class FieldReader:
    """Reads the fields of all modules; numbers access rules densely as it meets them."""

    def __init__(
        self,
        types: Mapping[str, GraphQLNamedType],
        modules: Mapping[str, Module],
        sources: Mapping[str, Mapping[str, Source | None]],
        findings: Findings,
    ) -> None:
        self._types = types
        self._modules = modules
        self._sources = sources
        self._findings = findings
        self.rules: list[AccessRule] = []
        self._connects: Counter[str] = Counter()
        self._caching = CacheRules(modules.values())

    def read_field(self, node: FieldDefinitionNode, *, parent: str, module: str, unit: str) -> Field:
        coordinate = f"{parent}.{node.name.value}"
        variables = self._variables(parent, node.name.value)
        inaccessible = first_use(node.directives, "inaccessible") is not None
        owner = first_use(node.directives, "owner")
        return Field(
            name=node.name.value,
            parent=parent,
            module=module,
            unit=cast("str", owner.get("unit")) if owner else unit,
            node=node,
            connectors=self._read_connectors(
                node.directives,
                coordinate=coordinate,
                module=module,
                kept=self._caching.of_field(node, parent=parent, module=module),
            ),
            value=self._value_of(node, coordinate, variables),
            rules=self.read_rules(node.directives, coordinate=coordinate, variables=variables),
            inaccessible=inaccessible,
            place=place_of(node.name),
        )

    def read_connectors(
        self, directives: Iterable[ConstDirectiveNode] | None, *, type_name: str, module: str
    ) -> tuple[Connector, ...]:
        """Those on a type itself, as one module wrote them."""
        kept = self._caching.of_type(type_name, module=module)
        return self._read_connectors(directives, coordinate=type_name, module=module, kept=kept)

    def _read_connectors(
        self,
        directives: Iterable[ConstDirectiveNode] | None,
        *,
        coordinate: str,
        module: str,
        kept: DirectiveUse | None,
    ) -> tuple[Connector, ...]:
        written = [node for node in directives or () if node.name.value == "connect"]
        read = [self._connector(node, self._next_site(coordinate), module, kept) for node in written]
        connectors = tuple(connector for connector in read if connector is not None)
        if len(connectors) < len(read):
            self._findings.unread.add(coordinate)
        return connectors

    def _connector(
        self, node: ConstDirectiveNode, site: str, module: str, kept: DirectiveUse | None
    ) -> Connector | None:
        """It depends on its own module alone; where nothing is wrong with it, it is read once."""
        known = self._modules[module].connectors
        connector = known.get((id(node), site))
        if connector is not None:
            return connector
        before, sources = len(self._findings.problems), self._sources.get(module, {})
        connector = read_connector(
            DirectiveUse(node), site=site, module=module, sources=sources, findings=self._findings
        )
        if connector is not None:
            connector = with_cache(connector, kept, sources)
        if connector is not None and len(self._findings.problems) == before:
            known[id(node), site] = connector
        return connector

    def _next_site(self, coordinate: str) -> str:
        """What tells the next @connect there from the others: several modules may extend a type."""
        self._connects[coordinate] += 1
        number = self._connects[coordinate]
        return coordinate if number == 1 else f"{coordinate}#{number}"

    def read_rules(
        self,
        directives: tuple[ConstDirectiveNode, ...] | None,
        *,
        coordinate: str,
        variables: Mapping[str, ExprType],
    ) -> tuple[AccessRule, ...]:
        """@authenticated, @requiresScopes and @access of one place, as at most one rule each."""
        rules: list[AccessRule] = []
        if first_use(directives, "authenticated"):
            rules.append(self._rule(coordinate, authenticated=True))
        if scopes := first_use(directives, "requiresScopes"):
            groups = cast("list[list[str]]", scopes.get("scopes"))
            rules.append(self._rule(coordinate, scopes=tuple(tuple(group) for group in groups)))
        if access := first_use(directives, "access"):
            when = None
            if access.has("when"):
                text = string_node(access, "when")
                when = read_expression(text, variables, self._findings, expect=BOOL, path=coordinate)
            rules.append(
                self._rule(
                    coordinate,
                    channels=frozenset(cast("list[str]", access.get("channels") or [])),
                    roles=frozenset(cast("list[str]", access.get("roles") or [])),
                    when=when,
                    on_deny=OnDeny(cast("str", access.get("onDeny"))),
                )
            )
        return tuple(rules)

    def type_variables(self, type_name: str) -> dict[str, ExprType]:
        return variables_for(self._types.get(type_name), {})

    def _rule(self, coordinate: str, **conditions: object) -> AccessRule:
        rule = AccessRule(id=len(self.rules), coordinate=coordinate, **conditions)  # pyright: ignore[reportArgumentType] # keyword-only conditions of AccessRule
        self.rules.append(rule)
        return rule

    def _variables(self, parent: str, name: str) -> dict[str, ExprType]:
        owner = self._types.get(parent)
        definition = owner.fields.get(name) if isinstance(owner, GraphQLObjectType) else None
        return variables_for(
            None if parent in ROOTS else owner, definition.args if definition is not None else {}
        )

    def _value_of(
        self, node: FieldDefinitionNode, coordinate: str, variables: Mapping[str, ExprType]
    ) -> Value | None:
        use = first_use(node.directives, "value")
        value = None if use is None else self._read_value(use, coordinate, variables)
        if use is not None and value is None:
            self._findings.unread.add(coordinate)
        return value

    def _read_value(
        self, use: DirectiveUse, coordinate: str, variables: Mapping[str, ExprType]
    ) -> Value | None:
        if use.has("const") == use.has("expr"):
            self._findings.add(
                "VALUE_FORM", "@value takes either 'const' or 'expr'", place_of(use.node), path=coordinate
            )
            return None
        if use.has("const"):
            const = use.values.get("const", Undefined)
            return Value(const=None if const is Undefined else const, place=place_of(use.node))
        expect = self._expected(coordinate)
        expression = read_expression(
            string_node(use, "expr"), variables, self._findings, expect=expect, path=coordinate
        )
        return Value(expression=expression, place=place_of(use.node)) if expression else None

    def _expected(self, coordinate: str) -> ExprType | None:
        parent, _, name = coordinate.partition(".")
        owner = self._types.get(parent)
        if isinstance(owner, GraphQLObjectType) and name in owner.fields:
            return type_in_expressions(owner.fields[name].type)
        return None
