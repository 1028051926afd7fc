"""`accept-language` as browsers and others send it."""

import pytest

from gateway.http.languages import accepted_languages


@pytest.mark.parametrize(
    ("header", "languages"),
    [
        (None, ()),
        ("zh-CN,zh;q=0.9,en;q=0.8", ("zh-CN", "zh", "en")),
        ("en;q=0.5, zh-TW", ("zh-TW", "en")),
        ("de;q=0, en", ("en",)),
        ("*, fr;q=high, <script>, ;q=1,", ()),
        (",".join(["en"] * 10_000), ("en",) * 10),
    ],
)
def test_tags_are_given_the_preferred_first(header: str | None, languages: tuple[str, ...]) -> None:
    assert accepted_languages(header) == languages
