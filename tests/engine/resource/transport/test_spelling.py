"""What is refused is what an HTTP client would rewrite."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyreqwest.http import Url

from engine.resource.template import IN_PATH, IN_QUERY
from engine.resource.transport.spelling import end_of_origin, find_rewritten, target_of

targets = st.one_of(
    st.text(alphabet="/.%2eE?ab", max_size=12),
    st.text(max_size=8),
    st.text(alphabet=st.characters(max_codepoint=127), max_size=12),
).map(lambda text: f"/{text}")


@given(targets)
def test_what_is_accepted_is_unchanged_in_the_url_parser_of_the_default_transport(target: str) -> None:
    url = f"http://api.test{target}"
    refusal = find_rewritten(target)

    if refusal is None:
        assert url[: end_of_origin(url)] == "http://api.test"
        assert target_of(url) == target
        assert str(Url(url)) == url
    else:
        with pytest.raises(ValueError, match="write") as caught:
            end_of_origin(url)
        assert str(caught.value) == refusal


def test_every_letter_that_a_template_may_have_is_sent_as_it_is() -> None:
    assert [f"/a{letter}b" for letter in sorted(IN_PATH) if find_rewritten(f"/a{letter}b")] == []
    assert [f"/?a{letter}b" for letter in sorted(IN_QUERY) if find_rewritten(f"/?a{letter}b")] == []


@pytest.mark.parametrize(
    ("target", "advice"),
    [
        ("/a b", "write %20"),
        ("/é", "write %C3%A9"),
        ("/a?q='x'", "write %27"),
        ("/a\\b", "write %5C"),
        ("/a#b", "write %23"),
        ("/a/../b", "write the path it stands for"),
        ("/\udc80", "write %ED%B2%80"),
    ],
)
def test_the_refusal_says_how_to_write_it(target: str, advice: str) -> None:
    assert advice in (find_rewritten(target) or "")


@pytest.mark.parametrize("url", ["", "/path", "ftp://h/", "http://", "http:///x", "HTTP://h/", "http://h\\x"])
def test_a_url_without_an_origin_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"\."):
        end_of_origin(url)
