"""Every query parses, is valid against the current resource graph, and changes nothing where it must not."""

from dataclasses import replace

from graphql import GraphQLSyntaxError, OperationDefinitionNode, OperationType, parse

from engine.flow.checks.operations import Operation, operations
from engine.flow.checks.subject import Subject

MAX_TOKENS = 5_000  # of an operation; those of people have some hundreds


def check_resources(subject: Subject) -> None:
    for operation in operations(subject.model):
        if not operation.call.query:  # said when it was read
            continue
        found = operation_type(operation.call.query)
        if isinstance(found, str):
            subject.error("CALL_SYNTAX", found, f"{operation.path}/query")
            continue
        if operation.must_read and found is not OperationType.QUERY:
            message = "what is read must be a query: it is asked again whenever it is looked at"
            subject.error("READ_CHANGES", message, f"{operation.path}/query")
        _check_against_graph(subject, operation)


def _check_against_graph(subject: Subject, operation: Operation) -> None:
    described = subject.describe(operation.call)
    if described is None:
        return
    for problem in described.problems:
        subject.problems.put(replace(problem, path=f"{operation.path}/query"))
    for name in operation.call.variables:
        if name not in described.variables and not described.problems:
            hint = subject.problems.nearest(name, described.variables)
            message = f"the operation declares no variable '${name}'"
            subject.error(
                "CALL_VARIABLE_UNKNOWN", message, f"{operation.path}/variables/{name}", suggestion=hint
            )


def operation_type(query: str) -> OperationType | str:
    """What kind of operation it is, or why it is none."""
    try:
        definitions = parse(query, no_location=True, max_tokens=MAX_TOKENS).definitions
    except GraphQLSyntaxError as error:
        return error.message
    except RecursionError:
        return "it nests too deep"
    found = [node.operation for node in definitions if isinstance(node, OperationDefinitionNode)]
    return found[0] if len(found) == 1 else f"there are {len(found)} operations: write one"
