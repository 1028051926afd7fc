"""Plan an operation on module files alone."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, cast

from pydantic.alias_generators import to_camel

from gateway.cli.composition import compose_files
from gateway.cli.module_files import ModuleFile, fail_on_errors, print_problems
from gateway.cli.remote import Refused
from gateway.security.authentication import LOCAL_DEV
from gateway.settings import Settings
from gateway.wiring import document_limits
from resolvers.errors import OperationRefused
from schema.serving import SchemaRights, Serving


def explain_offline(
    files: Sequence[ModuleFile], query: str, variables: Mapping[str, object], operation_name: str | None
) -> dict[str, Any]:  # Any: as the contract's ExecutionPlan in JSON
    """The plan for a caller who may do everything, under the default limits.

    Raises:
        Refused: the operation does not fit.
        CommandFailed: the files have errors, which were printed.
    """
    composition = compose_files(files, {})
    registry = composition.registry
    if registry is None:
        print_problems(composition.problems, files)
        fail_on_errors(composition.problems, next_step="correct them; a plan needs modules that fit")
    assert registry is not None, "errors are what makes it None"
    limits = document_limits(Settings.model_construct())
    serving = Serving(registry, limits, SchemaRights(roles=frozenset({"developer"})))
    try:
        plan = serving.explain(query, variables=variables, operation_name=operation_name, principal=LOCAL_DEV)
    except OperationRefused as refused:
        raise Refused(str(refused), code=refused.code, facts=refused.facts) from None
    return cast("dict[str, Any]", _in_camel_case(asdict(plan)))


def _in_camel_case(value: object) -> object:
    if isinstance(value, dict):
        return {
            to_camel(name): _in_camel_case(part) for name, part in cast("dict[str, object]", value).items()
        }
    if isinstance(value, tuple):
        return [_in_camel_case(part) for part in cast("tuple[object, ...]", value)]
    return value
