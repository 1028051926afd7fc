"""Run the cases of a suite on the modules' own graph, as a gateway would, over a transport of choice."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import orjson
from graphql import DocumentNode, ExecutionResult

from engine.problem import Problem
from engine.resource.calls import Transport
from engine.resource.model import Registry
from engine.resource.run.runtime import Runtime
from engine.resource.transport import TransportLimits, open_transport
from gateway.cli.composition import compose_files
from gateway.cli.failure import CommandFailed, ExitCode
from gateway.cli.flags import settings_or_fail
from gateway.cli.module_files import fail_on_errors, print_problems, read_module_files
from gateway.cli.suite_files import CaseEntry, ErrorEntry, SuiteFile
from gateway.cli.suite_transports import Recording, Replay
from gateway.errors import describe_error
from gateway.settings import Settings
from gateway.wiring import document_limits, egress_guard
from resolvers.loaders import batching_loader
from schema.execution import Caller, Engine, execute_operation
from schema.graph import Graph
from schema.operation import OperationRefused
from schema.serving import SchemaRights


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRun:
    """What became of a case: everything that is not as it says."""

    problems: Sequence[Problem]

    @property
    def ok(self) -> bool:
        return not self.problems


def replay_suite(path: Path, suite: SuiteFile) -> list[tuple[str, CaseRun]]:
    """Run every case against the answers it says. Raises CommandFailed where the modules have errors."""
    registry = _compose(path, suite, suite.config)
    return [(case.name, asyncio.run(_replay(registry, case))) for case in suite.cases]


def record_suite(path: Path, suite: SuiteFile, config: Mapping[str, object]) -> SuiteFile:
    """The suite with what its modules' real APIs answered, and what came of it; secrets are masked."""
    registry = _compose(path, suite, {**suite.config, **config})
    shown = {key: str(suite.config.get(key, f"secret-{key}")) for key in config}
    masks = {shown[key]: str(value) for key, value in config.items() if str(value)}
    cases = asyncio.run(_record(registry, suite, masks))
    return suite.model_copy(update={"config": {**suite.config, **shown}, "cases": cases})


def _compose(path: Path, suite: SuiteFile, config: Mapping[str, object]) -> Registry:
    files = read_module_files(path.parent / name for name in suite.modules)
    composition = compose_files(files, config)
    if composition.registry is None:
        print_problems(composition.problems, files)
        fail_on_errors(composition.problems, next_step="correct them; `paifang check` shows the same")
    assert composition.registry is not None, "errors are what makes it None"
    return composition.registry


async def _replay(registry: Registry, case: CaseEntry) -> CaseRun:
    transport = Replay(case.calls)
    body = await _ask(registry, case, transport)
    await transport.close()
    return CaseRun(problems=(*transport.problems, *_unlike(case, body)))


async def _record(registry: Registry, suite: SuiteFile, masks: Mapping[str, str]) -> tuple[CaseEntry, ...]:
    settings = settings_or_fail({})
    limits = TransportLimits(body_bytes=settings.limits.response_bytes, ratio=settings.limits.response_ratio)
    transport = open_transport(settings.transport, egress_guard(settings), limits)
    cases: list[CaseEntry] = []
    try:
        for case in suite.cases:
            recording = Recording(transport, masks=masks, kept=_headers_read(registry))
            body = orjson.loads(recording.mask(orjson.dumps(await _ask(registry, case, recording)).decode()))
            said = {"calls": tuple(recording.calls), "data": body.get("data"), "errors": _errors_of(body)}
            cases.append(case.model_copy(update=said))
    finally:
        await transport.close()
    return tuple(cases)


def _headers_read(registry: Registry) -> frozenset[str]:
    """Headers of answers that any mapping reads."""
    connectors = [c for owner in registry.types.values() for f in owner.fields.values() for c in f.connectors]
    connectors += [c for owner in registry.types.values() for c in owner.connectors]
    uses = (use for connector in connectors for use in connector.answer_variables)
    return frozenset(use.path[1].lower() for use in uses if use.name == "$response" and len(use.path) > 1)


async def _ask(registry: Registry, case: CaseEntry, transport: Transport) -> dict[str, Any]:  # Any: JSON
    settings = Settings.model_construct()
    graph = Graph(registry, document_limits(settings))
    engine = Engine(
        runtime=Runtime(transport=transport),
        loader=batching_loader,
        execute_platform=_no_platform,
        subscribe_platform=_no_stream,
        describe_error=describe_error,
    )
    headers = case.caller.headers if case.caller is not None else {}
    caller = Caller(
        principal=case.principal,
        deadline_s=settings.deadline_ms / 1000,
        platform_context=_no_context,
        headers={name.lower(): (value,) for name, value in headers.items()},
    )
    visibility = SchemaRights(roles=frozenset({"developer"})).visibility(graph, case.principal)
    try:
        operation = graph.operation(visibility, case.query, None)
        response = await execute_operation(engine, operation, case.variables, caller)
    except OperationRefused as refused:
        said = "; ".join(error.message for error in refused.errors)
        raise CommandFailed(
            f"{case.name}: {said}", next_step="correct the query of this case", code=ExitCode.USAGE
        ) from None
    body: dict[str, Any] = orjson.loads(response.body)
    return body


def _unlike(case: CaseEntry, body: Mapping[str, Any]) -> list[Problem]:
    problems: list[Problem] = []
    if case.data is not None and body.get("data") != case.data:
        got, wanted = orjson.dumps(body.get("data")).decode(), orjson.dumps(case.data).decode()
        problems.append(Problem(code="DATA_DIFFERS", message=f"the data is {got}, not {wanted}"))
    got_errors, wanted_errors = set(_errors_of(body)), set(case.errors)
    problems += [
        Problem(code="ERROR_UNEXPECTED", message=f"{error.code} at {error.path}")
        for error in sorted(got_errors - wanted_errors, key=lambda each: each.path)
    ]
    problems += [
        Problem(code="ERROR_MISSING", message=f"no {error.code} at {error.path}")
        for error in sorted(wanted_errors - got_errors, key=lambda each: each.path)
    ]
    return problems


def _errors_of(body: Mapping[str, Any]) -> tuple[ErrorEntry, ...]:
    return tuple(
        ErrorEntry(path=".".join(map(str, error.get("path", ()))), code=error["extensions"]["code"])
        for error in body.get("errors", ())
    )


def _no_context() -> NoReturn:
    raise CommandFailed(
        "a suite tests fields of modules", next_step="take out the platform's fields", code=ExitCode.USAGE
    )


async def _no_platform(
    document: DocumentNode, variables: Mapping[str, object], context: object
) -> ExecutionResult:
    del document, variables, context
    _no_context()


async def _no_stream(
    document: DocumentNode, variables: Mapping[str, object], context: object
) -> AsyncGenerator[ExecutionResult]:
    del document, variables, context
    _no_context()
    yield  # pyright: ignore[reportUnreachable] # what makes it a generator
