"""The graph at one revision: what each class of callers sees of it, and the operations prepared on it."""

import re
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import NamedTuple

from graphql import DocumentNode, GraphQLError, GraphQLSchema, parse

from engine.resource.model import AccessRule, Registry
from engine.resource.visibility import client_schema, hiding_rules
from schema.operation import Operation, OperationRefused, choose_operation, open_operation
from schema.validation import validate_document

TOO_MANY_TOKENS = re.compile(r"more than \d+ tokens")  # the parser says it in words only
MAX_OPERATIONS = 2_000  # prepared operations kept; the least recently used go first


class Visibility(NamedTuple):
    """A class of callers: the hiding rules they fail, and what they may learn about the schema."""

    failed: frozenset[int] = frozenset()
    introspection: bool = True
    suggestions: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLimits:
    """How documents are bounded before they are parsed and validated; all refuse with OperationRefused."""

    max_tokens: int
    check_text: Callable[[str], None]
    check: Callable[[DocumentNode, str | None, GraphQLSchema], None]


class Graph:
    """One revision, frozen but for its caches. A publish makes a new one; running requests keep theirs."""

    def __init__(self, registry: Registry, limits: DocumentLimits) -> None:
        self.registry = registry
        self.hiding: tuple[AccessRule, ...] = hiding_rules(registry)
        self._limits = limits
        self._schemas: dict[frozenset[int], GraphQLSchema] = {}
        self._operations: OrderedDict[tuple[Visibility, str, str | None], Operation] = OrderedDict()

    def schema_for(self, failed: Collection[int]) -> GraphQLSchema:
        key = frozenset(failed)
        schema = self._schemas.get(key)
        if schema is None:
            schema = self._schemas[key] = client_schema(self.registry, key)
        return schema

    def operation(self, visibility: Visibility, text: str, name: str | None) -> Operation:
        """The prepared operation, from the cache where it was asked before. Raises OperationRefused."""
        key = (visibility, text, name)
        operation = self._operations.get(key)
        if operation is not None:
            self._operations.move_to_end(key)
            return operation
        operation = self._open(visibility, text, name)
        self._operations[key] = operation
        if len(self._operations) > MAX_OPERATIONS:
            self._operations.popitem(last=False)
        return operation

    def _open(self, visibility: Visibility, text: str, name: str | None) -> Operation:
        document = self._parse(text)
        schema = self.schema_for(visibility.failed)
        node = choose_operation(document, name)
        self._limits.check(document, name, schema)
        _validate(schema, document, visibility)
        return open_operation(self.registry, schema, document, node)

    def _parse(self, text: str) -> DocumentNode:
        self._limits.check_text(text)
        try:
            return parse(text, max_tokens=self._limits.max_tokens)
        except GraphQLError as error:
            if TOO_MANY_TOKENS.search(error.message):
                facts = {"limit": "tokens", "max": self._limits.max_tokens}
                raise OperationRefused("OPERATION_LIMIT", [error], facts=facts) from error
            raise OperationRefused("GRAPHQL_PARSE_FAILED", [error]) from error
        except RecursionError as error:
            nested = GraphQLError("the document is nested too deeply")
            raise OperationRefused("OPERATION_LIMIT", [nested], facts={"limit": "depth"}) from error


def _validate(schema: GraphQLSchema, document: DocumentNode, visibility: Visibility) -> None:
    errors = validate_document(
        schema, document, introspection=visibility.introspection, suggestions=visibility.suggestions
    )
    if errors:
        raise OperationRefused("GRAPHQL_VALIDATION_FAILED", errors)
