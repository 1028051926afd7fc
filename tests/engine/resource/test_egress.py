"""No spelling of a private address passes; public ones and what the operator allowed do."""

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.problem import Severity
from engine.resource.calls import EGRESS_BLOCKED, UPSTREAM_UNREACHABLE, CallFailed
from engine.resource.egress import ADDRESS_TTL_S, EgressGuard, ResolvedAddress, parse_egress_allow
from engine.resource.networks import FORBIDDEN_V4, is_forbidden, parse_address


def guard(allow: str = "", *, answers: Sequence[str] = ("93.184.216.34",)) -> EgressGuard:
    async def resolver(_host: str, _port: int) -> Sequence[str]:
        return answers

    return EgressGuard(parse_egress_allow(allow), resolver, clock=lambda: 1000.0)


def resolve(
    egress: EgressGuard, host: str = "api.test", *, source: str = "s", port: int = 80
) -> ResolvedAddress:
    return asyncio.run(egress.resolve(source, host, port))


def blocked(egress: EgressGuard, host: str = "api.test", *, source: str = "s", port: int = 80) -> bool:
    with pytest.raises(CallFailed) as caught:
        resolve(egress, host, source=source, port=port)
    assert not caught.value.retryable
    return caught.value.code == EGRESS_BLOCKED


# --- S6 at registration


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/",
        "http://100.100.100.200/",
        "http://168.63.129.16/",
        "http://127.0.0.1/",
        "http://127.1/",
        "http://127.0.1/",
        "http://0x7f000001/",
        "http://0X7F.1/",
        "http://0x7f.0.0.1/",
        "http://0177.0.0.1/",
        "http://017700000001/",
        "http://2130706433/",
        "http://127.0.0.01/",
        "http://127.0.0.1./",
        "http://127.0.0.0x1/",
        "http://api.test.1/",
        "http://[::1]/",
        "http://[::]/",
        "http://[0:0:0:0:0:0:0:1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[::127.0.0.1]/",
        "http://[64:ff9b::a00:1]/",
        "http://[64:ff9b:1::808:808]/",
        "http://[2002:a00:1::]/",
        "http://[2001:0:5ef5:79fd:0:59d:a0e5:ba1]/",
        "http://[fe80::1]/",
        "http://[fe80::1%25eth0]/",
        "http://[fe80::1%eth0]/",
        "http://[2606:4700::1111%25lo]/",
        "http://[fec0::1]/",
        "http://[fc00::1]/",
        "http://[ff02::1]/",
        "http://[4000::1]/",
        "http://[v1.x]/",
        "http://[127.0.0.1]/",
        "http://0.0.0.0/",
        "http://0/",
        "http://10.0.0.1:8080/",
        "http://user@93.184.216.34/",
        "http://user:secret@api.test/",
        "http://api.test@127.0.0.1/",
        "http://api.test./",
        "http://bücher.example/",
        "http://１２７.0.0.1/",
        "http://127。0。0。1/",
        "http://ⓛocalhost/",
        "http://%31%32%37.0.0.1/",
        "http://api.test\\@127.0.0.1/",
        "http://api.test%00.example/",
        "http://api .test/",
        "http://api.test\t/",
        "http://api..test/",
        "http://-api.test/",
        "http:///path",
        "http://:80/",
        "http://api.test:0/",
        "http://api.test:65536/",
        "http://api.test:080/",
        "http://api.test:/",
        "http://api.test:80:90/",
        "http://[::1",
        "http://" + "a" * 64 + ".test/",
        "http://" + "a." * 127 + "test/",
        "//127.0.0.1/",
        "http:/127.0.0.1/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "ftp://api.test/",
        "unix:/run/x.sock",
        "",
    ],
)
def test_s6_a_url_that_may_lead_inside_is_refused_at_registration(url: str) -> None:
    problem = guard().check_literal(url)

    assert problem is not None
    assert problem.code == EGRESS_BLOCKED
    assert "secret" not in problem.message


@pytest.mark.parametrize(
    "url",
    [
        "http://api.test",
        "https://API.Test:8443/v1?x=1",
        "https://xn--bcher-kva.example/",
        "http://a_b.internal/",
        "http://93.184.216.34/",
        "http://[2606:4700::1111]:8080/",
        "http://[::ffff:93.184.216.34]/",
        "http://1e100.net/",
        "http://0x7f.example/",
        "http://127.0.0.1.example/",
    ],
)
def test_a_public_or_yet_unresolved_host_passes_registration(url: str) -> None:
    assert guard().check_literal(url) is None


# --- S6 at connect


def test_a_public_name_is_resolved_to_an_address_for_a_while() -> None:
    resolved = resolve(guard(answers=["93.184.216.34", "2606:4700::1111", "93.184.216.34"]))

    assert (resolved.address, resolved.others) == ("93.184.216.34", ("2606:4700::1111",))
    assert resolved.expires_at == 1000.0 + ADDRESS_TTL_S


@pytest.mark.parametrize(
    "answers",
    [
        ["127.0.0.1"],
        ["93.184.216.34", "10.0.0.1"],
        ["10.0.0.1", "93.184.216.34"],
        ["93.184.216.34", "::1"],
        ["2606:4700::1111", "::ffff:169.254.169.254"],
        ["fe80::1%eth0"],
        ["not an address"],
    ],
)
def test_s6_one_forbidden_address_forbids_the_name(answers: list[str]) -> None:
    assert blocked(guard(answers=answers))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "10.1.2.3", "::ffff:10.0.0.1"])
def test_s6_a_literal_is_judged_at_connect_too(host: str) -> None:
    assert blocked(guard(), host)


def test_a_name_without_address_is_unreachable() -> None:
    async def fails(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "secret resolver text")

    for egress in (guard(answers=[]), EgressGuard((), fails)):
        with pytest.raises(CallFailed) as caught:
            resolve(egress)
        assert (caught.value.code, caught.value.retryable) == (UPSTREAM_UNREACHABLE, True)
        assert "secret" not in caught.value.message


# --- what the operator allows


@pytest.mark.parametrize(
    ("allow", "url", "source"),
    [
        ("127.0.0.0/8", "http://127.0.0.1:9001/", "any"),
        ("127.0.0.0/8", "http://[::ffff:127.0.0.1]/", "any"),
        ("127.0.0.1", "http://127.0.0.1/", "any"),
        ("127.0.0.1:9001", "http://127.0.0.1:9001/", "any"),
        ("demo=127.0.0.1:9001", "http://127.0.0.1:9001/", "demo"),
        ("demo=127.0.0.1", "http://127.0.0.1/", "shop/demo"),
        ("shop/demo=127.0.0.1", "http://127.0.0.1/", "shop/demo"),
        ("::1", "http://[::1]/", "any"),
        ("[::1]:8080", "http://[::1]:8080/", "any"),
        ("fd00::/8", "http://[fd12::1]/", "any"),
        ("[fd00::/8]:443", "https://[fd12::1]/", "any"),
        ("::ffff:10.0.0.0/104", "http://10.1.2.3/", "any"),
        ("10.0.0.0/8, 192.168.0.0/16 ,", "http://192.168.1.1/", "any"),
        ("169.254.169.254", "http://169.254.169.254/", "any"),
        ("[fd00:ec2::254]:80", "http://[fd00:ec2::254]/", "any"),
    ],
)
def test_an_allowed_address_may_be_called(allow: str, url: str, source: str) -> None:
    assert guard(allow).check_literal(url, source=source) is None


@pytest.mark.parametrize(
    ("allow", "url", "source"),
    [
        ("127.0.0.0/8", "http://10.0.0.1/", "any"),
        ("127.0.0.1:9001", "http://127.0.0.1/", "any"),
        ("demo=127.0.0.1", "http://127.0.0.1/", "other"),
        ("demo=127.0.0.1", "http://127.0.0.1/", None),
        ("demo=127.0.0.1", "http://127.0.0.1/", "demo/other"),
        ("shop/demo=127.0.0.1", "http://127.0.0.1/", "other/demo"),
        ("shop/demo=127.0.0.1", "http://127.0.0.1/", "demo"),
        ("fd00::/8", "http://[fd00:ec2::254]/", "any"),
        ("169.254.0.0/16", "http://169.254.169.254/", "any"),
        ("0.0.0.0/0", "http://169.254.169.254/", "any"),
        ("0.0.0.0/0", "http://168.63.129.16/", "any"),
        ("::/0", "http://[64:ff9b::a9fe:a9fe]/", "any"),
        ("10.0.0.0/8", "http://[64:ff9b::a00:1]/", "any"),
    ],
)
def test_what_was_not_allowed_stays_refused(allow: str, url: str, source: str | None) -> None:
    assert guard(allow).check_literal(url, source=source) is not None


def test_a_host_may_be_allowed_by_name_but_never_to_reach_metadata() -> None:
    allow = "shop=shop.internal:8080"

    assert resolve(guard(allow, answers=["10.0.0.9"]), "shop.internal", source="shop", port=8080)
    assert blocked(guard(allow, answers=["10.0.0.9"]), "shop.internal", source="shop", port=80)
    assert blocked(guard(allow, answers=["10.0.0.9"]), "shop.internal", source="other", port=8080)
    assert blocked(guard(allow, answers=["10.0.0.9"]), "evil.internal", source="shop", port=8080)
    assert blocked(guard(allow, answers=["169.254.169.254"]), "shop.internal", source="shop", port=8080)


def test_where_the_rules_are_not_known_only_what_none_could_admit_is_an_error() -> None:
    egress = EgressGuard(None, None)

    assert [
        refused and refused.severity
        for refused in map(egress.check_literal, ["http://10.0.0.1/", "http://127.1/", "http://shop.test/"])
    ] == [Severity.WARNING, Severity.ERROR, None]


def test_behind_a_proxy_names_pass_unresolved_and_addresses_are_judged_as_ever() -> None:
    egress = guard("s=10.0.0.1", answers=[]).behind_proxy()

    assert resolve(egress, "shop.internal").address == "shop.internal"
    assert resolve(egress, "10.0.0.1").address == "10.0.0.1"
    assert blocked(egress, "10.0.0.2")


@pytest.mark.parametrize(
    "text",
    ["10.0.0.1/8", "=10.0.0.1", "a b", "10.0.0.0/33", "127.1", "host:port", "host:0", "[::1", "*.internal"],
)
def test_a_rule_that_cannot_be_read_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="egress rule"):
        parse_egress_allow(f"127.0.0.1,{text}")


def test_no_rules_are_read_from_nothing() -> None:
    assert parse_egress_allow("") == parse_egress_allow(" , ") == ()


# --- properties

private_v4 = st.sampled_from(FORBIDDEN_V4).flatmap(
    lambda network: st.integers(int(network.network_address), int(network.broadcast_address))
)


def v4_spellings(bits: int) -> list[str]:
    """Every way that inet_aton, or a generous URL parser, reads as this address."""
    a, b, c, d = bits.to_bytes(4, "big")
    dotted = f"{a}.{b}.{c}.{d}"
    numbers = [
        dotted,
        f"{bits}",
        f"0x{bits:x}",
        f"0X{bits:08X}",
        f"0{bits:o}",
        f"{a}.{bits & 0xFFFFFF}",
        f"{a}.{b}.{bits & 0xFFFF}",
        f"0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}",
        f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        f"{a:03}.{b:03}.{c:03}.{d:03}",
        f"{a}.{b}.0x{c:x}.0{d:o}",
    ]
    disguised = [
        dotted + ".",
        dotted.translate({ord("."): "。"}),
        "".join(chr(ord(digit) + 0xFEE0) if digit.isdigit() else digit for digit in dotted),
        "".join(f"%{ord(letter):02x}" for letter in dotted),
        f"user@{dotted}",
        f"api.test@{dotted}",
        f"[{dotted}]",
    ]
    return [*numbers, *disguised, *(f"[{text}]" for text in v6_spellings(bits))]


def v6_spellings(bits: int) -> list[str]:
    carriers = [
        0xFFFF << 32 | bits,
        bits,
        0x0064FF9B << 96 | bits,
        0x0064FF9B0001 << 80 | bits,
        0x2002 << 112 | bits << 80 | 1,
        0x20010000 << 96 | bits << 64 | 0x5DB8D822,
        0x20010000 << 96 | 0x5DB8D822 << 64 | (~bits & 0xFFFFFFFF),
    ]
    texts = [str(IPv6Address(carrier)) for carrier in carriers]
    return [*texts, *(IPv6Address(it).exploded.upper() for it in carriers), f"::ffff:{IPv4Address(bits)}"]


@given(bits=private_v4, data=st.data())
def test_no_spelling_of_a_private_address_passes(bits: int, data: st.DataObject) -> None:
    spelling = data.draw(st.sampled_from(v4_spellings(bits)))
    port = data.draw(st.sampled_from(["", ":80", ":8080"]))

    assert guard().check_literal(f"http://{spelling}{port}/x") is not None


@given(bits=private_v4, data=st.data())
def test_no_resolver_answer_for_a_private_address_passes(bits: int, data: st.DataObject) -> None:
    answer = data.draw(st.sampled_from([str(IPv4Address(bits)), *v6_spellings(bits)]))
    others = data.draw(st.lists(st.sampled_from(["93.184.216.34", "2606:4700::1111"]), max_size=3))
    answers = data.draw(st.permutations([answer, *others]))

    assert blocked(guard(answers=answers))


@given(host=st.text(alphabet="0123456789abcdefx.", min_size=1, max_size=15))
def test_whatever_the_system_reads_as_an_address_is_read_as_the_same_or_refused(host: str) -> None:
    try:
        system = IPv4Address(socket.inet_aton(host))
    except OSError:
        return
    refused = guard().check_literal(f"http://{host}/") is not None
    assert refused or parse_address(host) == system


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_the_version_4_table_forbids_all_that_is_not_global(address: IPv4Address) -> None:
    assert is_forbidden(address) or (address.is_global and not address.is_multicast)


@given(
    st.one_of(
        st.integers(0, 2**128 - 1),
        st.integers(0, 2**125 - 1).map(lambda bits: 1 << 125 | bits),
        st.integers(0, 2**100).map(lambda bits: 0x2001 << 112 | bits),
    ).map(IPv6Address)
)
def test_the_version_6_table_forbids_all_that_is_not_global(address: IPv6Address) -> None:
    assert is_forbidden(address) or (address.is_global and not address.is_multicast)


@pytest.mark.parametrize(
    "text", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "64:ff9b::5db8:d822", "2002:5db8:d822::1"]
)
def test_public_addresses_are_not_forbidden(text: str) -> None:
    assert not is_forbidden(ip_address(text))
