"""`paifang doctor`: can the sources be called from here, and if not, why?"""

import asyncio
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from engine.resource.mapping import MappingError
from engine.resource.model import Registry
from engine.resource.template import UrlTemplate
from engine.resource.transport import Identity, TransportLimits, open_transport
from gateway.cli.composition import compose_files
from gateway.cli.failure import CommandFailed, ExitCode
from gateway.cli.flags import settings_or_fail
from gateway.cli.module_files import (
    ModuleFile,
    fail_on_errors,
    print_problems,
    read_config,
    read_module_files,
)
from gateway.cli.probing import Prober, Target, Verdict, probe_all
from gateway.cli.refusal import failure_of
from gateway.cli.remote import DEFAULT_URL, Refused, RemoteGateway, read_token
from gateway.wiring import egress_guard

EXAMPLE = "paifang doctor"
MODULES = "{ resourceModules { name sdl } }"


def run(
    files: Annotated[list[Path] | None, typer.Argument(help="SDL files; without: what --url serves.")] = None,
    url: Annotated[str, typer.Option(help="The gateway whose sources are probed.")] = DEFAULT_URL,
    token: Annotated[str | None, typer.Option(help="Token for --url, or @FILE that holds it.")] = None,
    config: Annotated[list[str] | None, typer.Option(help="KEY=VALUE for {$config.KEY}.")] = None,
    timeout_s: Annotated[float, typer.Option(min=0.1, help="Seconds for each step.")] = 5.0,
) -> None:
    """Probe every source and say what is wrong.

    From this machine and with its settings (PAIFANG_EGRESS_ALLOW): its name, whether the gateway may call it,
    TCP, TLS, an answer to GET on its base URL, its clock. No headers of modules are sent. Exit code 1 says
    that one cannot be called. Where PAIFANG_REDIS_URL is set, whether it answers.
    """
    modules = read_module_files(files) if files else _served(RemoteGateway(url=url, token=read_token(token)))
    values = read_config(config or (), None) or {}
    composition = compose_files(modules, values)
    if composition.registry is None:
        print_problems(composition.problems, modules)
        fail_on_errors(composition.problems, next_step="correct them; `paifang check` shows the same")
    assert composition.registry is not None, "errors are what makes it None"
    bases = dict(_bases(composition.registry))
    targets = [Target(source=key, url=base) for key, each in bases.items() if (base := _filled(each, values))]
    skipped = bases.keys() - {target.source for target in targets}
    results = asyncio.run(_probe(targets, timeout_s))
    for target, verdict in results:
        _print(target, verdict)
    _tell_of_redis()
    for key in sorted(skipped):
        typer.echo(f"skip  {key}  its host is from $config: give it with --config")
    failed = sum(not verdict.works for _, verdict in results)
    typer.echo(
        f"{len(results)} {'source' if len(results) == 1 else 'sources'} probed, {failed} cannot be called"
    )
    if failed:
        raise CommandFailed(
            f"{failed} of {len(results)} sources cannot be called",
            next_step="do what stands below each",
            code=ExitCode.PROBLEMS,
        )


def _served(gateway: RemoteGateway) -> tuple[ModuleFile, ...]:
    try:
        found = gateway.ask(MODULES, {})["resourceModules"]
    except Refused as refused:
        raise failure_of(refused) from None
    return tuple(ModuleFile(module=each["name"], path=Path(each["name"]), sdl=each["sdl"]) for each in found)


def _bases(registry: Registry) -> Iterator[tuple[str, UrlTemplate]]:
    """Sources, and the hosts of connectors that name none."""
    for key, source in registry.sources.items():
        yield key, source.base_url
    for owner in registry.types.values():
        for connector in (*owner.connectors, *(c for f in owner.fields.values() for c in f.connectors)):
            if not connector.source_name:
                yield (
                    connector.source,
                    UrlTemplate(text=connector.url.text, origin=connector.url.origin, path=(), query=()),
                )


def _filled(base: UrlTemplate, config: Mapping[str, object]) -> str | None:
    """None where the host is not known here."""
    try:
        filled = base.compile()({"$config": config})
    except MappingError:
        return None
    return filled if isinstance(filled, str) else None


async def _probe(targets: list[Target], timeout_s: float) -> list[tuple[Target, Verdict]]:
    settings = settings_or_fail({})
    proxy = settings.egress_proxy.get_secret_value() if settings.egress_proxy else None
    if proxy is not None:
        raise CommandFailed(
            "all calls go through PAIFANG_EGRESS_PROXY, which is what decides",
            next_step="unset it to probe the sources from here",
            code=ExitCode.USAGE,
        )
    guard, identity = egress_guard(settings), Identity()
    limits = TransportLimits(body_bytes=settings.limits.response_bytes, ratio=settings.limits.response_ratio)
    transport = open_transport(settings.transport, guard, limits, identity=identity)
    try:
        prober = Prober(guard=guard, transport=transport, identity=identity, timeout_s=timeout_s)
        return await probe_all(targets, prober.probe)
    finally:
        await transport.close()


def _tell_of_redis() -> None:
    """A gateway without its Redis goes on, so this is never more than a warning."""
    url = settings_or_fail({}).redis_url
    if url is None:
        return
    fault = asyncio.run(_fault_of_redis(url.get_secret_value()))
    if fault is None:
        typer.echo(f"ok    redis  {url}  answers")
        return
    typer.echo(f"warn  redis  {url}\n        {fault}")
    typer.echo("        → correct PAIFANG_REDIS_URL or start it; requests go on without it")


async def _fault_of_redis(url: str) -> str | None:
    links = import_module("gateway.cache.redis_link")  # 0.6 s to import, for those who use it
    return await links.fault_of(url)


def _print(target: Target, verdict: Verdict) -> None:
    mark = "FAIL" if not verdict.works else "warn" if verdict.problem else "ok  "
    typer.echo(f"{mark}  {target.source}  {target.url}  {verdict.said}".rstrip())
    if verdict.problem:
        typer.echo(f"        {verdict.problem}\n        → {verdict.advice}")
