"""`paifang diff`: files beside what is published, versions beside each other, 1 where what is used breaks."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gateway.cli.failure import ExitCode
from tests.gateway.cli.conftest import Command
from tests.gateway.cli.test_check import MISSPELT, shop_of, write
from tests.servers.gateway import Gateway, serve_gateway


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serve_gateway(tmp_path_factory.mktemp("shop")) as gateway:
        yield gateway


def test_a_file_is_compared_with_what_is_published(paifang: Command, shop: Gateway, tmp_path: Path) -> None:
    (file,) = write(tmp_path, differs=shop_of("differs"))
    assert paifang("publish", file, "--url", shop.url).code == ExitCode.OK
    text = Path(file).read_text("utf-8")
    Path(file).write_text(text.replace("differs(id: ID!)", "differs(id: ID!, at: ID!)"))

    unused = paifang("diff", file, "--url", shop.url)
    assert (unused.code, unused.out) == (
        ExitCode.OK,
        "BREAKING  Query.differs(at:): A required argument Query.differs(at:) was added.\n",
    )

    query = {"query": 'query Screen { differs(id: "1") { __typename } }'}
    httpx.post(f"{shop.url}/graphql", json=query, headers={"x-client-name": "app"}, trust_env=False)
    used = paifang("diff", file, "--url", shop.url)
    assert used.code == ExitCode.PROBLEMS
    assert "    used by operation Screen (" in used.out
    assert "keep the old beside the new" in used.err


def test_versions_are_compared_by_number(paifang: Command, shop: Gateway, tmp_path: Path) -> None:
    (file,) = write(tmp_path, twice=shop_of("twice"))
    assert paifang("publish", file, "--url", shop.url).code == ExitCode.OK
    text = Path(file).read_text("utf-8")
    Path(file).write_text(text.replace("twice(id: ID!)", "twice(id: ID!, at: ID)"))
    assert paifang("publish", file, "--url", shop.url).code == ExitCode.OK

    ended = paifang("diff", "twice", "--from", "1", "--url", shop.url)
    assert (ended.code, ended.out.split(":")[0]) == (ExitCode.OK, "DANGEROUS Query.twice(at")
    assert "no version 9" in paifang("diff", "twice", "--from", "9", "--url", shop.url).err
    assert "no module none" in paifang("diff", "none", "--from", "1", "--url", shop.url).err


def test_a_file_that_does_not_compose_is_told_as_check_tells_it(
    paifang: Command, shop: Gateway, tmp_path: Path
) -> None:
    (file,) = write(tmp_path, broken=shop_of("broken", MISSPELT))
    ended = paifang("diff", file, "--url", shop.url)
    assert ended.code == ExitCode.PROBLEMS
    assert f"{file}:7:" in ended.out
