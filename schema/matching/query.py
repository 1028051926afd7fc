"""Root query fields about matching."""

import strawberry
from strawberry import ID, Info

from resolvers.context import Context
from resolvers.matching import answering, cases, saving
from resolvers.matching import feedback as said
from schema.matching.cases import Case, Feedback, FeedbackConnection
from schema.matching.inputs import FeedbackFilter, MatchInput
from schema.matching.rules import MatchRule, MatchRuleConnection
from schema.matching.solutions import MatchResult
from schema.paging import PageInfo


@strawberry.type
class MatchingQuery:
    @strawberry.field
    @staticmethod
    async def match_solutions(info: Info[Context, None], input: MatchInput) -> MatchResult:  # noqa: A002  # the contract's name
        matched = await answering.match_solutions(info.context, input.to_match())
        return MatchResult.of(matched, info.context)

    @strawberry.field(description="Of the caller's units, by id.")
    @staticmethod
    async def match_rules(
        info: Info[Context, None], first: int = 20, after: str | None = None
    ) -> MatchRuleConnection:
        page = await saving.list_rules(info.context, first=first, after=after)
        return MatchRuleConnection(
            nodes=[MatchRule.of(one) for one in page.items], page_info=PageInfo.of(page)
        )

    @strawberry.field(description="Of the caller's units, and the caller's own, the latest first.")
    @staticmethod
    async def feedback(
        info: Info[Context, None],
        filter: FeedbackFilter | None = None,  # noqa: A002  # the contract's name
        first: int = 20,
        after: str | None = None,
    ) -> FeedbackConnection:
        wanted = filter.to_filter() if filter else said.FeedbackFilter()
        page = await said.list_feedback(info.context, wanted, first=first, after=after)
        return FeedbackConnection(nodes=[Feedback.of(one) for one in page.items], page_info=PageInfo.of(page))

    @strawberry.field(description="Everything one case id ties together; null for somebody else's.")
    @staticmethod
    async def case(info: Info[Context, None], id: ID) -> Case | None:  # noqa: A002  # the contract's name
        found = await cases.find_case(info.context, id)
        return None if found is None else Case.of(found)
