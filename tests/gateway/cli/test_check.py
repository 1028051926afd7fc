"""`paifang check`: all problems of all files at once, sorted by place, and an exit code to rely on."""

from pathlib import Path

from gateway.cli.failure import ExitCode
from tests.gateway.cli.conftest import Command
from tests.servers.gateway import Gateway

SHOP = """extend schema
  @owner(unit: "shop")
  @source(name: "shop", http: { baseURL: "http://shop.test" })

type Query {
  item(id: ID!): Item
    @connect(source: "shop", id: "items.get", http: { GET: "/items/{$args.id}" }, selection: "id title")
}

type Item {
  id: ID!
  title: String
}
"""
MISSPELT = SHOP.replace('"id title"', '"id titel"')


def shop_of(item: str, sdl: str = SHOP) -> str:
    """The module with names of its own, for a gateway that serves several."""
    return sdl.replace("item", item).replace("Item", item.title())


def write(folder: Path, **modules: str) -> list[str]:
    for name, sdl in modules.items():
        (folder / f"{name}.graphql").write_text(sdl, "utf-8")
    return [str(folder / f"{name}.graphql") for name in modules]


def test_a_good_module_can_be_published(paifang: Command, tmp_path: Path) -> None:
    ended = paifang("check", *write(tmp_path, shop=SHOP))
    assert (ended.code, ended.out) == (ExitCode.OK, "1 module can be published\n")


def test_a_private_address_is_a_warning_as_a_gateway_may_be_allowed_to_call_it(
    paifang: Command, tmp_path: Path
) -> None:
    [shop] = write(tmp_path, shop=SHOP.replace("shop.test", "127.0.0.1:9"))
    ended = paifang("check", shop)
    warning, last = ended.out.splitlines()
    assert warning.startswith(f"{shop}:3:42 EGRESS_BLOCKED warning: ")
    assert (ended.code, last) == (ExitCode.OK, "1 module can be published")


def test_an_address_that_no_gateway_may_call_is_an_error(paifang: Command, tmp_path: Path) -> None:
    ended = paifang("check", *write(tmp_path, shop=SHOP.replace("shop.test", "127.1")))
    assert " EGRESS_BLOCKED error: " in ended.out
    assert ended.code == ExitCode.PROBLEMS


def test_problems_of_all_files_come_at_once_with_file_line_and_column(
    paifang: Command, tmp_path: Path
) -> None:
    stock = 'extend schema @owner(unit: "stock")\nextend type Itm { stock: Int @value(const: 1) }\n'
    shop, other = write(tmp_path, shop=MISSPELT, stock=stock)
    ended = paifang("check", shop, other)
    assert ended.code == ExitCode.PROBLEMS
    lines = ended.out.splitlines()
    assert any(line.startswith(f"{shop}:7:") and "titel" in line for line in lines), lines
    assert any(line.startswith(f"{other}:2:") and "(Did you mean 'Item'" in line for line in lines), lines
    assert all(" error: " in line for line in lines)
    assert ended.err.splitlines()[-1].startswith("next: correct them")


def test_files_that_do_not_parse_are_all_named(paifang: Command, tmp_path: Path) -> None:
    one, two = write(tmp_path, one="type Query {", two="tipe A { b: Int }")
    ended = paifang("check", one, two)
    assert ended.code == ExitCode.PROBLEMS
    assert [line.split()[:2] for line in ended.out.splitlines()] == [
        [f"{one}:1:13", "SYNTAX"],
        [f"{two}:1:1", "SYNTAX"],
    ]


def test_a_folder_means_its_files(paifang: Command, tmp_path: Path) -> None:
    write(tmp_path, shop=SHOP)
    assert "1 module can" in paifang("check", str(tmp_path)).out
    refused = paifang("check", str(tmp_path / "nowhere.graphql"))
    assert (refused.code, refused.out) == (ExitCode.USAGE, "")
    assert "cannot read" in refused.err


def test_two_files_of_one_name_are_refused(paifang: Command, tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
        write(tmp_path / name, shop=SHOP)
    ended = paifang("check", str(tmp_path / "a"), str(tmp_path / "b"))
    assert ended.code == ExitCode.USAGE
    assert "are both the module shop" in ended.err


def test_a_gateway_checks_against_what_it_serves(paifang: Command, gateway: Gateway, tmp_path: Path) -> None:
    token = paifang("token", "--role", "publisher", "--unit", "shop", "--data", str(gateway.data)).out.strip()
    (file,) = write(tmp_path, checked=shop_of("checked", MISSPELT))
    ended = paifang("check", file, "--url", gateway.url, "--token", token)
    assert ended.code == ExitCode.PROBLEMS
    assert f"{file}:7:" in ended.out
    write(tmp_path, checked=shop_of("checked"))
    good = paifang("check", file, "--url", gateway.url, "--token", token)
    assert good.code == ExitCode.OK
    assert f"{file} change: " in good.out
