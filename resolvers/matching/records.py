"""What matching keeps in the document store, and how rules become documents and come back.

What an operator or a caller named is stored as the text of its JSON: no key of it means anything to a store.
"""

from datetime import timedelta

import orjson

from engine.flow.fields import Problems
from resolvers.matching.reading import RuleGiven, read_rule
from resolvers.matching.rule import RuleRecord
from resolvers.ports import Collection, Document, Index

RULES = Collection(
    name="match_rules",
    indexes=(
        Index(name="by_unit", fields=("unit",), order="name"),
        Index(name="by_use", fields=("uses",)),
    ),
)
MATCHES = Collection(
    name="match_records",
    feed=False,
    indexes=(Index(name="by_case", fields=("case_id",), order="at"),),
    expires="expires_at",
)
LINKS = Collection(
    name="case_links", feed=False, indexes=(Index(name="by_case", fields=("case_id",), order="at"),)
)
FEEDBACK = Collection(
    name="feedback",
    feed=False,
    indexes=(
        Index(name="by_case", fields=("case_id",), order="at"),
        Index(name="by_article", fields=("article_id",), order="at"),
        Index(name="by_rule", fields=("rule_id",), order="at"),
        Index(name="by_flow", fields=("flow_key",), order="at"),
        Index(name="by_verdict", fields=("helpful",), order="at"),
        Index(name="by_time", order="at"),
        Index(name="by_unsummed", fields=("unsummed",)),
    ),
)
RULE_HITS = Collection(name="match_rule_hits", feed=False)  # id: the rule's; how often it was given
MATCHING_COLLECTIONS = (RULES, RULE_HITS, MATCHES, LINKS, FEEDBACK)

MATCHES_KEPT = timedelta(days=400)  # a year and a month: this season can be compared with the last


def rule_to_document(record: RuleRecord) -> Document:
    content = record.content
    return {
        "id": record.id,
        "version": record.version,
        "unit": content.unit,
        "name": content.name,
        "priority": content.priority,
        "questions": orjson.dumps(content.questions).decode(),
        "answers": orjson.dumps(content.answers).decode(),
        "enabled": content.enabled,
        "effective_from": content.effective_from,
        "effective_to": content.effective_to,
        "uses": sorted(record.uses),
        "saved_at": record.saved_at,
        "saved_by": record.saved_by,
    }


def rule_of(document: Document) -> RuleRecord:
    """What was valid when it was saved is read again; what no longer is does not stand in the way."""
    content = read_rule(_given_of(document), Problems())
    assert content is not None, "what was saved is JSON of a bearable size"
    return RuleRecord(
        id=document["id"],
        version=document["version"],
        content=content,
        uses=frozenset(document["uses"]),
        saved_at=document["saved_at"],
        saved_by=document["saved_by"],
    )


def _given_of(document: Document) -> RuleGiven:
    return RuleGiven(
        unit=document["unit"],
        name=document["name"],
        priority=document["priority"],
        questions=orjson.loads(document["questions"]),
        answers=orjson.loads(document["answers"]),
        enabled=document["enabled"],
        effective_from=document["effective_from"],
        effective_to=document["effective_to"],
    )
