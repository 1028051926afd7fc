"""S8: expressions in a module that walk attributes, compute for ever or fill the memory."""

import pytest

from tests.servers.client import connect
from tests.servers.cost import Cost, cost_of, least_ms
from tests.servers.gateway import Gateway

CPU_MS = 10
GROWN_MB = 8
ROUNDS, MOST_ROUNDS = 5, 20
FILLED = "0123456789abcdef" * 64

REFUSED = {
    "attribute walk": "this.__class__.__mro__[1].__subclasses__()",
    "attribute of a string": "this.text.__class__",
    "import": "__import__('os').system('true')",
    "unknown variable": "globals()",
    "environment": "env.HOME",
    "power": "9 ** 9 ** 9",
    "deep nesting": "(" * 500 + "1" + ")" * 500,
    "deep lists": "[" * 500 + "]" * 500,
    "deep conditions": "true ? " * 400 + "1" + " : 1" * 400,
    "longer than 2 kB": "'" + "a" * 3_000 + "' == ''",
    "nested comprehensions": "this.many.map(x, this.many.map(y, y))",
    "list in a comprehension": "this.many.map(x, this.many)",
    "string building in a comprehension": "this.many.map(x, this.text + this.text)",
    "syntax": "1 +",
    "mixed arithmetic": "1.5 + 1",
}
ACCEPTED = {
    "doubled strings": "size(" + " + ".join(["this.text"] * 80) + ")",
    "one comprehension": "size(this.many.filter(x, x != this.text))",
    "replace": "size(this.text.replace('0', this.text).replace('1', this.text))",
    "regular expression": "this.text.matches('^(([a-z0-9])+.)+[A-Z]([a-z])+$') ? 1 : 0",
    "overflow": "9223372036854775807 * 9223372036854775807",
    "division by zero": "1 / 0",
}


def sdl_of(expression: str) -> str:
    quoted = expression.replace("\\", "\\\\").replace('"', '\\"')
    many = ", ".join(f'"{n}"' for n in range(200))
    return f"""
    extend schema @owner(unit: "demo")
    type Query {{ box: Box @value(const: {{}}) }}
    type Box {{
      text: String! @value(const: "{FILLED}")
      many: [String!]! @value(const: [{many}])
      result: Int @value(expr: "{quoted}")
    }}
    """


@pytest.mark.parametrize("expression", REFUSED.values(), ids=REFUSED)
async def test_S8_a_dangerous_expression_is_refused_at_publish(gateway: Gateway, expression: str) -> None:
    async with connect(gateway.url) as client:
        await client.serve(sdl_of("1"))

        reply = await client.publish(sdl_of(expression))

        assert reply.codes == ["RESOURCES_INVALID"]
        problems = reply.errors[0]["extensions"]["problems"]
        assert {problem["line"] for problem in problems} == {7}
        assert await client.data("{ box { result } }") == {"box": {"result": 1}}


@pytest.mark.parametrize("expression", ACCEPTED.values(), ids=ACCEPTED)
async def test_S8_the_worst_accepted_expressions_are_cheap(gateway: Gateway, expression: str) -> None:
    async with connect(gateway.url) as client:
        await client.serve(sdl_of(expression))
        reply = await client.ask("{ box { result } }")
        costs: list[Cost] = []
        while len(costs) < ROUNDS or (len(costs) < MOST_ROUNDS and least_ms(costs) > CPU_MS):
            with cost_of(gateway) as cost:
                reply = await client.ask("{ box { result } }")
            costs.append(cost)

        assert reply.status == 200
        assert set(reply.codes) <= {"VALUE_ERROR"}
        assert least_ms(costs) <= CPU_MS, costs
        assert max(cost.grown_mb for cost in costs) <= GROWN_MB, costs
