"""Ways through the graph: every field has a value, none needs itself, growing calls are told."""

from engine.problem import Severity
from tests.sdl_problems import SHOP, at, errors_of, problems_of


def connect(path: str, selection: str, more: str = "") -> str:
    return f'@connect(source: "shop", http: {{ GET: "{path}" }}, selection: "{selection}"{more})'


POSTS = SHOP + f"type Query {{ posts: [Post!] {connect('/posts', 'id title user: { id: uid }')} }}\n"
POST = "type Post { id: ID! title: String user: User }\n"


def test_a_field_that_nothing_gives_is_reported_with_its_path_and_what_would_fix_it() -> None:
    sdl = POSTS + POST + "type User {\n  id: ID!\n  email: String\n}"
    assert errors_of(sdl) == [
        at(sdl, "email")
        + " FIELD_WITHOUT_VALUE nothing gives a value on the way Query.posts → Post.user → User.email"
        " | Add 'email' to the selection of Query.posts, at user, or give User.email a @connect or @value"
    ]


def test_a_root_field_that_nothing_gives_is_reported() -> None:
    assert errors_of("type Query { a: Int }") == [
        "a:1:14 FIELD_WITHOUT_VALUE nothing gives Query.a a value | Give Query.a a @connect or @value"
    ]


def test_a_stub_is_filled_by_its_key_and_reported_without_it() -> None:
    user = (
        f'type User @key(fields: "id") {connect("/users/{$this.id}", "id email")} {{ id: ID! email: String }}'
    )
    assert errors_of(POSTS + POST + user) == []
    (error,) = errors_of(POSTS.replace("{ id: uid }", "{ email: mail }") + POST + user)
    assert error.endswith(
        "FIELD_WITHOUT_VALUE nothing gives a value on the way Query.posts → Post.user → User.id"
        " | Add 'id' to the selection of Query.posts, at user, so that User can fill the User;"
        " or give User.id a @connect or @value"
    )


def test_a_constant_object_gives_the_fields_it_has() -> None:
    sdl = "type Query { t: [T!] @value(const: [{ a: 1 }]) }\ntype T { a: Int b: Int c: Int @value(const: 2) }"
    assert errors_of(sdl) == [
        at(sdl, "b: Int") + " FIELD_WITHOUT_VALUE nothing gives a value on the way Query.t → T.b"
        " | Add 'b' to the constant of Query.t, or give T.b a @connect or @value"
    ]


def test_an_object_of_an_expression_gives_all_its_fields() -> None:
    sdl = 'type Query { t(j: JSON): T @value(expr: "args.j") }\ntype T { a: Int t: T }'
    assert errors_of(sdl) == []


def test_each_alternative_of_an_abstract_type_gives_its_own_fields() -> None:
    pets = connect("/pets", "__typename: $('Cat') name")
    query = SHOP + f"type Query {{ pets: [Pet!] {pets} }}\n"
    types = "interface Pet { name: String }\ntype Cat implements Pet { name: String lives: Int }\n"
    (error,) = errors_of(query + types + "type Dog implements Pet { name: String tricks: Int }")
    assert "FIELD_WITHOUT_VALUE nothing gives a value on the way Query.pets → Cat.lives" in error


def test_what_merely_follows_from_an_unread_connector_is_not_reported() -> None:
    sdl = SHOP + f"type Query {{ a: T {connect('/a', 'x: (')} }}\ntype T {{ x: Int y: Int }}"
    assert [error.split()[1] for error in errors_of(sdl)] == ["SELECTION_SYNTAX"]


def test_a_cycle_is_reported_once_with_its_whole_path() -> None:
    sdl = (
        "type Query { order: Order @value(const: {}) }\n"
        "type Order {\n"
        '  a: String @value(expr: "this.b")\n'
        '  b: String @value(expr: "this.c")\n'
        '  c: String @value(expr: "this.a")\n'
        "}"
    )
    assert errors_of(sdl) == [
        "a:3:3 DEPENDENCY_CYCLE Order.a → Order.b → Order.c → Order.a: each needs the next,"
        " so none can be fetched first | Break it at one of them: let Order.c not read Order.a,"
        " or give one of them in the selection that makes the object"
    ]


def test_a_cycle_through_headers_bodies_and_conditions_is_found() -> None:
    header = ', headers: [{ name: "x", value: "{$this.b}" }]'
    sdl = (
        SHOP
        + "type Query { o: O @value(const: {}) }\ntype O {\n"
        + f'  a: String @connect(source: "shop", http: {{ GET: "/a"{header} }}, selection: "$.a")\n'
        + '  b: String @connect(source: "shop", http: { POST: "/b", body: "c: $this.c" }, selection: "$.b")\n'
        + '  c: String @access(when: "this.a == \'x\'") @value(const: "c")\n}'
    )
    (error,) = errors_of(sdl)
    assert "DEPENDENCY_CYCLE O.a → O.b → O.c → O.a" in error


def test_a_field_that_needs_itself_through_another_object_is_a_cycle() -> None:
    sdl = (
        SHOP
        + f"type Query {{ node: Node {connect('/n', 'id')} }}\n"
        + f"type Node {{ id: ID! parent: Node {connect('/p/{$this.id}', 'id')}\n"
        + '  depth: Int @value(expr: "this.parent.depth + 1") }'
    )
    (error,) = errors_of(sdl)
    assert "DEPENDENCY_CYCLE Node.depth → Node.depth: it needs itself" in error


def test_no_cycle_where_the_selection_gives_one_of_the_fields() -> None:
    sdl = (
        SHOP
        + f"type Query {{ o: O {connect('/o', 'a')} }}\n"
        + f"type O {{ a: String {connect('/a/{$this.b}', '$.a')}\n"
        + "  b: String @value(expr: \"this.a + '!'\") }"
    )
    assert errors_of(sdl) == []


def test_a_condition_may_look_at_the_field_it_guards() -> None:
    sdl = (
        'type Query { o: O @value(const: { a: "x" }) }\ntype O { a: String @access(when: "this.a == \'x\'") }'
    )
    assert errors_of(sdl) == []


def test_calls_that_grow_with_a_list_are_told_with_their_bound() -> None:
    sdl = (
        POSTS
        + f"type Post {{ id: ID! title: String user: User likes: Int {connect('/l/{$this.id}', '$.n')} }}\n"
    )
    (told,) = problems_of(sdl + "type User { id: ID! }")
    assert (told.severity, told.code, told.message) == (
        Severity.INFO,
        "N_PLUS_ONE",
        "Post.likes: 1 call per Post under Query.posts",
    )


def test_calls_with_a_batch_do_not_grow() -> None:
    likes = connect("/l?ids={$batch.id->joinNotNull(',')}", "$.list { n }", ', batch: { key: "post" }')
    sdl = POSTS + f"type Post {{ id: ID! title: String user: User likes: [Like!] {likes} }}\n"
    assert problems_of(sdl + "type User { id: ID! }\ntype Like { n: Int }") == ()
