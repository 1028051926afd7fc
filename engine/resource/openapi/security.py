"""Security schemes → what each call carries, its secrets read from `$config`."""

from dataclasses import dataclass

from engine.resource.openapi.names import field_name
from engine.resource.openapi.notes import Notes
from engine.resource.openapi.references import Documents, Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Headers and query parameters by name; the values are templates and mappings. `secrets`: config keys."""

    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    secrets: tuple[str, ...] = ()


class Security:
    def __init__(self, documents: Documents, notes: Notes) -> None:
        self._documents = documents
        self._notes = notes
        components = documents.get(documents.root, "components")
        self._schemes = documents.get(components, "securitySchemes") if components is not None else None

    def of(self, operation: Node, place: str) -> Credentials:
        """What a call carries: the first of the alternatives that is not anonymous."""
        written = operation.find("security") or self._documents.root.find("security")
        alternatives = [each for each in written.items() if each.value] if written is not None else []
        if not alternatives:
            return Credentials()
        headers: dict[str, str] = {}
        query: dict[str, str] = {}
        secrets: list[str] = []
        for name, _ in alternatives[0].members():
            scheme = self._documents.get(self._schemes, name) if self._schemes is not None else None
            if scheme is None:
                self._notes.lose("SECURITY_UNKNOWN", place, f"there is no security scheme '{name}'")
                continue
            secret = field_name(name)
            if self._add(scheme, secret, headers, query):
                secrets.append(secret)
            else:
                kind = scheme.text("scheme") or scheme.text("type")
                self._notes.lose(
                    "SECURITY_UNMAPPABLE", place, f"security scheme '{name}' ({kind}) is none of ours"
                )
        return Credentials(headers=tuple(headers.items()), query=tuple(query.items()), secrets=tuple(secrets))

    def _add(self, scheme: Node, secret: str, headers: dict[str, str], query: dict[str, str]) -> bool:
        name = scheme.text("name") or ""
        match scheme.text("type"), (scheme.text("in") or scheme.text("scheme") or "").lower():
            case "apiKey", "header":
                headers[name] = f"{{$config.{secret}}}"
            case "apiKey", "query":
                query[name] = f"$config.{secret}"
            case "apiKey", "cookie":
                headers["cookie"] = f"{name}={{$config.{secret}}}"
            case "http", "basic":  # base64 of user:password, which is how it is sent
                headers["authorization"] = f"Basic {{$config.{secret}}}"
            case ("http", "bearer") | ("oauth2" | "openIdConnect", _):
                headers["authorization"] = f"Bearer {{$config.{secret}}}"
            case _:
                return False
        return True
