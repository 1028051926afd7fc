"""The tables of workloads and peers agree with each other and with the files they name."""

import json
from pathlib import Path

import pytest
from graphql import parse

from bench.__main__ import main
from bench.model import BenchFailure, Site
from bench.peers import PEERS
from bench.peers.configured import place_configuration
from bench.posts import listed_posts, picked, post_of, user_of
from bench.upstream import nginx_config
from bench.workloads import WORKLOADS

_BENCH = Path(__file__).parents[2] / "bench"


def _site(scratch: Path) -> Site:
    return Site(
        port=4711,
        upstream_url="http://127.0.0.1:4712",
        scratch=scratch,
        answers=scratch,
        node=Path("/node"),
        node_modules=Path("/node_modules"),
    )


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_workload_names_known_peers_and_its_gates_only_its_own(name: str) -> None:
    workload = WORKLOADS[name]

    assert set(workload.peers) <= set(PEERS)
    assert {gate.peer for gate in workload.gates if gate.peer} <= {*workload.peers, *workload.beside}


@pytest.mark.parametrize("name", PEERS)
def test_every_peer_says_how_it_is_started(name: str, tmp_path: Path) -> None:
    launch = PEERS[name].launch(_site(tmp_path))

    assert "4711" in f"{launch.command} {dict(launch.env)} {[one.read_text() for one in tmp_path.iterdir()]}"


@pytest.mark.parametrize("source", ["resources/posts.graphql", "peers/tailcall.graphql"])
def test_configurations_are_graphql_and_point_at_the_running_upstream(source: str, tmp_path: Path) -> None:
    placed = place_configuration(_BENCH / source, _site(tmp_path)).read_text()

    assert parse(placed).definitions
    assert "http://127.0.0.1:4712" in placed
    assert "3900" not in placed


def test_a_configuration_without_the_upstream_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "other.graphql"
    source.write_text('directive @source(url: String = "http://127.0.0.1:80") on SCHEMA')

    with pytest.raises(BenchFailure, match="does not name"):
        place_configuration(source, _site(tmp_path))


def test_nginx_serves_what_the_checks_expect(tmp_path: Path) -> None:
    config = nginx_config(tmp_path, port=1)
    served = [line.split("'")[1].replace("$1", "42") for line in config.splitlines() if "return 200" in line]

    assert [json.loads(one) for one in served] == [post_of(42, user=42), {"id": 42, "likes": 7}, user_of(42)]


def test_the_benchmark_has_100_posts_by_10_users_and_13_kilobytes() -> None:
    posts = listed_posts()
    with_users = [
        picked(one, "id", "userId", "title") | {"user": picked(user_of(1), "id", "name", "email")}
        for one in posts
    ]

    assert len(posts) == 100
    assert len({one["userId"] for one in posts}) == 10
    assert 12_000 < len(json.dumps({"data": {"posts": with_users}}, separators=(",", ":"))) < 14_000


def test_the_locked_packages_name_no_registry() -> None:
    assert '"resolved"' not in (_BENCH / "package-lock.json").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--workload", "w99"], "no workload w99; there are w1"),
        (["--peers", "tailcall,nobody"], "no peer nobody; there are paifang"),
        (["--gate", "--peers", "tailcall"], "--gate judges paifang"),
    ],
)
def test_a_choice_that_cannot_be_measured_is_refused(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)

    assert message in capsys.readouterr().err
