"""What mappings do with answers: lists, nulls, missing and mistyped values, merging, what is recorded."""

import pytest

from engine.resource.mapping import Issues, parse_selection


def run(text: str, value: object, **variables: object) -> tuple[object, list[str]]:
    issues = Issues()
    named = {f"${name}": each for name, each in variables.items()}
    mapped = parse_selection(text).compile()(value, named, issues)
    return mapped, [f"{issue.path}: {issue.message} x{issue.count}" for issue in issues.details]


CASES = [
    # lists are mapped wherever they turn up
    ("id", [{"id": 1}, {"id": 2}], [{"id": 1}, {"id": 2}]),
    ("id", [[{"id": 1}], []], [[{"id": 1}], []]),
    ("$.a.b", {"a": [{"b": 1}, {"b": 2}]}, [1, 2]),
    ("a.b.c", {"a": [{"b": [{"c": 1}, {"c": 2}]}, {"b": []}]}, [[1, 2], []]),
    ("x: a { b }", {"a": [{"b": 1}, None]}, {"x": [{"b": 1}, None]}),
    ("friends: ids { id: $ }", {"ids": [1, 2]}, {"friends": [{"id": 1}, {"id": 2}]}),
    ("x: $.a.b->joinNotNull(',')", {"a": [{"b": 1}, {"b": None}, {"b": 2}]}, {"x": "1,2"}),
    # null stays null, and is no reason to make an object
    ("author { name }", {"author": None}, {"author": None}),
    ("author { __typename: 'A' name }", {"author": None}, {"author": None}),
    ("id", None, None),
    ("ok: $(true)", None, {"ok": True}),
    ("ok: $(true)", "text", {"ok": True}),
    # merged in or not at all
    ("id a.b { c }", {"id": 1, "a": {"b": None}}, {"id": 1}),
    ("id ...a { c }", {"id": 1, "a": None}, None),
    ("c: id ...a { c }", {"id": 1, "a": {"c": 2}}, {"c": 2}),
    # keys in written order
    ("z: a y: $('l') x: b", {"a": 1, "b": 2}, {"z": 1, "y": "l", "x": 2}),
]


@pytest.mark.parametrize(("text", "value", "expected"), CASES)
def test_a_value_is_mapped_without_issue(text: str, value: object, expected: object) -> None:
    mapped, issues = run(text, value)

    assert mapped == expected
    assert issues == []
    if isinstance(expected, dict) and isinstance(mapped, dict):
        assert list(mapped) == list(expected)


def test_a_missing_property_is_null_and_an_issue_under_its_output_path() -> None:
    mapped, issues = run("id who: author { nick: name }", [{"id": 1, "author": {}}, {"id": 2, "author": {}}])

    assert mapped == [{"id": 1, "who": {"nick": None}}, {"id": 2, "who": {"nick": None}}]
    assert issues == ["who.nick: property 'name' is missing x2"]


def test_a_property_of_null_is_missing() -> None:
    assert run("x: a.b", {"a": None}) == ({"x": None}, ["x: property 'b' is missing x1"])


def test_a_property_marked_optional_is_null_without_issue() -> None:
    assert run("x: a?.b c? d: e? f: $.g?.h?", {"a": None, "e": None}) == (
        {"x": None, "c": None, "d": None, "f": None},
        [],
    )


def test_a_value_of_the_wrong_type_is_handed_on_for_its_reader_to_judge() -> None:
    assert run("author { name }", {"author": "Ann"}) == (
        {"author": "Ann"},
        ["author: a string is here where an object is expected x1"],
    )


def test_a_list_that_mixes_objects_with_others_keeps_its_length() -> None:
    mapped, issues = run("id name", [{"id": 1, "name": "a"}, {"id": 2}, None, 3, [{"id": 4, "name": "d"}]])

    assert mapped == [
        {"id": 1, "name": "a"},
        {"id": 2, "name": None},
        None,
        3,
        [{"id": 4, "name": "d"}],
    ]
    assert len(issues) == 2


def test_an_abstract_type_takes_the_arm_its_discriminator_names() -> None:
    text = """
    id
    ... kind->match(
      ['book', { __typename: 'Book', pages }],
      ['film', { __typename: 'Film', minutes: length }],
      [@, null]
    )
    """
    items = [
        {"id": 1, "kind": "film", "length": 90},
        {"id": 2, "kind": "book", "pages": 9},
        {"id": 3, "kind": "x"},
    ]

    assert run(text, items) == (
        [{"id": 1, "__typename": "Film", "minutes": 90}, {"id": 2, "__typename": "Book", "pages": 9}, None],
        [],
    )


def test_what_a_merge_cannot_take_is_an_issue() -> None:
    mapped, issues = run("id ...a { c }", {"id": 1, "a": [{"c": 1}]})

    assert mapped == {"id": 1}
    assert issues == [": a list cannot be merged into an object x1"]


def test_variables_are_read_by_name_and_their_absence_is_null() -> None:
    mapped, issues = run("a: $args.x b: $status c: $this.y", {}, args={"x": [1]}, status=200)

    assert mapped == {"a": [1], "b": 200, "c": None}
    assert issues == ["c: $this has no value here x1"]


def test_a_fallback_hides_the_issues_of_what_it_replaces() -> None:
    assert run("x: a.b ?? c->upper ?? 'd'", {"c": 1}) == ({"x": "d"}, [])


def test_dollar_stays_what_the_braces_gave_while_at_is_the_subject_of_a_method() -> None:
    answer = {"a": True, "b": False, "l": [{"n": 1}, {"n": 2}], "m": 2}

    assert run("x: $.a->and($.b) y: l->filter(@.n->eq($.m)) { n } z: l->map({ n: @.n, m })", answer) == (
        {"x": False, "y": [{"n": 2}], "z": [{"n": 1, "m": 2}, {"n": 2, "m": 2}]},
        [],
    )


def test_a_bound_name_reaches_into_the_items() -> None:
    text = "users->filter(@->as($u)->echo($u.on)->and($u.age->gt(30))) { name }"

    mapped, _ = run(
        text, {"users": [{"on": True, "age": 31, "name": "a"}, {"on": True, "age": 3, "name": "b"}]}
    )

    assert mapped == [{"name": "a"}]


def test_a_body_leaves_out_what_has_no_value_but_keeps_null() -> None:
    body = parse_selection("name: $args.name note: $args.note at: { city: $args.city }")

    made = body.compile(omit_missing=True)(None, {"$args": {"name": None}}, Issues())

    assert made == {"name": None, "at": {}}


def test_a_body_made_of_a_list_leaves_out_what_each_item_lacks() -> None:
    body = parse_selection("items: $args.items { id? note? }")

    made = body.compile(omit_missing=True)(None, {"$args": {"items": [{"id": 1}, {"note": "x"}]}}, Issues())

    assert made == {"items": [{"id": 1}, {"note": "x"}]}


def test_the_answer_is_never_changed_and_objects_are_fresh() -> None:
    answer = [{"a": {"b": 1}}]
    mapped = parse_selection("a { b }").compile()(answer, {}, Issues())

    assert isinstance(mapped, list)
    mapped[0]["a"]["b"] = 2
    assert answer == [{"a": {"b": 1}}]


def test_lists_nested_beyond_the_limit_are_an_issue_and_no_stack_overflow() -> None:
    deep: list[object] = []
    for _ in range(900):
        deep = [deep]

    mapped, issues = run("x: a.b y: a { b }", {"a": deep})

    assert isinstance(mapped, dict)
    assert any("nested more than 32 deep" in issue for issue in issues)


def test_work_that_is_polynomial_in_the_answer_stops_at_the_limit() -> None:
    answer = {"l": [{"a": number} for number in range(2_000)]}

    for text in (
        "x: $.l->map($.l->map($.l->size))",
        "x: $.l->map($.l { a })",
        "x: $.l->map($.l { a b: $args })",
    ):
        _, issues = run(text, answer, args={})

        assert any("visits more than 1,000,000 items" in issue for issue in issues)


def test_issues_keep_few_details_and_count_all() -> None:
    issues = Issues()
    text = " ".join(f"k{number}: $.lost{number}" for number in range(50))

    parse_selection(text).compile()([{}] * 3, {}, issues)

    assert issues.count == 150
    assert len(issues.details) == 20


@pytest.mark.parametrize(
    ("text", "answer", "items", "first"),
    [
        ("$.orders { id }", {"orders": [{"id": 1, "x": 2}]}, [{"id": 1, "x": 2}], {"id": 1}),
        ("id total", [{"id": 1, "total": 2}], [{"id": 1, "total": 2}], {"id": 1, "total": 2}),
        (
            "data.orders->slice(0, 1) { id }",
            {"data": {"orders": [{"id": 1}, {"id": 2}]}},
            [{"id": 1}],
            {"id": 1},
        ),
        ("$.ids", {"ids": [3]}, [3], 3),
    ],
)
def test_a_batch_is_split_into_raw_items_and_the_selection_of_one(
    text: str, answer: object, items: object, first: object
) -> None:
    read, one = parse_selection(text).split_items()

    assert read(answer, {}, Issues()) == items
    assert isinstance(items, list)
    assert one.compile()(items[0], {}, Issues()) == first


def test_a_batch_whose_answer_is_no_list_gives_what_is_there() -> None:
    read, _ = parse_selection("$.orders { id }").split_items()

    assert read({"orders": {"id": 1}}, {}, Issues()) == {"id": 1}


def test_names_in_quotes_are_text_whatever_they_look_like() -> None:
    wild = 'a"]; raise SystemExit #{x}\n\\'
    quoted = wild.replace("\\", "\\\\")
    text = f"'{quoted}': $.'{quoted}' plain: $.'{quoted}'.'{quoted}'"

    mapped, issues = run(text, [{wild: {wild: 1}}, {wild: {}}])

    assert mapped == [{wild: {wild: 1}, "plain": 1}, {wild: {}, "plain": None}]
    assert len(issues) == 1
