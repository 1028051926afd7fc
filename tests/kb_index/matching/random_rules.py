"""Random rules and questions that meet often: few dimensions, few values of each, all kinds of predicates."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from kb_index.matching import Asked, Condition, OneOf, Predicate, Range, Rule, Under, Value, key_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WORDS = ("lock", "bike", "refund", "open", "fee", "lost")
NAMES = ("city", "product", "amount", "vip", "$where", "a.b")
PATHS = ("cn", "cn/north", "cn/north/beijing", "cn/northern", "us")

VALUES = st.one_of(st.sampled_from(PATHS), st.integers(0, 4), st.sampled_from([0.5, 1.0, 2.5]), st.booleans())
QUESTIONS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(" ".join)


def key(value: Value) -> tuple[str, Value]:
    found = key_of(value)
    assert found is not None
    return found


@st.composite
def ranges(draw: st.DrawFn) -> Range:
    kind = st.integers(0, 4) if draw(st.booleans()) else st.sampled_from(PATHS)
    low, high = sorted([draw(kind), draw(kind)], key=repr)
    which = draw(st.sampled_from(["low", "high", "both"]))
    both_open = draw(st.booleans()) and low != high
    return Range(
        low=None if which == "high" else key(low),
        high=None if which == "low" else key(high),
        low_open=which != "high" and both_open,
        high_open=which != "low" and draw(st.booleans()) and low != high,
    )


PREDICATES: st.SearchStrategy[Predicate] = st.one_of(
    st.frozensets(VALUES.map(key), min_size=1, max_size=3).map(OneOf),
    st.sampled_from(PATHS).map(Under),
    ranges(),
)
CONDITIONS = st.builds(
    Condition,
    dimensions=st.dictionaries(st.sampled_from(NAMES), PREDICATES, max_size=3),
    requires=st.frozensets(st.sampled_from(NAMES), max_size=1),
    texts=st.lists(QUESTIONS, max_size=2).map(tuple),
)
MOMENTS = st.none() | st.integers(-2, 2).map(lambda hours: NOON + timedelta(hours=hours))
RULES = st.builds(
    Rule,
    id=st.sampled_from([f"r{number}" for number in range(30)]),
    unit=st.sampled_from(["rides", "care"]),
    priority=st.integers(0, 2),
    conditions=st.lists(CONDITIONS, min_size=1, max_size=3).map(tuple),
    opens=MOMENTS,
    closes=MOMENTS,
)
ASKED = st.builds(
    Asked,
    dimensions=st.dictionaries(st.sampled_from(NAMES), VALUES.map(key), max_size=5),
    question=st.none() | QUESTIONS,
    at=st.just(NOON),
    units=st.none() | st.frozensets(st.sampled_from(["rides", "care", "none"]), max_size=2),
)
