"""XML is read safely: nothing is expanded or fetched, and size, depth and count are bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.flow.formats.xml_tree import (
    MAX_CHARACTERS,
    MAX_DEPTH,
    MAX_NODES,
    XmlNode,
    XmlRefused,
    is_xml_text,
    parse_xml,
    write_xml,
)

BOMB = '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>'
OUTSIDE = '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no xml",
        "<a>",
        "<a/><b/>",
        "<a:b/>",
        "<a>&unknown;</a>",
        "<a b='1' b='2'/>",
        "<a>\x01</a>",
        "<a>\ud800</a>",
        BOMB,
        OUTSIDE,
        '<!DOCTYPE a PUBLIC "x" "http://localhost/x.dtd"><a/>',
        "<a>" * (MAX_DEPTH + 1) + "</a>" * (MAX_DEPTH + 1),
        "<r>" + "<a/>" * MAX_NODES + "</r>",
        "<a>" + "x" * MAX_CHARACTERS + "</a>",
    ],
    ids=range(15),
)
def test_what_is_no_xml_or_hostile_is_refused(text: str) -> None:
    with pytest.raises(XmlRefused) as refused:
        parse_xml(text)
    assert refused.value.line >= 1


def test_what_the_text_declares_of_its_encoding_does_not_matter() -> None:
    assert parse_xml('<?xml version="1.0" encoding="UTF-16"?><a b="é"/>').attributes == {"b": "é"}


def test_names_have_their_namespaces_and_elements_their_lines() -> None:
    root = parse_xml('<a xmlns="u" xmlns:v="v"\n b="1" v:c="2">\n<v:d>x<![CDATA[<y>]]></v:d></a>')
    assert (root.name, root.attributes) == ("{u}a", {"b": "1", "{v}c": "2"})
    (child,) = root.children
    assert (child.name, child.text, child.line, child.namespace, child.local) == ("{v}d", "x<y>", 3, "v", "d")


TEXTS = st.text(max_size=20).filter(is_xml_text)
NAMES = st.sampled_from(["a", "{u}a", "{v}b", "{http://www.w3.org/XML/1998/namespace}lang"])


@given(NAMES, st.dictionaries(NAMES, TEXTS, max_size=3), TEXTS.map(lambda text: f"x{text}x"))
def test_what_is_written_is_read_again(name: str, attributes: dict[str, str], text: str) -> None:
    root = XmlNode("{u}root", {}, [XmlNode(name, attributes, text=text)])
    written = write_xml(root, {"u": "p"})
    again = parse_xml(written)
    assert (again.children[0].name, again.children[0].attributes) == (name, attributes)
    assert again.children[0].text == text
    assert write_xml(again, {"u": "p"}) == written
