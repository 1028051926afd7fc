"""The GraphiQL page as the endpoint's answer to a browser."""

from gateway.console import PageConfig, graphiql_page
from gateway.http.messages import HttpResponse


def graphiql_response(config: PageConfig) -> HttpResponse:
    page = graphiql_page(config)
    return HttpResponse(200, tuple(page.headers.items()), page.body)
