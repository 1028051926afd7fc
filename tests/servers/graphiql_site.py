"""A real little site around the console's functions: the page, its files, and a GraphQL endpoint to ask."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import cast

import strawberry
from strawberry.scalars import JSON

from gateway.console import Asset, LookUp, PageConfig, Persona, console_asset, graphiql_page

ORDER_BY_PHONE = """query OrderByPhone($phone: String!) {
  order(phone: $phone) {
    id
    state
    phone
  }
}"""

DEMO = PageConfig(
    product="Paifang",
    docs_url="/docs",
    tabs=(
        LookUp(
            title="按手机号查订单 · An order by phone",
            query=ORDER_BY_PHONE,
            variables={"phone": "13800000001"},
        ),
        LookUp(title="车辆状态 · A bike's state", query="query BikeState { bike }"),
    ),
    personas=(
        Persona(name="front-end", description="Writes the app's queries.", token="token-of-front-end"),
        Persona(name="agent", description="Answers the hotline.", token="token-of-agent"),
        Persona(name="nobody", description="Sends no token.", token=None),
    ),
)


@strawberry.type
class Principal:
    subject: str
    roles: list[str]
    units: list[str]
    channel: str | None


@strawberry.type
class Order:
    id: str
    state: str
    phone: str | None


@strawberry.type
class ExecutionPlan:
    text: str
    mermaid: str
    bound: str


@strawberry.type
class Query:
    @strawberry.field
    def me(self, info: strawberry.Info[str, None]) -> Principal:
        role = info.context.removeprefix("Bearer token-of-")
        return Principal(
            subject=role or "anonymous", roles=[role] if role else [], units=["rides"], channel="hotline"
        )

    @strawberry.field
    def order(self, info: strawberry.Info[str, None], phone: str) -> Order:
        seen = phone if info.context.endswith("agent") else phone[:3] + "****" + phone[-4:]
        return Order(id="20240001", state="已支付", phone=seen)

    @strawberry.field
    def bike(self) -> str:
        return "锁定"

    @strawberry.field
    def explain(
        self, query: str, variables: JSON | None = None, operation_name: str | None = None
    ) -> ExecutionPlan:
        if "unplanned" in query:
            raise ValueError("Cannot query field 'unplanned' on type 'Query'.")
        given = cast(dict[str, object], variables or {})
        text = f"wave 1\n  GET /orders?phone={given.get('phone')}\n    needed by {operation_name}"
        return ExecutionPlan(text=text, mermaid="graph LR; a-->b", bound="1 + ceil(n(orders)/100)")


SCHEMA = strawberry.Schema(query=Query)


@contextmanager
def serve_graphiql(config: PageConfig) -> Generator[str]:
    """The site's address while it is open."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path == config.endpoint:
                return self.answer(200, graphiql_page(config))
            zipped = "gzip" in self.headers.get("accept-encoding", "")
            asset = console_asset(self.path.removeprefix(config.assets), gzipped=zipped)
            return self.answer(200 if asset else 404, asset or Asset(b"", {}))

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["content-length"])))
            caller = self.headers.get("authorization", "")
            result = SCHEMA.execute_sync(
                request["query"],
                variable_values=request.get("variables"),
                operation_name=request.get("operationName"),
                context_value=caller,
            )
            body: dict[str, object] = {"data": result.data}
            if result.errors:
                body["errors"] = [error.formatted for error in result.errors]
            headers = {"content-type": "application/graphql-response+json"}
            self.answer(200, Asset(json.dumps(body).encode(), headers))

        def answer(self, status: int, asset: Asset) -> None:
            self.send_response(status)
            for name, value in asset.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(asset.body)))
            self.end_headers()
            self.wfile.write(asset.body)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
