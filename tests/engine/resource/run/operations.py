"""Run one operation of an SDL against an upstream that is a Python function, and keep what was called."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import parse_qs, urlsplit

import orjson
from graphql import OperationDefinitionNode, OperationType, parse, validate
from strawberry.dataloader import DataLoader

from engine.access import Principal
from engine.resource.calls import Answer, Call, CallFailed
from engine.resource.model import Module, Registry
from engine.resource.plan.allocate import describe
from engine.resource.plan.arguments import compile_variables
from engine.resource.plan.compile import Plan, compile_plan, draft_operation, fragments_of
from engine.resource.plan.conditions import Conditions
from engine.resource.plan.description import Description
from engine.resource.run.execution import Execution, Written, verdicts_of
from engine.resource.run.request import Found, KeySet, Loader, Request
from engine.resource.run.runtime import Runtime
from engine.resource.sdl import compose, parse_module
from engine.resource.visibility import client_schema

SOURCE = 'extend schema @source(name: "s", http: { baseURL: "http://up.test" }) @owner(unit: "u")\n'
Reply = Callable[[str, dict[str, str]], object]
"""From the path and the query parameters to a JSON value, an Answer, or an exception to raise."""


@dataclass(slots=True, kw_only=True)
class Upstream:
    """The transport: `hold` keeps every call waiting until it is set."""

    reply: Reply
    calls: list[Call] = field(default_factory=list[Call])
    hold: asyncio.Event | None = None
    cancelled: int = 0

    async def send(self, call: Call, *, timeout_s: float) -> Answer:
        self.calls.append(call)
        if self.hold is not None:
            try:
                await self.hold.wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
        url = urlsplit(call.url)
        query = {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        value = self.reply(url.path, query)
        if isinstance(value, CallFailed):
            raise value
        if isinstance(value, Answer):
            return value
        return Answer(200, {"content-type": ("application/json",)}, orjson.dumps(value))

    async def close(self) -> None:
        return

    @property
    def urls(self) -> list[str]:
        return [call.url.removeprefix("http://up.test") for call in self.calls]


def status(code: int) -> Answer:
    return Answer(code, {}, b"{}")


def registry_of(sdl: str) -> Registry:
    module = parse_module("m", SOURCE + sdl)
    assert isinstance(module, Module), module
    composition = compose([module])
    assert composition.registry is not None, "\n".join(map(str, composition.problems))
    return composition.registry


def plan_of(registry: Registry, query: str) -> tuple[Plan, Description, OperationDefinitionNode]:
    document, schema = parse(query), client_schema(registry, ())
    errors = validate(schema, document)
    assert not errors, errors
    node = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    drafted = draft_operation(
        registry, schema, node, fragments=fragments_of(document), conditions=Conditions(values={})
    )
    description = describe(drafted)
    return compile_plan(registry, drafted), description, node


@dataclass(slots=True, kw_only=True)
class Asked:
    """An operation as asked; the keyword defaults of `ask`."""

    registry: Registry
    query: str
    principal: Principal = field(default_factory=lambda: Principal(subject="ann"))
    headers: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    variables: Mapping[str, object] = field(default_factory=dict[str, object])
    max_calls: int = 100

    def start(self, runtime: Runtime) -> tuple[Execution, Request]:
        plan, _, node = plan_of(self.registry, self.query)
        coerce = compile_variables(self.registry.schema, node.variable_definitions or (), whole=True)
        request = Request(
            principal=self.principal,
            variables=coerce(self.variables),
            headers=self.headers,
            loader=_loader,
            max_calls=self.max_calls,
            mutation=node.operation is OperationType.MUTATION,
        )
        request.verdicts = verdicts_of(plan, self.registry, request)
        return Execution(plan, self.registry, runtime, request), request


LoadKeys = Callable[[list[KeySet]], Awaitable[list[Found]]]


def _loader(load: LoadKeys) -> Loader:
    return DataLoader(load_fn=load, cache=False)


def ask(asked: Asked, upstream: Upstream) -> Written:
    """The answer to one operation on a worker of its own."""

    async def run() -> Written:
        execution, _ = asked.start(Runtime(transport=upstream))
        await execution.run()
        return execution.write()

    return asyncio.run(run())


def data_of(written: Written) -> dict[str, object]:
    assert written.data is not None, written.errors
    return written.data


def codes_of(written: Written) -> list[tuple[str, str]]:
    """Each error as `a.0.b` and its code."""
    return [(".".join(map(str, path)), failure.code) for failure, path in written.errors]


def items(value: object) -> list[dict[str, object]]:
    return cast("list[dict[str, object]]", value)
