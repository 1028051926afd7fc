"""Validate a document by the rules of the specification, which walk it side by side."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import ClassVar

from graphql import (
    BREAK,
    SKIP,
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    Node,
    NoSchemaIntrospectionCustomRule,
    ValidationContext,
    ValidationRule,
    VisitorAction,
    specified_rules,
    validate,
)
from graphql.language.visitor import EnterLeaveVisitor

from schema.plain import is_plainly_valid

MAX_VALIDATION_ERRORS = 20
Rules = tuple[type[ASTValidationRule], ...]
Handler = Callable[..., VisitorAction | None]


def validate_document(
    schema: GraphQLSchema, document: DocumentNode, *, introspection: bool, suggestions: bool
) -> Sequence[GraphQLError]:
    """The errors, up to a limit. What the caller may not learn about the schema they do not say."""
    if is_plainly_valid(schema, document):
        return ()
    rules = _SpecifiedRules if introspection else _RulesWithoutIntrospection
    return validate(
        schema, document, [rules], max_errors=MAX_VALIDATION_ERRORS, hide_suggestions=not suggestions
    )


class _SpecifiedRules(ValidationRule):
    """All rules as one. Each meets exactly the nodes it would meet by itself, in the same order.

    graphql-core's own way asks every rule about every node; but few of its 32 rules have anything to say
    about a field, and most nodes are fields and their names.
    """

    rules: ClassVar[Rules] = tuple(specified_rules)

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._made = [rule(context) for rule in self.rules]
        self._skipping: list[object] = [None] * len(self._made)  # by rule: the node it does not look into

    def get_enter_leave_for_kind(self, kind: str) -> EnterLeaveVisitor:
        names = _handler_names(self.rules, kind)
        if not names:
            return EnterLeaveVisitor(None, None)
        handlers = [
            (number, _method(self._made[number], enter), _method(self._made[number], leave))
            for number, enter, leave in names
        ]
        entering = [(number, enter) for number, enter, _ in handlers if enter is not None]
        return EnterLeaveVisitor(self._enter(entering), self._leave([(n, leave) for n, _, leave in handlers]))

    def _enter(self, handlers: Sequence[tuple[int, Handler]]) -> Handler:
        skipping = self._skipping

        def enter(node: Node, *place: object) -> None:
            for number, handler in handlers:
                if skipping[number] is None:
                    result = handler(node, *place)
                    if result is not None:
                        _note(skipping, number, result, node)

        return enter

    def _leave(self, handlers: Sequence[tuple[int, Handler | None]]) -> Handler:
        skipping = self._skipping

        def leave(node: Node, *place: object) -> None:
            for number, handler in handlers:
                if skipping[number] is node:
                    skipping[number] = None
                elif handler is not None and skipping[number] is None and _breaks(handler(node, *place)):
                    skipping[number] = BREAK

        return leave


class _RulesWithoutIntrospection(_SpecifiedRules):
    rules = (*specified_rules, NoSchemaIntrospectionCustomRule)


def _note(skipping: list[object], number: int, result: object, node: Node) -> None:
    """A rule that has seen enough of a node, or of the document."""
    if result is SKIP or result is False:
        skipping[number] = node
    elif _breaks(result):
        skipping[number] = BREAK


def _breaks(result: object) -> bool:
    return result is BREAK or result is True


@cache  # a pure function of the rules, of which there are two lists
def _handler_names(rules: Rules, kind: str) -> tuple[tuple[int, str | None, str | None], ...]:
    """The rules that have a method for nodes of a kind, and its names for entering and leaving."""
    names = [
        (number, _name(rule, "enter", kind), _name(rule, "leave", kind)) for number, rule in enumerate(rules)
    ]
    return tuple(found for found in names if found[1:] != (None, None))


def _name(rule: type[ASTValidationRule], way: str, kind: str) -> str | None:
    return next((name for name in (f"{way}_{kind}", way) if hasattr(rule, name)), None)


def _method(rule: ASTValidationRule, name: str | None) -> Handler | None:
    return None if name is None else getattr(rule, name)
