"""Editors and readers who ask the platform by GraphQL, for tests below HTTP."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.access import Principal
from resolvers.errors import Refusal
from tests.platform.opened import OpenPlatform, open_platform
from tests.servers.document_stores import StoreData

EDITOR = Principal(subject="edda", roles=frozenset({"editor"}), units=frozenset({"rides"}))
CARE_EDITOR = Principal(subject="curt", roles=frozenset({"editor"}), units=frozenset({"care"}))
USER = Principal(subject="uma", roles=frozenset({"user"}))

FACTS = """
    id unit kind status revision publishedRevision question similar effectiveFrom effectiveTo rejected seq
    answers { channel language format body html flowKey } attributes category tags
    channels audiences dimensions related { id question } pinnedFor
    helpful unhelpful versions { revision status by }
"""
SAVE = f"mutation ($input: ArticleInput!) {{ saveArticle(input: $input) {{ {FACTS} }} }}"
PUBLISH = f"""
mutation ($id: ID!, $begins: DateTime, $to: DateTime, $expected: Int) {{
  publishArticle(id: $id, effectiveFrom: $begins, effectiveTo: $to, expectedRevision: $expected) {{ {FACTS} }}
}}
"""
SUBMIT = f"mutation ($id: ID!) {{ submitArticle(id: $id) {{ {FACTS} }} }}"
REJECT = f"mutation ($id: ID!, $reason: String!) {{ rejectArticle(id: $id, reason: $reason) {{ {FACTS} }} }}"
ARCHIVE = f"mutation ($id: ID!) {{ archiveArticle(id: $id) {{ {FACTS} }} }}"
ARTICLE = f"query ($id: ID!) {{ article(id: $id) {{ {FACTS} }} }}"
SEARCH = """
query ($input: SearchInput!) {
  searchKnowledge(input: $input) {
    total correctedQuery facets tookMs pageInfo { hasNextPage endCursor }
    hits {
      score matchedQuestion highlight why
      answer { channel language body html } article { id question revision }
    }
  }
}
"""
SUGGEST = "query ($prefix: String!, $scope: ScopeInput) { suggestQuestions(prefix: $prefix, scope: $scope) }"
GAPS = """
query ($kind: GapKind!, $since: DateTime) {
  searchGaps(kind: $kind, since: $since) { query count nearest { article { question } } }
}
"""
SYNONYMS = "mutation ($unit: String!, $groups: [[String!]!]!) { saveSynonyms(unit: $unit, groups: $groups) }"
LIST = """
query ($filter: ArticleFilter, $first: Int!, $after: String) {
  articles(filter: $filter, first: $first, after: $after) {
    nodes { id status revision } pageInfo { hasNextPage endCursor }
  }
}
"""


def draft(question: str = "How do I open the lock?", **more: object) -> dict[str, object]:
    return {"unit": "rides", "question": question, "answers": [{"body": "Scan the code."}], **more}


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Callers that ask the platform by GraphQL."""

    platform: OpenPlatform

    async def ask(
        self, text: str, caller: Principal = EDITOR, *, key: str | None = None, **variables: object
    ) -> Any:  # Any: JSON
        """The one root field's value."""
        result = await self.platform.execute(text, variables, principal=caller, idempotency_key=key)
        assert result.errors is None, result.errors
        assert result.data is not None
        (value,) = result.data.values()
        return value

    async def refused(self, text: str, caller: Principal = EDITOR, **variables: object) -> str:
        """The code of the one refusal."""
        return (await self.refusal(text, caller, **variables)).code

    async def refusal(self, text: str, caller: Principal = EDITOR, **variables: object) -> Refusal:
        result = await self.platform.execute(text, variables, principal=caller)
        assert result.errors is not None, result.data
        error = result.errors[0].original_error
        assert isinstance(error, Refusal), result.errors
        return error

    async def save(self, question: str = "How do I open the lock?", **more: object) -> Any:  # Any: JSON
        return await self.ask(SAVE, input=draft(question, **more))

    async def publish(self, question: str = "How do I open the lock?", **more: object) -> Any:  # Any: JSON
        saved = await self.save(question, **more)
        return await self.ask(PUBLISH, id=saved["id"])

    async def search(self, query: str, caller: Principal = USER, **more: object) -> Any:  # Any: JSON
        """What the caller finds, everything published before included."""
        seq = await self.platform.knowledge.feed.position()
        return await self.ask(SEARCH, caller, input={"query": query, "minSeq": float(seq), **more})

    async def questions(self, query: str, caller: Principal = USER, **more: object) -> list[str]:
        found = await self.search(query, caller, **more)
        return [hit["article"]["question"] for hit in found["hits"]]


@asynccontextmanager
async def open_desk(folder: Path, data: StoreData | None = None) -> AsyncGenerator[Desk]:
    async with open_platform(folder, data) as platform:
        yield Desk(platform=platform)
