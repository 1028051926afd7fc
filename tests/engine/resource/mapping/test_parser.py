"""The grammar: what is understood, and where and how the rest is refused."""

import pytest

from engine.resource.mapping import Issues, MappingSyntaxError, parse_path, parse_selection

ANSWER = {
    "id": 7,
    "name": "Ben",
    "full name": "Ben N",
    "author": {"name": "Ann", "books": [{"title": "T1", "year": 1}, {"title": "T2", "year": 2}]},
    "tags": ["x", "y"],
    "none": None,
    "true": "field",
}

UNDERSTOOD = [
    ("", {}),
    ("id", {"id": 7}),
    ("id name", {"id": 7, "name": "Ben"}),
    ("id, name", {"id": 7, "name": "Ben"}),
    ("id, name,", {"id": 7, "name": "Ben"}),
    ("id id", {"id": 7}),
    ("\ufeff  id # the key\n\tname", {"id": 7, "name": "Ben"}),
    ("nick: name", {"nick": "Ben"}),
    ("'a b': name", {"a b": "Ben"}),
    ("x: $.'full name'", {"x": "Ben N"}),
    ("'full name'", "full name"),
    ("$.name", "Ben"),
    ("author.name", "Ann"),
    ("author . name", "Ann"),
    ("$.author { name }", {"name": "Ann"}),
    ("author { name }", {"author": {"name": "Ann"}}),
    ("author.books { title }", [{"title": "T1"}, {"title": "T2"}]),
    ("id author.books->first { title }", {"id": 7, "title": "T1"}),
    ("who: { n: name }", {"who": {"n": "Ben"}}),
    ("{ n: name }", {"n": "Ben"}),
    ("{ n: name, i: id }", {"n": "Ben", "i": 7}),
    ("$", ANSWER),
    ("@.name", "Ben"),
    ("a: 'lit' b: \"lit\" c: 5 d: -1.5 e: .5 f: 2. g: true h: false i: null",
     {"a": "lit", "b": "lit", "c": 5, "d": -1.5, "e": 0.5, "f": 2.0, "g": True, "h": False, "i": None}),
    ("a: $('lit') b: $(true)", {"a": "lit", "b": True}),
    ("a: [1, name, [2,],]", {"a": [1, "Ben", [2]]}),
    ("[1, 2]", [1, 2]),
    ("-3", -3),
    ("true", True),
    ("true: name", {"true": "Ben"}),
    ("true name", {"true": "field", "name": "Ben"}),
    ("'abc'->slice(1, 2)", "b"),
    ("x: 'abc'->size->add(1)", {"x": 4}),
    ("x: { a: 1 }.a->add(2)", {"x": 3}),
    ("x: $({ a: [1, 2] }).a->last", {"x": 2}),
    (r"x: 'it\'s' y: 'a\nb' z: 'é\\' w: '\d'", {"x": "it's", "y": "a\nb", "z": "é\\", "w": "\\d"}),
    ("x: none ?? 'd'", {"x": "d"}),
    ("none ?? 'd'", "d"),
    ("x: none ?! 'd'", {"x": None}),
    ("x: lost ?! 'd'", {"x": "d"}),
    ("x: lost ?? none ?? 3", {"x": 3}),
    ("x: $(lost ?? 4)->add(1)", {"x": 5}),
    ("x: lost?.deeper?->size", {"x": None}),
    ("name?", {"name": "Ben"}),
    ("author? { name }", {"author": {"name": "Ann"}}),
    ("...author { name }", {"name": "Ann"}),
    ("id ...author { name }", {"id": 7, "name": "Ann"}),
    ("x: author->as($a).books { t: title by: $a.name }",
     {"x": [{"t": "T1", "by": "Ann"}, {"t": "T2", "by": "Ann"}]}),
    ("x: author->as($n, @.name)->echo([$n, $n])", {"x": ["Ann", "Ann"]}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), UNDERSTOOD)
def test_a_selection_means_what_the_grammar_says(text: str, expected: object) -> None:
    issues = Issues()

    mapped = parse_selection(text).compile()(ANSWER, {}, issues)

    assert mapped == expected
    assert issues.count == 0


REFUSED = [
    ("id, name author", 1, 10, "separate all entries by commas, or none"),
    ("id name, author", 1, 8, "separate all entries by commas, or none"),
    ("a: id a: name", 1, 7, "'a' is given twice"),
    ("id $.name", 1, 4, "needs a name"),
    ("id author.name", 1, 4, "needs a name"),
    ("$.id $.name", 1, 1, "needs a name"),
    ("author {\n  name", 1, 8, "never closed"),
    ("id }", 1, 4, "not '}'"),
    ("a:", 1, 3, "not 'the end'"),
    ("a: 'x", 1, 4, "no closing '"),
    ("a:\n  b->uper", 2, 6, "did you mean ->upper"),
    ("a: b->length", 1, 7, "did you mean ->size"),
    ("a: b->zzz", 1, 7, "there is no method ->zzz; there are"),
    ("a: b->slice()", 1, 7, "->slice takes 1 to 2 arguments, not 0"),
    ("a: b->first(1)", 1, 7, "->first takes 0 arguments, not 1"),
    ("a: b->eq(1, 2)", 1, 7, "->eq takes 1 argument, not 2"),
    ("a: b->match(1)", 1, 13, "->match takes pairs"),
    ("a: b->match()", 1, 7, "->match takes at least"),
    ("a: b->", 1, 7, "a method name is expected"),
    ("a: b.", 1, 6, "a property name is expected"),
    ("a: b.1", 1, 5, "'.1'"),
    ("a: .b", 1, 4, "write $.name"),
    (".b", 1, 1, "write $.name"),
    ("->first", 1, 1, "write $->method"),
    ("a: $foo", 1, 4, "unknown variable $foo; there are $this, $args"),
    ("a: $env.HOME", 1, 4, "there is no $env"),
    ("a: x->as($b) c: $b", 1, 17, "unknown variable $b"),
    ("a: x->as", 1, 9, "->as takes a name"),
    ("a: x->as($args)", 1, 10, "cannot be bound anew"),
    ("a: b ?? c ?! d", 1, 11, "cannot be mixed"),
    ("a = b", 1, 3, "->eq"),
    ("a: b + c", 1, 6, "->add"),
    ("a: b && c", 1, 6, "->and"),
    ("a: !b", 1, 4, "->not"),
    ("a: 1234567890123456789", 1, 4, "too many digits"),
    ("a: - b", 1, 6, "a number is expected"),
    (r"a: '\ud800'", 1, 5, "no surrogates"),
    ("a: $(1", 1, 7, "')' is expected"),
    ("a: [1 2]", 1, 7, "',' or ']' is expected"),
    ("{ a } b", 1, 7, "a mapping ends here"),
    ("... b->jsonParse", 1, 1, "keys of what is merged in are unknown"),
    ("x: d->formatDate('%Q')", 1, 7, "knows no %Q"),
    ("x: d->formatDate('iso', 'Mars/Olympus')", 1, 7, "knows no time zone"),
    ("x: d->formatDate(pattern)", 1, 7, "as strings written in the mapping"),
]


@pytest.mark.parametrize(("text", "line", "column", "message"), REFUSED)
def test_what_is_not_understood_is_refused_at_its_place(
    text: str, line: int, column: int, message: str
) -> None:
    with pytest.raises(MappingSyntaxError) as refusal:
        parse_selection(text)

    assert message in refusal.value.message
    assert (refusal.value.line, refusal.value.column) == (line, column)


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "$(" * 65 + "1" + ")" * 65,
        "a " + "{ a " * 65 + "}" * 65,
        "x: a" + ".a" * 65,
        "x: a" + "->first" * 65,
        "x: " + "[" * 65 + "]" * 65,
    ],
)
def test_nesting_beyond_the_limit_is_refused(text: str) -> None:
    with pytest.raises(MappingSyntaxError, match="nested more than 64 deep"):
        parse_selection(text)


def test_nesting_at_the_limit_runs() -> None:
    text = "a " + "{ a " * 60 + "}" * 60
    value: dict[str, object] = {"a": 1}
    for _ in range(60):
        value = {"a": value}

    assert parse_selection(text).compile()(value, {}, Issues()) == value


def test_a_text_beyond_the_limit_is_refused() -> None:
    with pytest.raises(MappingSyntaxError, match="at most 64,000 characters"):
        parse_selection("a " * 40_000)


def test_copies_that_would_double_with_every_step_are_refused() -> None:
    with pytest.raises(MappingSyntaxError, match="copies of its input"):
        parse_selection("x: $" + "->echo([@, @])" * 30)


def test_a_template_expression_gives_a_scalar_of_variables() -> None:
    read = parse_path("$args.id->toString").compile()

    assert read(None, {"$args": {"id": 5}}, Issues()) == "5"


@pytest.mark.parametrize(
    "text", ["id", "$.id", "@", "$args.x->map($.y)", "", "$args.a $args.b", "$args { x }"]
)
def test_a_template_expression_that_reads_no_variable_or_gives_an_object_is_refused(text: str) -> None:
    with pytest.raises(MappingSyntaxError):
        parse_path(text)


def test_the_place_of_a_template_expression_is_that_in_the_template() -> None:
    with pytest.raises(MappingSyntaxError) as refusal:
        parse_path("$args.x->uper", line=3, column=11)

    assert (refusal.value.line, refusal.value.column) == (3, 20)
