"""Measure servers that answer GraphQL over HTTP: all started together, asked in turn."""

import json
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.debian import Program, find_program
from bench.load import Load, drive, refuse_failures
from bench.model import BenchFailure, Peer, Run, Sample, Site
from bench.npm import install_packages, node_program
from bench.processes import Server, free_port, running
from bench.upstream import Upstream, serving_upstream

_CHECKED = 20  # questions of a case that every server must answer rightly before it is measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request and the `data` of its only right answer."""

    query: str
    data: dict[str, object]
    variables: dict[str, object] | None = None

    @property
    def body(self) -> str:
        document: dict[str, object] = {"query": self.query}
        if self.variables is not None:
            document["variables"] = self.variables
        return json.dumps(document)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A row of questions under one name; wrk asks them in a circle."""

    name: str
    questions: Sequence[Question]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    """A started peer."""

    peer: Peer
    server: Server
    port: int

    def url(self, case: Case) -> str:
        return f"http://127.0.0.1:{self.port}{self.peer.path.format(case=case.name)}"


def measure_http(run: Run, cases: Sequence[Case]) -> list[Sample]:
    """Check, warm and measure every chosen peer on every case, alternating between the peers."""
    wrk, nginx = find_program("wrk", run.cache), find_program("nginx", run.cache)
    node_modules = install_packages(run.cache) if any(peer.from_npm for peer in run.peers) else run.cache
    bodies = _write_cases(run.scratch, cases)
    with ExitStack() as stack:
        upstream = stack.enter_context(serving_upstream(nginx, run.scratch))
        subjects = [
            stack.enter_context(_started(peer, run.scratch, upstream.url, node_modules, cases[0]))
            for peer in run.peers
        ]
        bench = _Bench(run=run, wrk=wrk, upstream=upstream, bodies=bodies)
        sizes = {
            (subject.peer.name, case.name): bench.warm(subject, case)
            for subject in subjects
            for case in cases
        }
        samples: list[Sample] = []
        for number in range(run.pace.rounds):
            run.say(f"  round {number + 1} of {run.pace.rounds}")
            order = subjects if number % 2 == 0 else subjects[::-1]  # nobody always follows the same one
            for case in cases:
                samples += [bench.sample(one, case, sizes[one.peer.name, case.name]) for one in order]
        return samples


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bench:
    run: Run
    wrk: Program
    upstream: Upstream
    bodies: Path

    def warm(self, subject: _Subject, case: Case) -> float:
        """Check the answers, then let caches and compilers settle; gives the mean size of a right answer."""
        self.run.say(f"  {subject.peer.name}: {case.name}")
        size = check_answers(subject.peer.name, subject.url(case), case)
        self._drive(subject, case, seconds=self.run.pace.warmup_seconds)
        return size

    def sample(self, subject: _Subject, case: Case, answer_bytes: float) -> Sample:
        """One measurement: from an idle server to an idle server."""
        calls, cpu_s = self.upstream.calls(), subject.server.cpu_s()
        load = self._drive(subject, case, seconds=self.run.pace.seconds)
        connections = subject.peer.connections
        refuse_failures(load, subject.peer.name, answer_bytes=answer_bytes, connections=connections)
        begun = load.requests + connections  # wrk leaves one request on each connection
        return Sample(
            case=case.name,
            server=subject.peer.name,
            unit="requests/s",
            value=load.requests_per_s,
            p99_ms=load.p99_ms,
            cpu_us=(subject.server.cpu_s() - cpu_s) / begun * 1_000_000,
            upstream_calls=(self.upstream.calls() - calls - 1) / begun,
        )

    def _drive(self, subject: _Subject, case: Case, *, seconds: int) -> Load:
        bodies = self.bodies / f"{case.name}.bodies"
        load = drive(
            self.wrk,
            subject.url(case),
            bodies,
            connections=subject.peer.connections,
            seconds=max(seconds, subject.peer.least_seconds),
        )
        subject.server.wait_until_idle()
        return load


def check_answers(server: str, url: str, case: Case) -> float:
    """Raise BenchFailure unless the server answers rightly; gives the mean size of its answers in bytes."""
    asked = case.questions[:: max(1, len(case.questions) // _CHECKED)]
    with httpx.Client(trust_env=False, timeout=30, headers={"content-type": "application/json"}) as client:
        try:
            answers = [client.post(url, content=question.body) for question in asked]
        except httpx.TransportError as error:
            raise BenchFailure(f"{server} did not answer {case.name}: {error!r}") from error
    for question, answer in zip(asked, answers, strict=True):
        if not _is_right(answer, question):
            raise BenchFailure(
                f"{server} answers {case.name} wrongly (HTTP {answer.status_code}): {question.body}\n"
                f"  wanted {json.dumps({'data': question.data})[:300]}\n  got    {answer.text[:300]}"
            )
    return sum(len(answer.content) for answer in answers) / len(answers)


def _is_right(answer: httpx.Response, question: Question) -> bool:
    try:
        document: object = answer.json()
    except ValueError:
        return False
    return answer.status_code == 200 and document == {"data": question.data}


def _write_cases(scratch: Path, cases: Sequence[Case]) -> Path:
    folder = scratch / "cases"
    folder.mkdir()
    for case in cases:
        (folder / f"{case.name}.bodies").write_text("".join(f"{one.body}\n" for one in case.questions))
        answer = json.dumps({"data": case.questions[0].data}, separators=(",", ":"))
        (folder / f"{case.name}.json").write_text(answer)
    return folder


@contextmanager
def _started(
    peer: Peer, scratch: Path, upstream_url: str, node_modules: Path, case: Case
) -> Generator[_Subject]:
    own = scratch / peer.name
    own.mkdir()
    port = free_port()
    launch = peer.launch(
        Site(
            port=port,
            upstream_url=upstream_url,
            scratch=own,
            answers=scratch / "cases",
            node=node_program(),
            node_modules=node_modules,
        )
    )
    with running(peer.name, launch.command, env=launch.env, log=scratch / f"{peer.name}.log") as server:
        subject = _Subject(peer=peer, server=server, port=port)
        server.wait_until_answers(subject.url(case))
        yield subject
