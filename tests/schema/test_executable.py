"""The platform's schema is built with a rule for every root field, and executes what is parsed already."""

from pathlib import Path

import pytest
import strawberry
from graphql import GraphQLSchema, parse

from resolvers.access import RULES, RuleMissing
from schema.executable import PlatformSchema
from tests.platform.callers import ANYBODY, LOCAL, RIDES
from tests.platform.opened import SCHEMA, open_platform
from tests.schema.answers import answer_of, refusal_of


@strawberry.type
class Unruled:
    @strawberry.field
    @staticmethod
    def everything() -> str:
        return "all of it"


def root_fields() -> list[str]:
    core = SCHEMA.core
    roots = [root for root in (core.query_type, core.mutation_type, core.subscription_type) if root]
    return [f"{root.name}.{name}" for root in roots for name in root.fields]


def test_a_root_field_without_a_rule_fails_the_build() -> None:
    with pytest.raises(RuleMissing, match=r"Unruled\.everything"):
        PlatformSchema(query=Unruled, mutation=None)


def test_every_rule_is_of_a_field_that_exists() -> None:
    assert set(RULES) == set(root_fields())


def test_strawberry_still_keeps_the_executable_schema_where_it_was() -> None:
    built = strawberry.Schema(query=Unruled)
    assert isinstance(built._schema, GraphQLSchema)  # pyright: ignore[reportPrivateUsage]  # the canary for this
    assert callable(built.execution_context_class)


FLOW_FIELDS = {
    "Query.flow": '{ flow(key: "a") { key } }',
    "Query.flows": "{ flows { nodes { key } } }",
    "Query.checkFlow": "{ checkFlow(input: { model: {} }) { code } }",
    "Query.testFlow": "{ testFlow(input: { model: { model: {} }, answers: [] }) { status } }",
    "Query.backTest": '{ backTest(input: { flowKey: "a" }) { replayed } }',
    "Query.previewRollback": '{ previewRollback(input: { taskId: "a" }) { opens } }',
    "Query.deployment": '{ deployment(id: "a") { id } }',
    "Query.flowInstance": '{ flowInstance(id: "a") { id } }',
    "Query.flowInstances": "{ flowInstances { nodes { id } } }",
    "Query.task": '{ task(id: "a") { id } }',
    "Query.tasks": "{ tasks { nodes { id } } }",
    "Mutation.saveFlow": """
        mutation { saveFlow(input: { key: "a", unit: "b", model: { model: {} } }) { key } }
    """,
    "Mutation.deployFlow": 'mutation { deployFlow(input: { key: "a" }) { id } }',
    "Mutation.migrateInstances": """
        mutation { migrateInstances(input: { flowKey: "a", fromVersion: 1, toVersion: 2 }) { migrated } }
    """,
    "Mutation.startFlow": 'mutation { startFlow(input: { flowKey: "a" }) { replayed } }',
    "Mutation.commitTask": 'mutation { commitTask(input: { taskId: "a" }) { replayed } }',
    "Mutation.rollbackTask": 'mutation { rollbackTask(input: { taskId: "a" }) { replayed } }',
    "Mutation.terminateFlow": 'mutation { terminateFlow(input: { instanceId: "a" }) { replayed } }',
    "Mutation.claimTask": 'mutation { claimTask(taskId: "a") { id } }',
    "Mutation.releaseTask": 'mutation { releaseTask(taskId: "a") { id } }',
    "Mutation.retryTask": 'mutation { retryTask(taskId: "a") { replayed } }',
    "Mutation.assignTask": 'mutation { assignTask(taskId: "a", assignee: "b") { id } }',
    "Mutation.commentTask": 'mutation { commentTask(taskId: "a", text: "b") { id } }',
    "Mutation.suspendFlow": 'mutation { suspendFlow(instanceId: "a") { id } }',
    "Mutation.resumeFlow": 'mutation { resumeFlow(instanceId: "a") { id } }',
    "Mutation.sendMessage": 'mutation { sendMessage(input: { name: "a", caseId: "b" }) { replayed } }',
}

MATCHING_FIELDS = {
    "Query.matchSolutions": "{ matchSolutions(input: {}) { caseId } }",
    "Query.matchRules": "{ matchRules { nodes { id } } }",
    "Query.feedback": "{ feedback { nodes { at } } }",
    "Query.case": '{ case(id: "c") { id } }',
    "Mutation.saveMatchRule": """
        mutation { saveMatchRule(input: { unit: "rides", name: "a", questions: [], answers: [] }) { id } }
    """,
    "Mutation.deleteMatchRule": 'mutation { deleteMatchRule(id: "a") }',
    "Mutation.recordFeedback": "mutation { recordFeedback(input: { helpful: true }) }",
    "Mutation.linkCase": 'mutation { linkCase(caseId: "c", system: "s", ref: "r") { id } }',
}
KNOWLEDGE_FIELDS = {
    "Query.article": '{ article(id: "a") { id } }',
    "Query.articles": "{ articles { nodes { id } } }",
    "Query.searchKnowledge": '{ searchKnowledge(input: { query: "a" }) { total } }',
    "Query.suggestQuestions": '{ suggestQuestions(prefix: "a") }',
    "Query.searchGaps": "{ searchGaps(kind: ZERO_RESULTS) { count } }",
    "Mutation.saveSynonyms": 'mutation { saveSynonyms(unit: "rides", groups: []) }',
    "Query.exportArticles": '{ exportArticles(format: "csv") }',
    "Mutation.importArticles": """
        mutation { importArticles(input: { format: "csv", data: "", unit: "rides" }) { created } }
    """,
    "Mutation.saveArticle": """
        mutation { saveArticle(input: { unit: "rides", question: "a", answers: [] }) { id } }
    """,
    "Query.articleCategories": "{ articleCategories { path } }",
    "Mutation.saveArticleCategory": """
        mutation { saveArticleCategory(input: { unit: "a", path: ["b"] }) { path } }
    """,
    "Mutation.submitArticle": 'mutation { submitArticle(id: "a") { id } }',
    "Mutation.rejectArticle": 'mutation { rejectArticle(id: "a", reason: "b") { id } }',
    "Mutation.publishArticle": 'mutation { publishArticle(id: "a") { id } }',
    "Mutation.archiveArticle": 'mutation { archiveArticle(id: "a") { id } }',
}

OPERATION_FIELDS = {
    "Query.clientOperations": "{ clientOperations { nodes { hash } } }",
    "Query.registeredOperations": "{ registeredOperations { nodes { id } } }",
    "Mutation.registerOperations": """
        mutation { registerOperations(input: { client: "app", operations: [] }) { known } }
    """,
    "Mutation.unregisterOperations": 'mutation { unregisterOperations(ids: ["a"]) }',
}

SUBSCRIPTIONS = {
    "Subscription.flowInstanceChanged": 'subscription { flowInstanceChanged(id: "a") { id } }',
    "Subscription.taskChanged": "subscription { taskChanged { id } }",
    "Subscription.resourcesPublished": "subscription { resourcesPublished { name } }",
}


@pytest.mark.parametrize("coordinate", [name for name in RULES if name.startswith("Subscription.")])
async def test_a_caller_nobody_knows_is_told_of_nothing(coordinate: str, tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        results = SCHEMA.subscribe(parse(SUBSCRIPTIONS[coordinate]), {}, platform.context(ANYBODY))
        assert [refusal_of(result) async for result in results] == ["UNAUTHENTICATED"]


@pytest.mark.parametrize(
    "coordinate",
    [name for name, rule in RULES.items() if rule.authenticated and name not in SUBSCRIPTIONS],
)
async def test_a_caller_nobody_knows_gets_nowhere(coordinate: str, tmp_path: Path) -> None:
    fields = {
        "Query.resourceModules": "{ resourceModules { name } }",
        "Query.resourceModule": '{ resourceModule(name: "a") { name } }',
        "Query.checkResources": '{ checkResources(input: { module: "a", sdl: "" }) { ok } }',
        "Query.resourceField": '{ resourceField(coordinate: "A.b") { bound } }',
        "Query.quality": "{ quality { key } }",
        "Query.explain": '{ explain(query: "{ a }") { bound } }',
        "Mutation.publishResources": """
            mutation { publishResources(input: { module: "a", sdl: "" }) { name } }
        """,
        "Mutation.rollbackResources": 'mutation { rollbackResources(module: "a", toVersion: 1) { name } }',
        **FLOW_FIELDS,
        **KNOWLEDGE_FIELDS,
        **MATCHING_FIELDS,
        **OPERATION_FIELDS,
    }
    async with open_platform(tmp_path) as platform:
        result = await platform.execute(fields[coordinate], principal=ANYBODY)
        assert refusal_of(result) == "UNAUTHENTICATED"


async def test_anybody_may_ask_who_they_are(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        nobody = answer_of(await platform.execute("{ me { subject roles } }", principal=ANYBODY))
        publisher = answer_of(
            await platform.execute("{ me { subject roles units channel } }", principal=RIDES)
        )
        assert nobody["me"] == {"subject": "anonymous", "roles": []}
        assert publisher["me"] == {
            "subject": "ruth",
            "roles": ["publisher"],
            "units": ["rides"],
            "channel": None,
        }


async def test_variables_of_types_that_only_modules_define_are_left_to_the_others(tmp_path: Path) -> None:
    document = parse("query Q($ride: RideInput!, $show: Boolean!) { me { subject @include(if: $show) } }")
    async with open_platform(tmp_path) as platform:
        variables = {"ride": {"id": 1}, "show": True}
        result = await SCHEMA.execute(document, variables, platform.context(LOCAL))
        assert answer_of(result) == {"me": {"subject": "local-dev"}}


async def test_a_variable_that_does_not_fit_its_type_is_an_error_of_the_request(tmp_path: Path) -> None:
    document = parse("query Q($show: Boolean!) { me { subject @include(if: $show) } }")
    async with open_platform(tmp_path) as platform:
        result = await SCHEMA.execute(document, {"show": "perhaps"}, platform.context(LOCAL))
        assert result.data is None
        assert result.errors is not None
