"""What the demo publishes and shows: the modules, three queries to try, the agents' look-ups, the flows."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from examples.rides.unit import API_KEY

FOLDER = Path(__file__).parent
ADDRESS = "127.0.0.1:9001"  # where the SDL says that the APIs are; the only place that has to know
MODULES = ("rides", "payments", "care")  # in the order in which they need each other's types
FLOWS = {  # in the order in which they call each other
    "property-return": "归还失物 · Give lost property back",
    "bike-lock": "车锁故障 · Bike lock failure",
    "fee-dispute": "费用争议 · Fee dispute",
    "lost-property": "失物招领 · Lost property",
}
FLOW_PAGES = {  # those that people begin, and as whom
    "bike-lock": "ask as user",
    "fee-dispute": "ask as agent, above 30 yuan as supervisor too",
    "lost-property": "ask as agent",
}
FLOWS_UNIT = "care"  # whose agents work on them
CASE = {  # somebody in the app, in front of a bike that can be ridden
    "question": "扫码没反应",
    "dimensions": {"product": "bike", "city": "GZ", "bikeId": "B100034"},
}
FIRST_COMMIT = {"phone": "18600422060"}  # fits the first form of fee-dispute


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """What publishing a module takes; `config` holds secrets."""

    name: str
    sdl: str
    config: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query to try; it needs no variables. `about` is the comment above it, one sentence or two."""

    name: str
    about: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp:
    """A ready operation of an agent, opened as a tab."""

    title: str
    query: str
    variables: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A flow of the unit `FLOWS_UNIT`; `model` is PAIFANG JSON."""

    key: str
    name: str
    model: Mapping[str, object]


def read_modules(*, address: str = ADDRESS) -> tuple[Module, ...]:
    """The modules in the order in which to publish them, calling the APIs at `address` (host:port)."""
    return tuple(
        Module(
            name=name,
            sdl=_read(f"resources/{name}.graphql").replace(ADDRESS, address),
            config={"apiKey": API_KEY},
        )
        for name in MODULES
    )


def read_queries() -> tuple[Query, ...]:
    """One over three APIs, one list with batched children, one mutation."""
    return tuple(_query(name) for name in ("refund", "orders", "unlock"))


def read_look_ups() -> tuple[LookUp, ...]:
    tabs = cast(list[dict[str, object]], json.loads(_read("lookups.json")))  # our own file, tested
    return tuple(
        LookUp(
            title=str(tab["title"]),
            query=str(tab["query"]),
            variables=cast(dict[str, object], tab["variables"]),  # as above
        )
        for tab in tabs
    )


def read_flows() -> tuple[Flow, ...]:
    """In the order in which to deploy them: a flow that is called comes first."""
    return tuple(Flow(key=key, name=name, model=read_model(key)) for key, name in FLOWS.items())


def read_model(key: str) -> dict[str, object]:
    return cast(dict[str, object], json.loads(_read(f"flows/{key}.json")))  # our own file, tested


def read_finding() -> tuple[LookUp, ...]:
    """Search the knowledge, and match what is known of a case: a tab each."""
    return (
        LookUp(
            title="查知识 · Search the knowledge",
            query=_read("queries/search.graphql"),
            variables={"search": {"query": "扫码没反应，车打不开", "first": 3}},
        ),
        LookUp(
            title="配方案 · Match solutions",
            query=_read("queries/match.graphql"),
            variables={"case": CASE},
        ),
    )


def read_driving() -> LookUp:
    """Three operations in one tab: start a flow, commit a task, go back."""
    return LookUp(
        title="流程：开始、提交、回退 · A flow: start, commit, roll back",
        query=_read("flows/drive.graphql"),
        variables={
            "start": {"flowKey": "fee-dispute", "caseId": "case-1"},
            "commit": {"taskId": "the id of the open task", "variables": FIRST_COMMIT},
            "rollback": {"taskId": "the id of the open task", "reason": "wrong number"},
        },
    )


def _query(name: str) -> Query:
    text = _read(f"queries/{name}.graphql")
    comment = [line.removeprefix("#").strip() for line in text.splitlines() if line.startswith("#")]
    return Query(name=name, about=" ".join(comment), text=text)


def _read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")
