"""Serve the demo: settings, personas with tokens, the page, the modules, the printed screen."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import typer

from examples.rides.personas import PERSONAS
from examples.rides.showcase import (
    FLOWS_UNIT,
    read_driving,
    read_finding,
    read_flows,
    read_look_ups,
    read_modules,
)
from gateway.cli.demo_library import load_library
from gateway.cli.demo_screen import Screen
from gateway.cli.failure import CommandFailed, ExitCode
from gateway.cli.flags import settings_or_fail
from gateway.cli.publication import Publication, publish
from gateway.cli.remote import Refused, RemoteGateway
from gateway.cli.rides import Rides
from gateway.cli.server import serve
from gateway.console import LookUp, PageConfig, Persona
from gateway.console.configuration import write_page
from gateway.security.dev_tokens import mint_token, open_token_key
from gateway.settings import Settings, origin_of

LIFETIME = timedelta(days=30)  # a demo may run for weeks
PUBLISHER = "engineer"
DEPLOY = """
mutation Deploy($flow: SaveFlowInput!, $deployment: DeployFlowInput!) {
  saveFlow(input: $flow) { revision }
  deployFlow(input: $deployment) { version }
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What is known before the gateway answers."""

    rides: Rides
    folder: Path
    tokens: Mapping[str, str]
    started_s: float


def serve_demo(rides: Rides, *, port: int, data: Path, mongo_url: str | None, started_s: float) -> None:
    """Serve until a signal ends it. Raises as `serve` does."""
    tokens = mint_tokens(data)
    demo = Demo(rides=rides, folder=data, tokens=tokens, started_s=started_s)
    page = data / "page.json"
    write_page(page, page_of(tokens))
    settings = settings_or_fail(
        {
            "port": port,
            "data": data,
            "page": page,
            "dev_auth": True,
            "egress_allow": ("127.0.0.0/8",),
            "mongo_url": mongo_url,
        }
    )
    serve(in_own_store(settings, mongo_url), partial(present, demo))


def in_own_store(settings: Settings, mongo_url: str | None) -> Settings:
    """The demo publishes modules of its own: never into a database that was set for another gateway."""
    if mongo_url is not None or settings.mongo_url is None:
        return settings
    origin = origin_of(settings, "mongo_url")
    typer.echo(f"the demo has a store of its own: it leaves the database of {origin} alone", err=True)
    return settings.model_copy(update={"mongo_url": None})


def present(demo: Demo, settings: Settings) -> None:
    """Publish on the gateway that answers now, and print the screen. Raises `CommandFailed`."""
    url = f"http://{settings.host}:{settings.port}/graphql"
    address = demo.rides.address()
    gateway = RemoteGateway(url=url, token=demo.tokens[PUBLISHER])
    publish_modules(gateway, address)
    deploy_flows(gateway)
    load_library(gateway)
    headers = write_headers(demo.folder, demo.tokens)
    screen = Screen(
        url=url,
        apis=f"http://{address}",
        headers=headers,
        tokens=demo.tokens,
        after_s=time.monotonic() - demo.started_s,
    )
    typer.echo(screen.text())


def publish_modules(gateway: RemoteGateway, address: str) -> None:
    for module in read_modules(address=address):
        publication = Publication(module=module.name, sdl=module.sdl, config=module.config, reason="demo")
        try:
            publish(gateway, publication)
        except Refused as refused:
            raise CommandFailed(
                f"the demo's module {module.name} is refused: {refused}",
                next_step="with --data, give an empty directory: what it holds does not fit any more",
                code=ExitCode.UNREACHABLE,
            ) from None


def deploy_flows(gateway: RemoteGateway) -> None:
    """Save and deploy; on a folder that holds them already nothing changes."""
    for flow in read_flows():
        model = {"key": flow.key, "name": flow.name, "unit": FLOWS_UNIT, "model": {"model": flow.model}}
        try:
            gateway.ask(DEPLOY, {"flow": model, "deployment": {"key": flow.key, "note": "demo"}})
        except Refused as refused:
            raise CommandFailed(
                f"the demo's flow {flow.key} is refused: {refused}",
                next_step="with --data, give an empty directory: what it holds does not fit any more",
                code=ExitCode.UNREACHABLE,
            ) from None


def mint_tokens(data: Path) -> dict[str, str]:
    """A token for each persona, by name."""
    key = open_token_key(data)
    return {
        persona.name: mint_token(
            key,
            persona.subject,
            now_s=time.time(),
            lifetime=LIFETIME,
            roles=persona.roles,
            units=persona.units,
            scopes=persona.scopes,
            channel=persona.channel,
        )
        for persona in PERSONAS
    }


def page_of(tokens: Mapping[str, str]) -> PageConfig:
    """The GraphiQL page: look-ups as tabs, personas to ask as."""
    return PageConfig(
        tabs=tuple(
            LookUp(title=tab.title, query=tab.query, variables=tab.variables)
            for tab in (*read_look_ups(), *read_finding(), read_driving())
        ),
        personas=tuple(
            Persona(name=persona.name, description=persona.description, token=tokens[persona.name])
            for persona in PERSONAS
        ),
    )


def write_headers(folder: Path, tokens: Mapping[str, str]) -> dict[str, Path]:
    """A file per persona with the headers of its requests, for `curl -H @file`; the folder is private."""
    files = {name: folder / name for name in tokens}
    for name, file in files.items():
        file.touch(mode=0o600)
        file.write_text(f"authorization: Bearer {tokens[name]}\ncontent-type: application/json\n", "utf-8")
    return files
