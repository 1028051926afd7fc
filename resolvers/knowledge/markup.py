"""Answers as people wrote them, made safe: when they are saved, and again when they are shown.

Nothing an editor or an import brings may run in a reader's browser, whichever way a front-end shows it:
`make_safe` takes out of a body what runs, also from HTML and links within Markdown; `to_html` renders a body
and cleans what came out.
"""

import re
from collections.abc import Mapping
from functools import cached_property
from html import escape, unescape
from importlib import import_module
from typing import Any

import nh3
import orjson

FORMATS = ("text", "markdown", "html")
SCHEMES = {"http", "https", "mailto", "tel"}
MAX_PASSES = 5  # cleaning Markdown may uncover a tag; who nests them deeper gets no tags at all

_RELATION = ' rel="noopener noreferrer"'  # cleaning adds it
_ATTRIBUTE = re.compile(r"\{\{\s*attributes\.([^\s{}]{1,200})\s*\}\}")
_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|!~&])")
_BLOCK_END = re.compile(r"<(?:/(?:p|li|h[1-6]|td|th|tr|div|pre|blockquote|dt|dd)|br)\b[^>]{0,20}>")


class Markup:
    """Renders and cleans. The library that reads Markdown is loaded when first used."""

    def make_safe(self, body: str, format_: str) -> str:
        """The body as it is kept."""
        if format_ == "html":
            return clean_html(body)
        return self._safe_markdown(body) if format_ == "markdown" else body

    def to_html(self, body: str, format_: str) -> str:
        """Safe HTML of a body."""
        if format_ == "html":
            return clean_html(body)
        if format_ == "markdown":
            return clean_html(self._markdown.render(body))
        return escape(body).replace("\n", "<br>\n")

    def to_filled_html(self, body: str, format_: str, attributes: Mapping[str, object]) -> str:
        """The same with the article's attributes filled in."""
        return self.to_html(fill_in(body, format_, attributes), format_)

    def to_text(self, body: str, format_: str) -> str:
        """The words of a body: what is searched."""
        if format_ == "text":
            return body
        spaced = _BLOCK_END.sub(lambda found: found[0] + "\n", self.to_html(body, format_))
        return unescape(nh3.clean(spaced, tags=set())).strip()

    @cached_property
    def _markdown(self) -> Any:  # Any: the library's types are its own, and it is loaded late
        made = import_module("markdown_it").MarkdownIt("commonmark", {"html": True})
        return made.enable(["table", "strikethrough"])

    @cached_property
    def _trusting(self) -> Any:  # Any: as above
        """Reads links that no rendering of ours would make: another front-end's might."""
        made = import_module("markdown_it").MarkdownIt("commonmark", {"html": True})
        made.validateLink = _accept
        return made

    def _safe_markdown(self, body: str) -> str:
        for _ in range(MAX_PASSES):
            if "<" not in body and ":" not in body:
                return body
            cleaned = body
            for token in _all_tokens(self._trusting.parse(body)):
                cleaned = _without_danger(cleaned, token)
            if cleaned == body:
                return body
            body = cleaned
        return body.replace("<", "&lt;")


def clean_html(text: str) -> str:
    """HTML without anything that runs, styles or frames."""
    return nh3.clean(text, url_schemes=SCHEMES)


def fill_in(body: str, format_: str, attributes: Mapping[str, object]) -> str:
    """The body with `{{attributes.price}}` replaced by the article's; what it lacks is left out."""

    def value(found: re.Match[str]) -> str:
        text = _text(_at(attributes, found[1]))
        if format_ == "html":
            return escape(text)
        return _MARKDOWN.sub(r"\\\1", text) if format_ == "markdown" else text

    return _ATTRIBUTE.sub(value, body)


def attributes_used(body: str) -> list[str]:
    """What a body fills in, such as `price` or `price.month`."""
    return _ATTRIBUTE.findall(body)


def has_attribute(attributes: Mapping[str, object], path: str) -> bool:
    return _at(attributes, path) is not None


def _accept(_: str) -> bool:
    return True


def _at(value: object, path: str) -> object:
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _all_tokens(tokens: list[Any]) -> list[Any]:  # Any: the library's
    return [one for token in tokens for one in (token, *(token.children or ()))]


def _without_danger(body: str, token: Any) -> str:  # Any: the library's
    """The body without what this token of it would run: unsafe HTML, or a link to a script."""
    if token.type in ("html_inline", "html_block"):
        content = token.content.strip()
        return body if _is_safe_html(content) else body.replace(content, _cleaned_tag(content))
    target = token.attrs.get("href") or token.attrs.get("src") if token.attrs else None
    if target is None or _is_safe_target(str(target)):
        return body
    return body.replace("](", "]\\(").replace("]:", "]\\:").replace("<", "&lt;").replace("][", "]\\[")


def _cleaned_tag(content: str) -> str:
    """Cleaning closes what it opens; in Markdown the closing tag comes later by itself."""
    cleaned = clean_html(content)
    return cleaned if "</" in content else re.sub(r"</[^>]*>$", "", cleaned)


def _is_safe_html(content: str) -> bool:
    """A closing tag alone, or what cleaning keeps as it is but for how it is written."""
    if content.startswith("</") and content.endswith(">"):
        return content[2:-1].strip().lower() in nh3.ALLOWED_TAGS
    return _shape(content) == _shape(clean_html(content))


def _shape(content: str) -> list[str]:
    """Opening tags as written: a lone `<b>` is closed by cleaning, and that is no difference."""
    pieces = (piece.partition(">")[0].replace(_RELATION, "") for piece in content.split("<")[1:])
    return [re.sub(r"""[\s/"']""", "", piece).lower() for piece in pieces if not piece.startswith("/")]


def _is_safe_target(target: str) -> bool:
    bare = re.sub(r"[\x00-\x20]", "", unescape(unescape(target))).lower()
    scheme, colon, _ = bare.partition(":")
    named = bool(colon) and re.fullmatch(r"[a-z][a-z0-9+.-]*", re.sub(r"%..", "", scheme)) is not None
    return not named or scheme in SCHEMES
