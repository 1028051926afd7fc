"""The platform's executable schema; the one file that reaches for graphql-core's inside Strawberry's."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from inspect import isawaitable
from typing import Any, cast

import strawberry
from graphql import (
    DefinitionNode,
    DocumentNode,
    ExecutionResult,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    execute,
    subscribe,
    type_from_ast,
)

from resolvers.access import Rule, admit, rule_of
from resolvers.context import Context
from schema.roots import Mutation, Query, Subscription

Resolve = Callable[..., object]


class PlatformSchema:
    """Strawberry's types and resolvers, every root field behind its access rule."""

    def __init__(
        self,
        *,
        query: type = Query,
        mutation: type | None = Mutation,
        subscription: type | None = Subscription,
    ) -> None:
        """Raises `RuleMissing` for a root field without an access rule."""
        built = strawberry.Schema(query=query, mutation=mutation, subscription=subscription)
        self.core: GraphQLSchema = built._schema  # pyright: ignore[reportPrivateUsage]
        self._executor = built.execution_context_class
        _put_behind_rules(self.core)

    async def execute(
        self,
        document: DocumentNode,
        variables: Mapping[str, object],
        context: object,
        *,
        operation_name: str | None = None,
    ) -> ExecutionResult:
        """Run a parsed and validated operation of platform fields only; `context` is a `Context`.

        Variables are JSON values, coerced here by their declared types. Errors come back in the result;
        `original_error` is what a use case raised.
        """
        assert isinstance(context, Context), "platform fields resolve in a context"
        result = execute(
            self.core,
            self._with_own_variables(document),
            context_value=context,
            variable_values=dict(variables),
            operation_name=operation_name,
            executor_class=self._executor,
        )
        return await result if isawaitable(result) else result

    async def subscribe(
        self, document: DocumentNode, variables: Mapping[str, object], context: object
    ) -> AsyncGenerator[ExecutionResult]:
        """The results of a subscription as they come; a refusal is its one result."""
        assert isinstance(context, Context), "platform fields resolve in a context"
        begun = subscribe(
            self.core,
            self._with_own_variables(document),
            context_value=context,
            variable_values=dict(variables),
        )
        results = await begun if isawaitable(begun) else begun
        if isinstance(results, ExecutionResult):
            yield results
            return
        async with aclosing(cast("AsyncGenerator[ExecutionResult]", results)):  # told as an iterator only
            async for result in results:
                yield result

    def _with_own_variables(self, document: DocumentNode) -> DocumentNode:
        """Without variables of types that only modules define: they are for the operation's other fields."""
        return replace(document, definitions=tuple(map(self._own_part, document.definitions)))

    def _own_part(self, node: DefinitionNode) -> DefinitionNode:
        if not isinstance(node, OperationDefinitionNode):
            return node
        own = tuple(
            v for v in node.variable_definitions or () if type_from_ast(self.core, v.type) is not None
        )
        return replace(node, variable_definitions=own)


def _put_behind_rules(core: GraphQLSchema) -> None:
    for root in (core.query_type, core.mutation_type, core.subscription_type):
        for name, field in root.fields.items() if root else ():
            assert root, "it has fields"
            rule = rule_of(f"{root.name}.{name}")
            if field.subscribe is not None:
                field.subscribe = _behind(rule, field.subscribe)
                continue
            assert field.resolve, "Strawberry resolves every root field"
            field.resolve = _behind(rule, field.resolve)


def _behind(rule: Rule, resolve: Resolve) -> Resolve:
    def admitted(source: object, info: GraphQLResolveInfo[Any], **arguments: object) -> object:
        context: Context = info.context
        admit(context.principal, rule)
        return resolve(source, info, **arguments)

    return admitted
