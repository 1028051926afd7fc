"""What the demo prints: what to open; queries, searches and flows to try; five people to ask as."""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from examples.rides.personas import CONTACT_QUERY, PERSONAS
from examples.rides.showcase import FIRST_COMMIT, FLOW_PAGES, FLOWS, read_queries

RIDES = "examples/rides"
ASKING = "agent"  # the persona of the queries to try; may see and do what they need
FINDER = "user"  # who asks for help
KEEPER = "engineer"  # who looks after the units' APIs
QUALITY = (
    "{ quality(by: API) { key unit calls errors errorCodes { code count } sent shared p99Ms } }",
    '{ resourceField(coordinate: "Order.refund") { kind dependsOn usedByFlows quality { calls p50Ms } } }',
)
TASKS = "{ tasks { id name } }"
STEPS = (  # of one flow, each with what to say of it; $task is the task that the step before opened
    (
        "Start one: its answer has the open task.",
        f'mutation {{ startFlow(input: {{flowKey: "fee-dispute"}}) {TASKS} }}',
    ),
    (
        "Commit the task, which opens the next.",
        "mutation($task: ID!, $given: JSON) { commitTask(input: {taskId: $task, variables: $given}) "
        + TASKS
        + " }",
    ),
    (
        "Go back to the first, filled as it was.",
        "mutation($task: ID!) { rollbackTask(input: {taskId: $task}) { tasks { id name form { values } } } }",
    ),
)
KNOWN = '{product: "bike", city: "GZ", bikeId: "B100034"}'
FINDING = (  # as the user in the app; $case is the case that the match made
    (
        "Search: ask as people type, in Chinese or English. The answer is the one for the app.",
        '{ searchKnowledge(input: {query: "扫码没反应，车打不开", first: 3}) '
        "{ hits { score article { question } answer { body flowKey } } } }",
    ),
    (
        "Match: what was said, and what is known. A rule reads the bike: it can be ridden, so a flow it is.",
        f'{{ matchSolutions(input: {{question: "扫码没反应", dimensions: {KNOWN}}}) '
        "{ caseId solutions { score rule { name } items "
        "{ ... on FlowItem { flowKey variables } ... on ArticleItem { article { question } } } } } }",
    ),
    (
        "Start that flow with those variables, in the same case: what is known is not asked again.",
        'mutation($case: String) { startFlow(input: {flowKey: "bike-lock", caseId: $case, '
        'variables: {bikeId: "B100034", problem: "WONT_UNLOCK"}}) { tasks { id name } } }',
    ),
)
CASE_ID = """| tee /dev/stderr | grep -o '"caseId":"[^"]*"' | cut -d'"' -f4"""
TASK_ID = (
    """| tee /dev/stderr | grep -o '"id":"[^"]*\\.[^"]*"' | cut -d'"' -f4"""  # of the only task in an answer
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """`headers` are the files for `curl -H @file`, by persona."""

    url: str
    apis: str
    headers: Mapping[str, Path]
    tokens: Mapping[str, str]
    after_s: float

    def text(self) -> str:
        parts = (
            self._opening(),
            self._queries(),
            self._finding(),
            self._flows(),
            self._quality(),
            self._contact(),
            self._tokens(),
            "Ctrl-C ends the demo.",
        )
        return "\n\n".join(parts)

    def _opening(self) -> str:
        return (
            f"Ready after {self.after_s:.1f} s: the APIs of three business units behind one graph.\n\n"
            f"Open  {self.url}   in a browser: look-ups as tabs, `Ask as` for another person,\n"
            f"      the Plan panel for the calls of the open operation.\n"
            f"      {self.apis}/__calls   counts the calls that reached the APIs."
        )

    def _queries(self) -> str:
        lines = ["Try, in another terminal:"]
        for query in read_queries():
            lines += ["", f"  # {query.about}", f"  {self._curl(query.text, ASKING)}"]
        lines += [
            "",
            "  # The plan of the first: which calls, in which order, and why.",
            f"  scripts/run explain {RIDES}/queries/refund.graphql --resources {RIDES}/resources/*.graphql",
        ]
        return "\n".join(lines)

    def _finding(self) -> str:
        """From what somebody says to the flow that helps; each line is pasted after the one before."""
        (search, searching), (match, matching), (start, starting) = FINDING
        started = self._curl(starting, FINDER, {"case": "CASE"}).replace('"CASE"', """"'"$CASE"'\"""")
        lines = ["Find what helps, in the tabs `SearchKnowledge` and `MatchSolutions`; or here:"]
        lines += ["", f"  # {search}", f"  {self._curl(searching, FINDER)}"]
        lines += ["", f"  # {match}", f"  CASE=$({self._curl(matching, FINDER)} {CASE_ID})"]
        lines += ["", f"  # {start}", f"  {started}"]
        return "\n".join(lines)

    def _flows(self) -> str:
        site = self.url.removesuffix("/graphql")
        pages = [f"  {site}/flows/run/{key:<14} {FLOWS[key]}; {who}" for key, who in FLOW_PAGES.items()]
        lines = ["Open a flow as a page, `?channel=chat` for a chat:", "", *pages, ""]
        lines += ["Or drive it from GraphiQL, in the tab `StartFlow`; or here:"]
        for at, (about, step) in enumerate(STEPS):
            given = (
                {} if at == 0 else {"task": "TASK", **({"given": FIRST_COMMIT} if "$given" in step else {})}
            )
            call = self._curl(step, ASKING, given).replace('"TASK"', """"'"$TASK"'\"""")
            lines += [
                "",
                f"  # {about}",
                f"  {call}" if at == len(STEPS) - 1 else f"  TASK=$({call} {TASK_ID})",
            ]
        return "\n".join(lines)

    def _quality(self) -> str:
        lines = [
            "How the APIs did, for their engineer. `people.points` refuses every third call, asked again:"
        ]
        lines += [f"  {self._curl(query, KEEPER)}" for query in QUALITY]
        return "\n\n".join(lines)

    def _contact(self) -> str:
        """The one field that answers each differently."""
        rows = [
            f"  {persona.name:<10} {persona.contact or 'null, ACCESS_DENIED':<22} {persona.description}"
            for persona in PERSONAS
        ]
        asked = self._curl(CONTACT_QUERY, PERSONAS[0].name)
        return "\n".join(
            ["One field answers each person differently, User.contact:", "", *rows, "", f"  {asked}"]
        )

    def _tokens(self) -> str:
        lines = [f"  {persona.name:<10} {self.tokens[persona.name]}" for persona in PERSONAS]
        return "\n".join(["Their tokens, for `authorization: Bearer`:", "", *lines])

    def _curl(self, query: str, persona: str, variables: Mapping[str, object] | None = None) -> str:
        text = " ".join(line.strip() for line in query.splitlines() if not line.startswith("#")).strip()
        asked: dict[str, object] = {"query": re.sub(r"\s+", " ", text)}
        if variables:
            asked["variables"] = dict(variables)
        body = shlex.quote(json.dumps(asked, ensure_ascii=False))
        return f"curl -s {self.url} -H {shlex.quote(f'@{self.headers[persona]}')} -d {body}"
