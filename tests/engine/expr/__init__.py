"""Tests of expressions; the variables most of them are checked against."""

from engine.expr import ANY, BOOL, DOUBLE, INT, STRING, ExprType, ListType, ObjectType

ITEM = ObjectType("Item", lambda: {"name": STRING, "price": DOUBLE, "count": INT, "owner": ORDER})
ORDER = ObjectType(
    "Order",
    lambda: {
        "id": STRING,
        "status": STRING,
        "count": INT,
        "total": DOUBLE,
        "paid": BOOL,
        "items": ListType(ITEM),
        "numbers": ListType(INT),
        "prices": ListType(DOUBLE),
        "tags": ListType(STRING),
        "parent": ORDER,
        "extra": ANY,
    },
)
VARIABLES: dict[str, ExprType] = {
    "this": ORDER,
    "args": ObjectType("arguments", lambda: {"q": STRING, "limit": INT}),
    "context": ObjectType("context", lambda: {"subject": STRING, "roles": ListType(STRING), "claims": ANY}),
}
