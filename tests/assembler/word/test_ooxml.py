"""Raw WordprocessingML: elements in schema order, fields, runs."""

import pytest

from editor.assembler.word.ooxml import (
    complex_field,
    element,
    put_in_order,
    qualified,
    run,
    text_node,
    value,
)


def names(node) -> list[str]:
    return [child.tag.rpartition("}")[2] for child in node]


def test_children_are_put_where_the_schema_wants_them():
    properties = element("w:pPr", value("w:jc", "center"), element("w:keepNext"))
    properties.append(value("w:pStyle", "IssueBody"))
    put_in_order(element("w:p", properties))
    assert names(properties) == ["pStyle", "keepNext", "jc"]


def test_references_of_one_kind_keep_their_order():
    section = element(
        "w:sectPr",
        element("w:pgSz", w=1, h=2),
        element("w:headerReference", r__id="rId2"),
        element("w:headerReference", r__id="rId1"),
    )
    put_in_order(section)
    assert [ref.get(qualified("r:id")) for ref in section[:2]] == ["rId2", "rId1"]


def test_a_child_without_a_place_is_refused():
    with pytest.raises(ValueError, match="has no place"):
        put_in_order(element("w:pPr", element("w:tblHeader")))


def test_attributes_are_words_own_unless_they_name_another_prefix():
    link = element("w:hyperlink", history=1, r__id="rId7", anchor=None, docLocation=True)
    assert dict(link.attrib) == {
        qualified("w:history"): "1",
        qualified("r:id"): "rId7",
        qualified("w:docLocation"): "1",
    }


def test_characters_that_xml_cannot_hold_are_dropped():
    assert text_node("w:t", "云\x00州\x0b日\ud800报").text == "云州日报"
    assert element("wp:docPr", descr="云\x00州\x1f日报").get("descr") == "云州日报"


def test_a_field_begins_separates_and_ends():
    kinds = [
        char.get(qualified("w:fldCharType"))
        for node in complex_field(" PAGE ", "1")
        for char in node.iter(qualified("w:fldChar"))
    ]
    assert kinds == ["begin", "separate", "end"]


def test_marks_of_a_run_are_all_optional():
    assert run(text_node("w:t", "文")).find(qualified("w:rPr")) is None
    bold = run(text_node("w:t", "文"), bold=True, vertical="superscript", size=9)
    assert names(bold.find(qualified("w:rPr"))) == ["b", "bCs", "sz", "szCs", "vertAlign"]
