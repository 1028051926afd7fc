"""What a program is called: as it says, cut down to what may stand in a row."""

import pytest

from gateway.http.clients import UNKNOWN, client_of


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({}, UNKNOWN),
        ({"apollographql-client-name": "web"}, "web"),
        ({"apollographql-client-name": "web", "apollographql-client-version": "1.2"}, "web/1.2"),
        ({"graphql-client-name": "骑行 app", "graphql-client-version": "2"}, "骑行 app/2"),
        ({"graphql-client-name": "b", "apollographql-client-name": "a"}, "a"),
        ({"x-client-name": "ours", "apollographql-client-name": "a"}, "ours"),
        ({"apollographql-client-version": "1.2"}, UNKNOWN),
        ({"apollographql-client-name": "  "}, UNKNOWN),
        ({"apollographql-client-name": "(flows)"}, "_flows_"),  # brackets are the gateway's own
        ({"apollographql-client-name": "a/b<script>\n"}, "a_b_script_"),
        (
            {"apollographql-client-name": "x" * 999, "apollographql-client-version": "9" * 999},
            "x" * 64 + "/" + "9" * 32,
        ),
    ],
)
def test_a_client_is_called_by_its_name_and_version(headers: dict[str, str], name: str) -> None:
    assert client_of(headers.get) == name
