"""Variables are measured where a body could hold too much; short, flat bodies are not measured."""

import pytest

from gateway.http.parameters import BodyForm, EndpointOptions, ParameterReader
from schema.operation import OperationRefused

OPTIONS = EndpointOptions(
    body_bytes=10_000,
    query_bytes=10_000,
    variables_bytes=100,
    variables_depth=5,
    deadline_s=1,
    body_timeout_s=1,
)


def read(variables: str) -> object:
    body = b'{"query":"{ me }","variables":%b}' % variables.encode()
    return ParameterReader(OPTIONS).read(BodyForm("application/json", None), body).variables


@pytest.mark.parametrize("variables", ['{"a":1}', '{"a":[[[1]]]}', '{"a":"[[[[[[[["}', '{"a":[1e15,1e15]}'])
def test_variables_within_the_limits_are_read(variables: str) -> None:
    assert read(variables)


@pytest.mark.parametrize(
    ("variables", "limit"),
    [
        ('{"a":[[[[[1]]]]]}', "variables_depth"),
        ('{"a":"%s"}' % ("b" * 100), "variables_bytes"),
        ('{"a":[1e15,1e15,1e15,1e15,1e15,1e15]}', "variables_bytes"),  # longer where it is written again
    ],
)
def test_variables_beyond_a_limit_are_refused(variables: str, limit: str) -> None:
    with pytest.raises(OperationRefused) as refused:
        read(variables)
    assert refused.value.facts["limit"] == limit
