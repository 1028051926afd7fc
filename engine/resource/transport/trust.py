"""How the gateway shows itself to an API, and whose certificates it trusts."""

import ssl
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """`trusted_ca_pem` is trusted beside the system's own authorities: an organisation's private one."""

    user_agent: str = "paifang/0.1"
    trusted_ca_pem: bytes = b""

    def default_headers(self) -> tuple[tuple[str, str], ...]:
        """Return what is sent unless the call says otherwise; gzip is the one encoding that is undone."""
        return (("accept", "*/*"), ("accept-encoding", "gzip"), ("user-agent", self.user_agent))

    def tls_context(self) -> ssl.SSLContext:
        """Return a client context that checks the chain and the host name."""
        context = ssl.create_default_context()
        if self.trusted_ca_pem:
            context.load_verify_locations(cadata=self.trusted_ca_pem.decode("ascii"))
        return context
