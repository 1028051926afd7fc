"""The resource graph of SDL files alone, for flows that are checked or tested without a gateway."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from engine.flow.model import Call
from engine.flow.ports import CallType
from gateway.cli.composition import compose_files
from gateway.cli.module_files import fail_on_errors, print_problems, read_module_files
from gateway.settings import Settings
from gateway.wiring import document_limits
from schema.flows.apis import apis_of
from schema.flows.graph import describe_call
from schema.graph import Graph


@dataclass(frozen=True, slots=True, kw_only=True)
class OfflineGraph:
    describe: Callable[[Call], CallType]
    apis_of: Callable[[str], Sequence[str]]


def open_graph(paths: Sequence[Path]) -> OfflineGraph | None:
    """None without files. Raises `CommandFailed` for files with errors, which are printed."""
    if not paths:
        return None
    files = read_module_files(paths)
    composition = compose_files(files, {})
    registry = composition.registry
    if registry is None:
        print_problems(composition.problems, files)
        fail_on_errors(composition.problems, next_step="correct them; `paifang check` shows the same")
    assert registry is not None, "errors are what makes it None"
    graph = Graph(registry, document_limits(Settings.model_construct()))
    return OfflineGraph(describe=partial(describe_call, graph), apis_of=partial(apis_of, registry))
