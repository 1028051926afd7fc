"""A mutation of the platform that is not done by the deadline says so."""

import asyncio
import re
from typing import NoReturn

import orjson
from graphql import DocumentNode, ExecutionResult, is_non_null_type, print_ast

from engine.access import Principal
from engine.resource.run.runtime import Runtime
from engine.resource.sdl import compose
from gateway.errors import describe_error
from resolvers.loaders import batching_loader
from schema.executable import PlatformSchema
from schema.execution import Caller, Engine, execute_operation
from schema.graph import DocumentLimits, Graph, Visibility
from tests.engine.resource.run.operations import Upstream
from tests.platform.opened import PLATFORM

BOTH = """
mutation {
  first: archiveArticle(id: "a") { id }
  second: archiveArticle(id: "b") { id }
  third: archiveArticle(id: "c") { id }
}
"""


def ignore(*_: object) -> None:
    pass


def never(*_: object) -> NoReturn:
    raise AssertionError("nobody subscribes")


async def test_what_was_under_way_or_not_begun_at_the_deadline_is_an_error() -> None:
    asked: list[str] = []

    async def execute(document: DocumentNode, *_: object) -> ExecutionResult:
        [key] = re.findall(r"(\w+): archiveArticle", print_ast(document))
        asked.append(key)
        if key == "second":
            await asyncio.Event().wait()
        return ExecutionResult({key: {"id": "a"}}, None)

    composed = compose([], PLATFORM)
    assert composed.registry
    graph = Graph(composed.registry, DocumentLimits(max_tokens=200, check_text=ignore, check=ignore))
    engine = Engine(
        runtime=Runtime(transport=Upstream(reply=ignore)),
        loader=batching_loader,
        execute_platform=execute,
        subscribe_platform=never,
        describe_error=describe_error,
    )
    caller = Caller(principal=Principal(subject="ann"), deadline_s=0.01, platform_context=object)
    operation = graph.operation(Visibility(), BOTH, None)
    answer = orjson.loads((await execute_operation(engine, operation, {}, caller)).body)
    assert asked == ["first", "second"]
    assert answer["data"] is None
    told = [(error["path"], error["extensions"]["code"]) for error in answer["errors"]]
    assert told == [(["second"], "DEADLINE_EXCEEDED"), (["third"], "DEADLINE_EXCEEDED")]


def test_no_mutation_of_the_platform_may_be_null() -> None:
    mutations = PlatformSchema().core.mutation_type
    assert mutations
    assert [name for name, field in mutations.fields.items() if not is_non_null_type(field.type)] == []
