"""Bring the demo's knowledge to the gateway that answers now: what it holds already stays as it is."""

from datetime import UTC, datetime

from examples.rides.library import CATEGORIES, KNOWLEDGE_UNIT, Season, read_articles, read_rules, read_seasons
from gateway.cli.failure import CommandFailed, ExitCode
from gateway.cli.remote import Refused, RemoteGateway

SEASONAL = "notices"  # the category whose articles hold for a part of the year
IMPORT = """
mutation Import($given: ImportInput!) {
  importArticles(input: $given) { rejected problems { message path line severity } }
}
"""
SHOW = "query Show($id: ID!) { article(id: $id) { status effectiveFrom effectiveTo } }"
PUBLISH = """
mutation Publish($id: ID!, $from: DateTime, $to: DateTime) {
  publishArticle(id: $id, effectiveFrom: $from, effectiveTo: $to) { revision }
}
"""
RULES = """
query Rules { matchRules(first: 100) { nodes { id unit name priority questions answers } } }
"""
LAST = "{ articles(first: 1) { nodes { seq } } }"
FIND = """
query Find($seq: Float) { searchKnowledge(input: { query: "车锁", first: 1, minSeq: $seq }) { total } }
"""
AT_ONCE = 10  # mutations of one name in a request: the gateway takes no more


def load_library(gateway: RemoteGateway) -> None:
    """Import and publish every article, notices for this season or the next; save the rules.

    Raises `CommandFailed`.
    """
    try:
        for category in CATEGORIES:
            _import(gateway, category)
        for season in read_seasons():
            _hold(gateway, season, now=datetime.now(UTC))
        _save_rules(gateway)
        _await_index(gateway)
    except Refused as refused:
        raise _unfit(str(refused)) from None


def _import(gateway: RemoteGateway, category: str) -> None:
    given = {
        "format": "jsonl",
        "data": read_articles(category),
        "unit": KNOWLEDGE_UNIT,
        "publish": category != SEASONAL,
    }
    report = gateway.ask(IMPORT, {"given": given})["importArticles"]
    if report["rejected"]:
        first = next(one for one in report["problems"] if one["severity"] == "ERROR")
        raise _unfit(f"{category}.jsonl:{first['line']}: {first['path']} {first['message']}")


def _hold(gateway: RemoteGateway, season: Season, *, now: datetime) -> None:
    """Publish the notice for its season, unless it is."""
    begins, ends = season.next_window(now)
    shown = gateway.ask(SHOW, {"id": season.article})["article"]
    held = [one and datetime.fromisoformat(one) for one in (shown["effectiveFrom"], shown["effectiveTo"])]
    if shown["status"] != "PUBLISHED" or held != [begins, ends]:
        window = {"from": begins.isoformat(), "to": ends.isoformat()}
        gateway.ask(PUBLISH, {"id": season.article, **window})


def _save_rules(gateway: RemoteGateway) -> None:
    """A rule that is there as it is written is left alone."""
    saved = {rule["id"]: rule for rule in gateway.ask(RULES, {})["matchRules"]["nodes"]}
    changed = [rule for rule in read_rules() if rule != saved.get(rule["id"])]
    for at in range(0, len(changed), AT_ONCE):
        some = {f"r{number}": rule for number, rule in enumerate(changed[at : at + AT_ONCE])}
        given = ", ".join(f"${name}: MatchRuleInput!" for name in some)
        saves = " ".join(f"{name}: saveMatchRule(input: ${name}) {{ id }}" for name in some)
        gateway.ask(f"mutation SaveRules({given}) {{ {saves} }}", some)


def _await_index(gateway: RemoteGateway) -> None:
    """Searches find all of it from now on."""
    last = gateway.ask(LAST, {})["articles"]["nodes"][0]["seq"]
    gateway.ask(FIND, {"seq": last})


def _unfit(told: str) -> CommandFailed:
    return CommandFailed(
        f"the demo's knowledge is refused: {told}",
        next_step="with --data, give an empty directory: what it holds does not fit any more",
        code=ExitCode.UNREACHABLE,
    )
