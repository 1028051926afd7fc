"""The public audit of GraphQL over HTTP, asked of the real gateway."""

from tests.e2e.audit.run import audit_server
from tests.servers.gateway import Gateway


def test_every_question_of_the_http_audit_is_answered_well(gateway: Gateway) -> None:
    findings = audit_server(f"{gateway.url}/graphql")

    assert [finding for finding in findings if finding["status"] != "ok"] == []
    assert len(findings) == 61
