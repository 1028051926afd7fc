"""URLs and headers: what may be written, what values may do, and what they may never do."""

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.resource.template import (
    NULL_URL,
    MappingError,
    NullUrl,
    TemplateSyntaxError,
    parse_header_template,
    parse_url_template,
)

BASE = "http://127.0.0.1:9001/v1"


def fill(template: str, base: str = BASE, **variables: object) -> str | NullUrl:
    url = parse_url_template(template, relative=True).join(parse_url_template(base, relative=False))
    return url.compile()({f"${name}": value for name, value in variables.items()})


# -- joining -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "path", "expected"),
    [
        ("http://h/v1", "/a", "http://h/v1/a"),
        ("http://h/v1/", "/a", "http://h/v1/a"),
        ("http://h", "/a/", "http://h/a/"),
        ("http://h/", "", "http://h/"),
        ("http://h", "", "http://h/"),
        ("http://h/v1/", "", "http://h/v1/"),
        ("http://h/v1", "?a=1", "http://h/v1?a=1"),
        ("http://h/v1?k=1", "/a", "http://h/v1/a?k=1"),
        ("http://h/v1?k=1", "/a?b=2", "http://h/v1/a?k=1&b=2"),
        ("http://h/v1", "https://other:8443/x?y=1", "https://other:8443/x?y=1"),
        ("http://[::1]:80", "/a", "http://[::1]:80/a"),
        ("http://h/(S(x))/a:b@c;d=1,2!$&'*+~", "/e", "http://h/(S(x))/a:b@c;d=1,2!$&'*+~/e"),
        ("http://h/a%20b%2F", "/c", "http://h/a%20b%2F/c"),
        ("http://h", "/a?b[]=1".replace("[]", "%5B%5D"), "http://h/a?b%5B%5D=1"),
        ("http://h", "/a?u=http://x/y?z", "http://h/a?u=http://x/y?z"),
    ],
)
def test_a_path_is_put_below_its_base_as_written(base: str, path: str, expected: str) -> None:
    assert fill(path, base) == expected


def test_variables_of_both_parts_are_known_with_their_places() -> None:
    url = parse_url_template("/u/{$this.id}?q={$args.q->upper}", relative=True).join(
        parse_url_template("http://{$config.host}/v", relative=False)
    )

    assert [(use.name, use.path) for use in url.variables] == [
        ("$config", ("host",)),
        ("$this", ("id",)),
        ("$args", ("q",)),
    ]
    assert url.host_is_variable
    assert url.variables[2].column == 18


# -- values ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("V3-x", "V3-x"),
        ("~-_.a", "~-_.a"),
        ("a b", "a%20b"),
        ("a/b?c#d", "a%2Fb%3Fc%23d"),
        ("../x", "..%2Fx"),
        ("%2e%2e", "%252e%252e"),
        ("a\r\nHost: evil", "a%0D%0AHost%3A%20evil"),
        ("\0", "%00"),
        ("\\", "%5C"),
        ("é😀订单", "%C3%A9%F0%9F%98%80%E8%AE%A2%E5%8D%95"),
        ("a&b=c+d", "a%26b%3Dc%2Bd"),
        (True, "true"),
        (False, "false"),
        (12, "12"),
        (1.0, "1.0"),
        (1e21, "1e%2B21"),
        (18446744073709551615, "18446744073709551615"),
    ],
)
def test_a_value_is_encoded_so_that_it_stays_one_segment_and_one_parameter(value: object, text: str) -> None:
    assert fill("/u/{$args.v}/x?q={$args.v}&z=1", args={"v": value}) == f"{BASE}/u/{text}/x?q={text}&z=1"


@pytest.mark.parametrize("value", [[1], [], {"a": 1}])
@pytest.mark.parametrize("template", ["/u/{$args.v}", "/u?q={$args.v}"])
def test_a_list_or_object_is_a_mapping_error(value: object, template: str) -> None:
    with pytest.raises(MappingError, match="joinNotNull"):
        fill(template, args={"v": value})


def test_a_list_is_joined_where_the_template_says_so() -> None:
    assert (
        fill("/u?ids={$batch.id->joinNotNull(',')}", batch=[{"id": 1}, {"id": "b c"}])
        == f"{BASE}/u?ids=1%2Cb%20c"
    )


def test_a_method_that_refuses_its_value_is_a_mapping_error_that_keeps_the_value_to_itself() -> None:
    with pytest.raises(MappingError, match="->upper needs a string, not a number") as refusal:
        fill("/u/{$args.v->upper}", args={"v": 4711})

    assert "4711" not in str(refusal.value)


@pytest.mark.parametrize("args", [{}, {"v": None}])
def test_null_in_a_query_is_the_empty_string(args: object) -> None:
    assert fill("/u?q={$args.v}&z=1", args=args) == f"{BASE}/u?q=&z=1"


@pytest.mark.parametrize(
    "template", ["/u/{$args.v}", "/{$args.v}/x", "/u/.{$args.v}", "/u/{$args.v}{$args.w}"]
)
@pytest.mark.parametrize("args", [{}, {"v": None}])
def test_null_that_leaves_no_segment_makes_no_call(template: str, args: object) -> None:
    assert fill(template, args=args) is NULL_URL


def test_null_beside_text_in_a_segment_is_the_empty_string() -> None:
    assert fill("/u/x-{$args.v}", args={"v": None}) == f"{BASE}/u/x-"


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("/u/{$args.v}", ""),
        ("/u/{$args.v}", "."),
        ("/u/{$args.v}", ".."),
        ("/{$args.v}/x", ".."),
        ("/u/.{$args.v}", "."),
        ("/u/%2e{$args.v}", "."),
        ("/u/{$args.v}%2E", "."),
        ("/u/{$args.v}%2E", ""),
        ("/u/{$args.v}{$args.v}", "."),
    ],
)
def test_a_value_that_makes_a_segment_empty_or_dots_is_a_mapping_error(template: str, value: str) -> None:
    with pytest.raises(MappingError, match="path segment"):
        fill(template, args={"v": value})


def test_half_a_surrogate_pair_is_a_mapping_error() -> None:
    with pytest.raises(MappingError, match="surrogates"):
        fill("/u/{$args.v}", args={"v": "\ud800"})


@given(value=st.text(), other=st.text())
def test_no_value_changes_the_number_of_segments_or_parameters(value: str, other: str) -> None:
    try:
        url = fill("/u/{$args.v}/x-{$args.w}?p={$args.v}&q={$args.w}", args={"v": value, "w": other})
    except MappingError:
        assert value in ("", ".", "..")
        return

    assert isinstance(url, str)
    assert url.isascii()
    parts = urlsplit(url)
    assert parts.netloc == "127.0.0.1:9001"
    assert [unquote(segment) for segment in parts.path.split("/")] == ["", "v1", "u", value, f"x-{other}"]
    assert [unquote(pair.split("=")[1]) for pair in parts.query.split("&")] == [value, other]


# -- hosts -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["api.example", "api.example:8443", "[::1]:80", "10.0.0.1"])
def test_a_host_may_come_from_config(host: str) -> None:
    assert fill("/a", "https://{$config.h}/v1", config={"h": host}) == f"https://{host}/v1/a"


@pytest.mark.parametrize(
    "host", ["", None, "evil/x", "a@b", "a?b", "a#b", "A.B", "a b", "h:0", "h:70000", "é", "a\r\n", "."]
)
def test_a_host_from_config_that_is_no_host_is_a_mapping_error(host: object) -> None:
    with pytest.raises(MappingError, match="host"):
        fill("/a", "https://{$config.h}/v1", config={"h": host})


# -- refusals of text --------------------------------------------------------------------------------

REFUSED = [
    ("/a b", 3, "write ' ' as %20"),
    ("/é", 2, "write 'é' as %C3%A9"),
    ("/a\\b", 3, r"write '\\' as %5C"),
    ("/a\tb", 3, "%09"),
    ("/a\r\n", 3, "%0D"),
    ("/a|b", 3, "%7C"),
    ("/a?x='", 6, "%27"),
    ("/a?x=[]", 6, "%5B"),
    ("/a#b", 3, "%23"),
    ("/a?b#c", 5, "%23"),
    ("/%zz", 2, "%25"),
    ("/%2", 2, "%25"),
    ("/%{$args.a}", 2, "%25"),
    ("/a}", 3, "%7D"),
    ("/{$args.a", 2, "%7B"),
    ("/{$args.a->eq('}')", 2, "never closed"),
    ("/a/../b", 4, "no '.' or '..'"),
    ("/..", 2, "no '.' or '..'"),
    ("/./b", 2, "no '.' or '..'"),
    ("/a/%2e%2E/b", 4, "no '.' or '..'"),
    ("/a/.%2e", 4, "no '.' or '..'"),
    ("//evil", 1, "one '/'"),
    ("/a//b", 3, "one '/'"),
    ("/a?", 3, "leave it out"),
    ("a", 1, "begin the path with '/'"),
    ("{$args.a}/b", 1, "begin the path with '/'"),
    ("/\0", 2, "NUL"),
    ("/{}", 3, "an expression is expected"),
    ("/{id}", 3, "start with a variable"),
    ("/{$.id}", 3, "start with a variable"),
    ("/{$env.X}", 3, "there is no $env"),
    ("/a/{$args.x->uper}", 14, "did you mean ->upper"),
    ("ftp://h/", 1, "http or https"),
    ("HTTP://h/", 1, "http or https"),
    ("http://u:p@h/", 8, "no user name"),
    ("http://H/", 8, "lower case"),
    ("http://h:99999/", 8, "host name"),
    ("http://h:0/", 8, "host name"),
    ("http:///x", 8, "host name"),
    ("http://中.cn/", 8, "xn--"),
    ("http://h%20/", 8, "host name"),
    ("http://{$args.h}/", 8, "$config alone"),
    ("http://{$(1)}/", 8, "$config alone"),
    ("http://a{$config.h}/", 8, "host name"),
    ("http://{$config.h}{$config.i}/", 8, "host name"),
    ("http://{$config.h}.example/", 8, "host name"),
]


@pytest.mark.parametrize(("text", "column", "message"), REFUSED)
def test_text_that_would_not_reach_the_wire_as_written_is_refused(
    text: str, column: int, message: str
) -> None:
    with pytest.raises(TemplateSyntaxError) as refusal:
        parse_url_template(text, relative=True)

    assert message in refusal.value.message
    assert (refusal.value.line, refusal.value.column) == (1, column)


def test_a_port_is_written_or_read_from_config_but_not_both() -> None:
    assert fill("/a", "http://{$config.h}:81", config={"h": "h"}) == "http://h:81/a"
    with pytest.raises(MappingError, match="host"):
        fill("/a", "http://{$config.h}:81", config={"h": "h:82"})


def test_a_base_url_is_absolute() -> None:
    with pytest.raises(TemplateSyntaxError, match="beginning with http"):
        parse_url_template("/v1", relative=False)


def test_braces_in_the_strings_of_an_expression_are_text() -> None:
    assert fill("/u?q={$args.v->replace('{', '}')}", args={"v": "a{b"}) == f"{BASE}/u?q=a%7Db"


# -- headers -----------------------------------------------------------------------------------------


def header(template: str, **variables: object) -> str | None:
    return parse_header_template(template).compile()({f"${name}": value for name, value in variables.items()})


def test_a_header_takes_values_as_they_are() -> None:
    assert header("Bearer {$config.t}", config={"t": "a b%20é"}) == "Bearer a b%20é"
    assert header("{$args.n}", args={"n": 1.5}) == "1.5"


def test_a_header_whose_whole_value_is_null_is_not_sent() -> None:
    assert header("{$args.v}", args={"v": None}) is None
    assert header("{$args.v}", args={}) is None
    assert header("v={$args.v}", args={}) == "v="


@pytest.mark.parametrize(
    "value", ["a\r\nX: y", "a\nb", "a\rb", "a\0b", "日本", "a\x7f", "\x85", ["a"], {"a": 1}]
)
def test_a_header_value_that_could_break_the_request_is_a_mapping_error(value: object) -> None:
    with pytest.raises(MappingError):
        header("x-{$args.v}", args={"v": value})


@pytest.mark.parametrize(
    ("text", "column"), [("a\nb", 2), ("日", 1), (" a", 1), ("a ", 1), ("a{$args.x}é\0", 12), ("a {x}", 4)]
)
def test_header_text_that_cannot_be_sent_is_refused(text: str, column: int) -> None:
    with pytest.raises(TemplateSyntaxError) as refusal:
        parse_header_template(text)

    assert refusal.value.column == column
