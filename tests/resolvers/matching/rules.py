"""Rules as operators write them, and the operations that tests ask with."""

from typing import Any

from engine.access import Principal
from tests.resolvers.knowledge.desk import EDITOR, Desk

RIDER = Principal(subject="ria", roles=frozenset({"user"}))
STRANGER = Principal(subject="stan", roles=frozenset({"user"}))

RULE = "id unit name priority questions answers enabled hits problems { code severity message path }"
SAVE_RULE = f"mutation ($input: MatchRuleInput!) {{ saveMatchRule(input: $input) {{ {RULE} }} }}"
DELETE_RULE = "mutation ($id: ID!) { deleteMatchRule(id: $id) }"
RULES = f"query ($first: Int! = 20) {{ matchRules(first: $first) {{ nodes {{ {RULE} }} }} }}"
MATCH = """
query ($input: MatchInput!) {
  matchSolutions(input: $input) {
    caseId ask askOptions nearMisses
    solutions {
      score why rule { id name hits questions }
      items {
        __typename
        ... on TextItem { text }
        ... on ArticleItem { article { id question } }
        ... on FlowItem { flowKey deployment { id } variables }
      }
    }
  }
}
"""
CASE = """
query ($id: ID!) {
  case(id: $id) {
    id externalRefs
    matches { question dimensions ruleId ruleName score }
    instances { id flowKey } feedback { helpful comment } timeline { kind text ref }
  }
}
"""
FEEDBACK = "mutation ($input: FeedbackInput!) { recordFeedback(input: $input) }"
SAID = """
query ($filter: FeedbackFilter) { feedback(filter: $filter) { nodes { helpful comment by article { id } } } }
"""
LINK = """
mutation ($case: ID!, $system: String!, $ref: String!) {
  linkCase(caseId: $case, system: $system, ref: $ref) { id externalRefs }
}
"""


def rule(name: str, *conditions: dict[str, Any], **more: Any) -> dict[str, Any]:  # Any: JSON
    """Answers with its own name where the test gives it no answers."""
    return {
        "unit": "rides",
        "name": name,
        "questions": list(conditions) or [{}],
        "answers": [{"text": name}],
        **more,
    }


def when(*texts: str, **dimensions: object) -> dict[str, Any]:  # Any: JSON
    return {"texts": list(texts), "dimensions": dimensions}


async def save_rules(desk: Desk, *rules: dict[str, Any]) -> list[Any]:  # Any: JSON
    return [await desk.ask(SAVE_RULE, EDITOR, input=one) for one in rules]


async def match(
    desk: Desk,
    question: str | None = None,
    *,
    caller: Principal = RIDER,
    more: Any = None,
    **dimensions: object,
) -> Any:  # Any: JSON
    return await desk.ask(
        MATCH, caller, input={"question": question, "dimensions": dimensions, **(more or {})}
    )


async def names(
    desk: Desk,
    question: str | None = None,
    *,
    caller: Principal = RIDER,
    more: Any = None,
    **dimensions: object,
) -> list[str | None]:  # Any: JSON
    """Of the rules that answer, in their order; None for what the search found."""
    found = await match(desk, question, caller=caller, more=more, **dimensions)
    return [one["rule"] and one["rule"]["name"] for one in found["solutions"]]
