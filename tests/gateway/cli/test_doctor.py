"""`paifang doctor`: what is wrong with a source, told from real servers that are ill in each way."""

import asyncio
import socket
from pathlib import Path

import pytest

from engine.resource.egress import EgressGuard, parse_egress_allow
from engine.resource.transport import Identity, open_transport, resolve_by_system
from gateway.cli.failure import ExitCode
from gateway.cli.probing import Prober, Target, Verdict
from tests.gateway.cli.conftest import Command
from tests.servers.certificates import make_authority
from tests.servers.redis_server import RedisServer
from tests.servers.upstream import JSON_TYPE, answer, hang, serve_upstream

PAST = ("date", "Mon, 02 Mar 2026 08:00:00 GMT")


async def probe(
    url: str, *, allow: str = "127.0.0.0/8", trusted: bytes = b"", timeout_s: float = 5
) -> Verdict:
    guard, identity = (
        EgressGuard(parse_egress_allow(allow), resolve_by_system),
        Identity(trusted_ca_pem=trusted),
    )
    transport = open_transport("httptools", guard, identity=identity)
    try:
        prober = Prober(guard=guard, transport=transport, identity=identity, timeout_s=timeout_s)
        return await prober.probe(Target(source="m/s", url=url))
    finally:
        await transport.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.mark.parametrize("status", [200, 302, 404])
async def test_any_answer_but_an_error_of_the_server_is_well(status: int) -> None:
    async with serve_upstream(answer(status=status)) as upstream:
        verdict = await probe(upstream.url("/v1"))
    assert (verdict.works, verdict.problem) == (True, "")
    assert verdict.said.startswith(f"127.0.0.1, {status} in ")


async def test_an_error_of_the_server_and_a_wrong_clock_are_warnings() -> None:
    async with serve_upstream(
        {"/ill": answer(status=503), "/old": answer(headers=(JSON_TYPE, PAST))}
    ) as upstream:
        ill, old = await probe(upstream.url("/ill")), await probe(upstream.url("/old"))
    assert (ill.works, ill.problem) == (True, "HTTP: it answers 503")
    assert old.works
    assert old.problem.startswith("clock: it is ")
    assert old.problem.endswith(" s behind")


async def test_each_step_that_fails_is_named() -> None:
    async with serve_upstream(hang()) as upstream:
        blocked = await probe(upstream.url(), allow="")
        silent = await probe(upstream.url(), timeout_s=0.3)
        no_tls = await probe(upstream.url().replace("http:", "https:"), timeout_s=0.3)
    refused = await probe(f"http://127.0.0.1:{free_port()}")
    nameless = await probe("http://nowhere.invalid")
    assert blocked.problem.startswith("egress: ")
    assert f"127.0.0.1:{upstream.port}" in blocked.advice
    assert silent.problem.startswith("HTTP: ")
    assert no_tls.problem.startswith(("TLS: ", "TCP: "))
    assert refused.problem.startswith("TCP: 127.0.0.1 port ")
    assert nameless.problem == "name: nowhere.invalid has no address"
    assert not any(verdict.works for verdict in (blocked, silent, no_tls, refused, nameless))


async def test_a_certificate_is_checked_against_the_authorities_that_are_trusted() -> None:
    authority = make_authority()
    async with serve_upstream(answer(), tls=authority.server_context("127.0.0.1")) as upstream:
        trusted, stranger = await probe(upstream.url(), trusted=authority.pem), await probe(upstream.url())
    assert (trusted.works, trusted.problem) == (True, "")
    assert stranger.problem.startswith("TLS: ")
    assert "authority" in stranger.advice


async def test_all_sources_of_files_are_probed_and_the_exit_code_says_it(
    paifang: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAIFANG_EGRESS_ALLOW", "127.0.0.0/8")
    async with serve_upstream(answer()) as upstream:
        sdl = f"""
extend schema
  @owner(unit: "u")
  @source(name: "good", http: {{ baseURL: "{upstream.url("/v1")}" }})
  @source(name: "far", http: {{ baseURL: "http://{{$config.host}}" }})
type Query {{ a: String @connect(source: "good", http: {{ GET: "/a" }}, selection: "$.a") }}
"""
        good = tmp_path / "m.graphql"
        good.write_text(sdl, "utf-8")
        ended = await asyncio.to_thread(paifang, "doctor", str(good))
        failing = await asyncio.to_thread(
            paifang, "doctor", str(good), "--config", f"host=127.0.0.1:{free_port()}"
        )
    assert ended.code == ExitCode.OK, ended.out + ended.err
    assert "ok    m/good" in ended.out
    assert "skip  m/far" in ended.out
    assert failing.code == ExitCode.PROBLEMS
    assert "FAIL  m/far" in failing.out
    assert "is the service running" in failing.out


async def test_a_redis_that_is_set_is_tried_and_its_password_is_not_shown(
    paifang: Command, redis_server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "empty.graphql"
    module.write_text("type Query { a: Int @value(const: 1) }")
    monkeypatch.setenv("PAIFANG_REDIS_URL", redis_server.url)
    well = await asyncio.to_thread(paifang, "doctor", str(module))
    assert (well.code, f"ok    redis  {redis_server.url}  answers" in well.out) == (0, True)

    monkeypatch.setenv("PAIFANG_REDIS_URL", redis_server.url.replace("//", "//:hunter2@"))
    refused = await asyncio.to_thread(paifang, "doctor", str(module))
    assert (refused.code, "warn  redis  redis://***@127.0.0.1" in refused.out) == (0, True)
    assert "hunter2" not in refused.out + refused.err

    redis_server.kill()
    away = await asyncio.to_thread(paifang, "doctor", str(module))
    assert (away.code, "requests go on without it" in away.out) == (0, True)
