"""Counts add up, and callers who name themselves anew each time cannot make rows without end."""

from engine.resource.quality.facts import OTHER, CallCount, CallKey, Facts, FieldCount, FieldKey, bounded


def _call(api: str, client: str) -> CallKey:
    return CallKey(unit="u", source="m/s", source_name="s", api=api, client=client, channel="")


def _field(coordinate: str, client: str) -> FieldKey:
    return FieldKey("u", coordinate, ("a",), client, "")


def test_what_two_counted_adds_up_by_key_and_leaves_the_second_as_it_was() -> None:
    one = Facts(calls={_call("a", "web"): CallCount(calls=2, errors={"X": 1}, buckets={5: 2})})
    other = Facts(
        calls={_call("a", "web"): CallCount(calls=3, shared=1, errors={"X": 1, "Y": 1}, buckets={5: 1})},
        fields={_field("Q.f", "web"): FieldCount(calls=4)},
    )

    one.add(other)
    one.add(other)

    count = one.calls[_call("a", "web")]
    assert (count.calls, count.shared, count.errors, count.buckets) == (8, 2, {"X": 3, "Y": 2}, {5: 4})
    assert one.fields[_field("Q.f", "web")].calls == 8
    assert other.fields[_field("Q.f", "web")].calls == 4
    assert other.calls[_call("a", "web")].errors == {"X": 1, "Y": 1}


def test_few_rows_stay_as_they_are() -> None:
    facts = Facts(calls={_call("a", "web"): CallCount(calls=1)})

    assert bounded(facts, rows=10) is facts


def test_callers_that_ask_least_are_told_together_and_nothing_is_lost() -> None:
    facts = Facts()
    for number in range(50):
        client = f"c{number}"
        facts.call(_call("a", client)).calls = number + 1
        facts.field(_field("Q.f", client)).calls = number + 1

    fewer = bounded(facts, rows=20)

    clients = {key.client for key in fewer.calls}
    assert clients == {*(f"c{number}" for number in range(40, 50)), OTHER}
    assert sum(count.calls for count in fewer.calls.values()) == sum(range(51))
    assert sum(count.calls for count in fewer.fields.values()) == sum(range(51))
