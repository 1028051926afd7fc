"""Root mutation fields about matching."""

import strawberry
from strawberry import ID, Info

from resolvers.context import Context
from resolvers.matching import cases, feedback, saving
from schema.given import given
from schema.idempotency import idempotency_key_of
from schema.matching.cases import Case
from schema.matching.inputs import FeedbackInput, MatchRuleInput
from schema.matching.rules import MatchRule


@strawberry.type
class MatchingMutation:
    @strawberry.mutation(
        description="A new rule without an id, else the one with this id; it matches at once."
    )
    @staticmethod
    async def save_match_rule(info: Info[Context, None], input: MatchRuleInput) -> MatchRule:  # noqa: A002  # the contract's name
        key, rule = idempotency_key_of(info), given(input.id)
        return MatchRule.of(await saving.save_rule(info.context, input.to_rule(), rule=rule, key=key))

    @strawberry.mutation
    @staticmethod
    async def delete_match_rule(info: Info[Context, None], id: ID) -> bool:  # noqa: A002  # the contract's name
        await saving.delete_rule(info.context, id, key=idempotency_key_of(info))
        return True

    @strawberry.mutation(description="true: it is kept")
    @staticmethod
    async def record_feedback(info: Info[Context, None], input: FeedbackInput) -> bool:  # noqa: A002  # the contract's name
        await feedback.record_feedback(info.context, input.to_feedback(), key=idempotency_key_of(info))
        return True

    @strawberry.mutation(description="Tie a ticket, call or chat of another system to the case.")
    @staticmethod
    async def link_case(info: Info[Context, None], case_id: ID, system: str, ref: str) -> Case:
        return Case.of(await cases.link_case(info.context, case_id, system=system, ref=ref))
