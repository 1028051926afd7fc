"""One case: a schema, an upstream world, a caller and an operation, executed both ways and compared."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import cast

from graphql import DocumentNode, ExecutionResult, GraphQLSchema, parse, print_ast, validate
from strawberry.dataloader import DataLoader

from engine.access import Principal
from engine.resource.model import Module, Registry
from engine.resource.run.observer import Silence
from engine.resource.run.request import Found, KeySet, Loader
from engine.resource.run.runtime import Runtime
from engine.resource.sdl import compose, parse_module
from engine.resource.visibility import client_schema
from schema.execution import Caller, Engine, execute_operation
from schema.operation import Operation, choose_operation, open_operation
from tests.properties.model import Model
from tests.properties.operations import OperationMaker, Written, random_variables
from tests.properties.oracle import Oracle
from tests.properties.printing import print_model
from tests.properties.schemas import ROLE, random_schema
from tests.properties.worlds import World, WorldTransport

LoadKeys = Callable[[list[KeySet]], Awaitable[list[Found]]]
CHAOS = (0.0, 0.03, 0.1)  # how badly a world's APIs behave
CALLERS = (
    Principal(subject="ann", roles=frozenset({ROLE})),
    Principal(subject="bob"),
    Principal(subject="", authenticated=False),
)


@dataclass(slots=True, kw_only=True)
class Stage:
    """A schema, composed."""

    model: Model
    sdl: str
    registry: Registry
    schema: GraphQLSchema


def open_stage(seed: str) -> Stage:
    model = random_schema(Random(seed))
    sdl = print_model(model)
    module = parse_module("m", sdl)
    assert isinstance(module, Module), f"{module}\n{sdl}"
    composition = compose([module])
    assert composition.registry is not None, "\n".join([*map(str, composition.problems), sdl])
    return Stage(
        model=model,
        sdl=sdl,
        registry=composition.registry,
        schema=client_schema(composition.registry, ()),
    )


@dataclass(slots=True, kw_only=True)
class Document:
    """A valid document and the operation of it that runs, compiled when first run."""

    written: Written
    node: DocumentNode
    operation: Operation

    @classmethod
    def of(cls, stage: Stage, written: Written, node: DocumentNode) -> "Document":
        chosen = choose_operation(node, written.name)
        operation = open_operation(stage.registry, stage.schema, node, chosen)
        return cls(written=written, node=node, operation=operation)


def random_document(stage: Stage, rng: Random) -> Document | None:
    """A document that is valid; None where this one is not (two keys clash)."""
    written = OperationMaker(rng, stage.model).make()
    node = parse(written.text)
    return None if validate(stage.schema, node) else Document.of(stage, written, node)


@dataclass(slots=True, kw_only=True)
class Case:
    """`seed` says all there is to know about it."""

    seed: str
    stage: Stage
    document: Document
    variables: Mapping[str, object]
    caller: Principal
    chaos: float

    @classmethod
    def of(cls, seed: str, stage: Stage, document: Document) -> "Case":
        rng = Random(seed)
        return cls(
            seed=seed,
            stage=stage,
            document=document,
            variables=random_variables(rng, document.written),
            caller=rng.choices(CALLERS, (3, 1, 1))[0],
            chaos=rng.choice(CHAOS),
        )

    def world(self) -> World:
        return World(seed=self.seed, chaos=self.chaos, model=self.stage.model)

    def run(self) -> "Outcome":
        """Execute both ways."""
        oracle = Oracle(self.stage.model, self.world(), self.caller)
        document, name = self.document.node, self.document.written.name
        expected = oracle.execute(self.stage.schema, document, name, self.variables)
        transport, bounds = WorldTransport(self.world()), Bounds()
        body = asyncio.run(self._ours(transport, bounds))
        return Outcome(
            case=self,
            expected=expected,
            oracle=oracle,
            ours=json.loads(body),
            transport=transport,
            bounds=bounds,
        )

    async def _ours(self, transport: WorldTransport, bounds: "Bounds") -> bytes:
        engine = Engine(
            runtime=Runtime(transport=transport),
            observers=bounds,
            loader=_loader,
            execute_platform=_no_platform,
            subscribe_platform=_no_subscription,
            describe_error=lambda error: {"path": error.path, "extensions": error.extensions},
        )
        caller = Caller(principal=self.caller, deadline_s=20, platform_context=lambda: None)
        response = await execute_operation(engine, self.document.operation, self.variables, caller)
        return response.body


def _loader(load: LoadKeys) -> Loader:
    return DataLoader(load_fn=load, cache=False)


async def _no_platform(*_: object) -> ExecutionResult:
    raise AssertionError("these schemas have no platform fields")


async def _no_subscription(*_: object) -> AsyncGenerator[ExecutionResult]:
    raise AssertionError("these schemas have no subscriptions")
    yield


class Bounds(Silence):
    """Listens for operations that made more calls than their plan allows."""

    def __init__(self) -> None:
        self.broken: list[tuple[int, int]] = []

    def bound_broken(self, calls: int, bound: int) -> None:
        self.broken.append((calls, bound))


@dataclass(kw_only=True)
class Outcome:
    """Both answers to a case."""

    case: Case
    expected: ExecutionResult
    oracle: Oracle
    ours: dict[str, object]
    transport: WorldTransport
    bounds: Bounds = field(default_factory=Bounds)

    @cached_property
    def report(self) -> str:
        """Everything needed to see what went wrong."""
        errors = [(error.path, error.message) for error in self.expected.errors or ()]
        return "\n".join(
            [
                f"seed {self.case.seed!r}, chaos {self.case.chaos}, caller {self.case.caller}",
                self.case.stage.sdl,
                print_ast(self.case.document.node),
                f"variables: {json.dumps(self.case.variables, ensure_ascii=False)}",
                f"operation: {self.case.document.written.name}",
                f"graphql-core: {json.dumps(self.expected.data, ensure_ascii=False)}",
                *(f"  {error}" for error in errors),
                f"ours:         {json.dumps(self.ours['data'], ensure_ascii=False)}",
                *(f"  {error}" for error in cast("list[object]", self.ours.get("errors", []))),
                *(f"  called {call.method} {call.url} {call.body}" for call in self.transport.calls),
            ]
        )
