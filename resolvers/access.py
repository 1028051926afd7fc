"""May this caller use this platform field? The one gate, and the one table of its rules."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.access import Principal
from resolvers.errors import AccessDenied, Unauthenticated

ADMIN = "admin"  # administers the gateway: stands in for every role and unit of these rules
PUBLISHER = "publisher"
DEVELOPER = "developer"  # builds clients
EDITOR = "editor"  # writes knowledge
AGENT = "agent"
STAFF_ROLES = (AGENT, EDITOR, PUBLISHER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Who may use a platform root field. What depends on the object is asked of the gate by its use case."""

    authenticated: bool = True
    roles: tuple[str, ...] = ()  # one of them; none: any


ANYONE = Rule(authenticated=False)
AUTHENTICATED = Rule()
PUBLISHERS = Rule(roles=(PUBLISHER,))  # and of the object's unit: `admit_to_unit`
STAFF = Rule(roles=STAFF_ROLES)  # who answers or writes
DEVELOPERS = Rule(roles=(DEVELOPER, PUBLISHER))  # who builds clients, and who publishes for them
EDITORS = Rule(roles=(EDITOR, PUBLISHER))  # as above

RULES: Mapping[str, Rule] = {
    "Query.me": ANYONE,
    "Query.resourceModules": AUTHENTICATED,
    "Query.resourceModule": AUTHENTICATED,
    "Query.resourceField": AUTHENTICATED,
    "Query.checkResources": AUTHENTICATED,
    "Query.explain": AUTHENTICATED,
    "Query.quality": AUTHENTICATED,  # rows of the caller's units
    "Query.clientOperations": DEVELOPERS,
    "Query.registeredOperations": DEVELOPERS,
    "Mutation.registerOperations": DEVELOPERS,
    "Mutation.unregisterOperations": DEVELOPERS,
    "Query.flow": AUTHENTICATED,
    "Query.flows": AUTHENTICATED,
    "Query.checkFlow": AUTHENTICATED,
    "Query.testFlow": PUBLISHERS,
    "Query.backTest": PUBLISHERS,
    "Query.previewRollback": AUTHENTICATED,
    "Query.deployment": AUTHENTICATED,
    "Query.flowInstance": AUTHENTICATED,
    "Query.flowInstances": AUTHENTICATED,
    "Query.task": AUTHENTICATED,
    "Query.tasks": AUTHENTICATED,
    "Query.article": AUTHENTICATED,
    "Query.articles": AUTHENTICATED,
    "Query.articleCategories": AUTHENTICATED,
    "Query.exportArticles": AUTHENTICATED,
    "Query.searchKnowledge": AUTHENTICATED,
    "Query.suggestQuestions": AUTHENTICATED,
    "Query.searchGaps": STAFF,
    "Mutation.saveSynonyms": EDITORS,
    "Query.matchSolutions": AUTHENTICATED,
    "Query.matchRules": AUTHENTICATED,
    "Query.feedback": AUTHENTICATED,
    "Query.case": AUTHENTICATED,
    "Mutation.saveMatchRule": EDITORS,
    "Mutation.deleteMatchRule": EDITORS,
    "Mutation.recordFeedback": AUTHENTICATED,
    "Mutation.linkCase": AUTHENTICATED,
    "Mutation.importArticles": EDITORS,
    "Mutation.saveArticle": EDITORS,
    "Mutation.saveArticleCategory": PUBLISHERS,
    "Mutation.submitArticle": EDITORS,
    "Mutation.rejectArticle": PUBLISHERS,
    "Mutation.publishArticle": EDITORS,
    "Mutation.archiveArticle": EDITORS,
    "Mutation.publishResources": PUBLISHERS,
    "Mutation.rollbackResources": PUBLISHERS,
    "Mutation.saveFlow": PUBLISHERS,
    "Mutation.deployFlow": PUBLISHERS,
    "Mutation.migrateInstances": PUBLISHERS,
    "Mutation.startFlow": AUTHENTICATED,
    "Mutation.commitTask": AUTHENTICATED,
    "Mutation.rollbackTask": AUTHENTICATED,
    "Mutation.terminateFlow": AUTHENTICATED,
    "Mutation.claimTask": AUTHENTICATED,
    "Mutation.releaseTask": AUTHENTICATED,
    "Mutation.retryTask": AUTHENTICATED,
    "Mutation.assignTask": AUTHENTICATED,
    "Mutation.commentTask": AUTHENTICATED,
    "Mutation.suspendFlow": AUTHENTICATED,
    "Mutation.resumeFlow": AUTHENTICATED,
    "Mutation.sendMessage": AUTHENTICATED,
    "Subscription.resourcesPublished": AUTHENTICATED,
    "Subscription.flowInstanceChanged": AUTHENTICATED,
    "Subscription.taskChanged": AUTHENTICATED,
}


class RuleMissing(LookupError):
    """A platform root field stands in the schema and not in the table: the schema is not built."""

    def __init__(self, coordinate: str) -> None:
        super().__init__(f"{coordinate} has no access rule: say in resolvers/access.py who may use it")


def rule_of(coordinate: str) -> Rule:
    """The rule of a root field such as `Query.me`. Raises `RuleMissing`."""
    try:
        return RULES[coordinate]
    except KeyError:
        raise RuleMissing(coordinate) from None


def admit(principal: Principal, rule: Rule) -> None:
    """Raises `Unauthenticated` or `AccessDenied` where the rule does not let the caller in."""
    if rule.authenticated and not principal.authenticated:
        raise Unauthenticated
    if rule.roles and not any(map(principal.has_role, (*rule.roles, ADMIN))):
        raise AccessDenied(needs=f"the role {' or '.join(rule.roles)}")


def admit_to_unit(principal: Principal, unit: str) -> None:
    """Let in who belongs to the unit that owns the object. Raises `AccessDenied`."""
    if not (principal.has_unit(unit) or principal.has_role(ADMIN)):
        raise AccessDenied(needs=f"to be of the unit {unit}")


def admit_admin(principal: Principal, *, to: str) -> None:
    """Let in administrators only. Raises `AccessDenied` saying what `to` needs one."""
    if not principal.has_role(ADMIN):
        raise AccessDenied(needs=f"the role {ADMIN} to {to}")
