"""Servers of a description → sources: base URLs with their variables filled in, each with a name."""

import re
from urllib.parse import urlsplit

from engine.resource.openapi.references import Documents, Node
from engine.resource.openapi.refusal import RefusalCode, SpecRefused

_VARIABLE = re.compile(r"\{([^{}]*)\}")


class Servers:
    """`found`: the name of a source by its base URL, in the order they were met."""

    def __init__(self, documents: Documents, *, source_name: str, base_url: str | None) -> None:
        self._documents = documents
        self._source_name = source_name
        self._base_url = base_url.rstrip("/") if base_url else None
        self.found: dict[str, str] = {}

    def of(self, item: Node, operation: Node) -> str:
        """The source an operation is asked at: its own server, the path's, else the description's."""
        base = next((url for owner in (operation, item) if (url := self._first(owner))), None)
        url = base if base is not None and self._base_url is None else self._main()
        if url not in self.found:
            number = len(self.found) + 1
            self.found[url] = self._source_name if number == 1 else f"{self._source_name}{number}"
        return self.found[url]

    def _main(self) -> str:
        url = self._base_url or self._first(self._documents.root)
        if url is None:
            raise SpecRefused(
                RefusalCode.SERVER_MISSING,
                "no server with an absolute URL is named; give the base URL (--base-url)",
            )
        return url

    def _first(self, owner: Node) -> str | None:
        """The first server with an absolute URL; a relative one stands on --base-url or on nothing."""
        listed = owner.find("servers")
        for server in listed.items() if listed is not None else ():
            url = self._filled(server).rstrip("/")
            parts = urlsplit(url)
            if parts.scheme.lower() in ("http", "https") and parts.netloc:
                return f"{parts.scheme.lower()}://{parts.netloc.lower()}{parts.path}"
        return None

    def _filled(self, server: Node) -> str:
        variables = server.find("variables")

        def default(found: re.Match[str]) -> str:
            node = variables.find(found[1]) if variables is not None else None
            return (
                str(node.value.get("default", ""))
                if node is not None and isinstance(node.value, dict)
                else ""
            )

        return _VARIABLE.sub(default, server.text("url") or "")
