"""A gateway's refusal becomes a failed command: which exit code, what to do next."""

from gateway.cli.failure import CommandFailed, ExitCode
from gateway.cli.remote import Refused

NEXT_STEPS = {
    "ACCESS_DENIED": "give the --token of somebody who may; the message names the role or unit",
    "VERSION_CONFLICT": "read the published version, merge, and give its number as --expected-version",
    "RESOURCES_INVALID": "correct them; `paifang check` shows the same without publishing",
    "CATEGORY_INVALID": "correct the schema at the places that are named",
    "FLOW_INVALID": "correct the draft; `paifang flow check` shows the same without a gateway",
    "FLOW_NOT_FOUND": "save it first, with `paifang flow save`",
    "BAD_USER_INPUT": "correct the input the message names",
    "GRAPHQL_PARSE_FAILED": "correct the query's syntax",
    "GRAPHQL_VALIDATION_FAILED": "correct the query; GraphiQL at /graphql shows the fields there are",
    "OPERATION_LIMIT": "ask for less in one operation",
}
FINDINGS = {
    "CATEGORY_INVALID",
    "RESOURCES_INVALID",
    "FLOW_INVALID",
    "GRAPHQL_PARSE_FAILED",
    "GRAPHQL_VALIDATION_FAILED",
    "OPERATION_LIMIT",
}


def failure_of(refused: Refused) -> CommandFailed:
    """How the command ends: 1 where what it was given has problems, 2 where it may not be asked so."""
    if refused.facts.get("retryable"):
        return CommandFailed(
            str(refused), next_step="run the same command again in a moment", code=ExitCode.UNREACHABLE
        )
    return CommandFailed(
        str(refused),
        next_step=NEXT_STEPS.get(refused.code, f"see {refused.code} in docs/front-end.md"),
        code=ExitCode.PROBLEMS if refused.code in FINDINGS else ExitCode.USAGE,
    )
