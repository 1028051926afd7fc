"""Does a URL reach the wire byte for byte? HTTP clients rewrite some spellings; those are refused here."""

import re

# What pyreqwest's URL parser leaves alone: RFC 3986 without ' in queries, with a few that are in wide use.
# One alphabet for all three libraries: changing the library must not change what may be called.
_PLAIN = r"A-Za-z0-9\-._~!$&()*+,;=:@%/\[\]|^"
_URL = re.compile(rf"(https?://[^/?#\\\s]+)((?:/[{_PLAIN}']*)?)(?:\?[{_PLAIN}?`{{}}]*)?")
_DOT_SEGMENT = re.compile(r"/(?:\.|%2[eE]){1,2}(?=/|$)")
_ODD = re.compile(rf"[^{_PLAIN}'?]")


def end_of_origin(url: str) -> int:
    """Return where scheme, host and port end; raises ValueError for a URL that would be rewritten."""
    match = _URL.fullmatch(url)
    if match is None or (("/." in url or "/%2" in url) and _DOT_SEGMENT.search(match[2])):
        raise ValueError(find_rewritten(url) or "The URL is not absolute.")
    return match.end(1)


def target_of(url: str) -> str:
    """Return path and query, as they stand on the request line, of a URL that `end_of_origin` accepts."""
    return target_after(url, end_of_origin(url))


def target_after(url: str, end: int) -> str:
    """The same where the end of its origin is known."""
    target = url[end:]
    return target if target.startswith("/") else f"/{target}"


def find_rewritten(target: str) -> str | None:
    """Say what of a URL, or of its path and query, an HTTP client would rewrite; None when nothing."""
    path, _, query = target.partition("?")
    if "#" in target:
        return "A fragment (#) is never sent: leave it out, or write %23."
    if _DOT_SEGMENT.search(path):
        return "A path segment of one or two dots is removed on the way: write the path it stands for."
    for text, allowed in ((path, "'"), (query, "?`{}")):
        odd = next((found[0] for found in _ODD.finditer(text) if found[0] not in allowed), None)
        if odd is not None or (text is query and "'" in text):
            odd = odd or "'"
            escaped = "".join(f"%{byte:02X}" for byte in odd.encode("utf-8", "surrogatepass"))
            return f"{odd!r} is rewritten on the way: write {escaped}."
    return None
