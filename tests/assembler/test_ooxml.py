"""Raw WordprocessingML: schema order, fields, and a package with the same bytes each time."""

import io
import zipfile
from datetime import date

import pytest

from editor.assembler.ooxml import (
    Package,
    complex_field,
    core_properties,
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


def test_a_field_begins_separates_and_ends():
    kinds = [
        char.get(qualified("w:fldCharType"))
        for node in complex_field(" PAGE ", "1")
        for char in node.iter(qualified("w:fldChar"))
    ]
    assert kinds == ["begin", "separate", "end"]


def test_the_same_target_is_related_once():
    package = Package()
    part = package.add("word/document.xml", "text/xml", element("w:document"))
    first = part.relate("hyperlink", "https://www.yunzhou.example/?a=1&b=2", external=True)
    assert part.relate("hyperlink", "https://www.yunzhou.example/?a=1&b=2", external=True) == first
    assert part.relate("styles", "styles.xml") != first


def test_the_same_picture_is_stored_once():
    package = Package()
    assert package.add_picture(b"png", "png") == package.add_picture(b"png", "png")
    assert package.add_picture(b"other", "png") == "media/image2.png"


def test_a_part_is_added_once():
    package = Package()
    package.add("word/styles.xml", "text/xml", element("w:styles"))
    with pytest.raises(ValueError, match="exists"):
        package.add("word/styles.xml", "text/xml", element("w:styles"))


def make_package() -> bytes:
    package = Package()
    document = package.add("word/document.xml", "text/xml", element("w:document"))
    document.relate("hyperlink", "https://www.yunzhou.example/?a=1&b=2", external=True)
    package.root.relate("officeDocument", "word/document.xml")
    return package.save()


def test_the_package_lists_types_first_and_has_one_date():
    with zipfile.ZipFile(io.BytesIO(make_package())) as archive:
        entries = archive.infolist()
        relations = archive.read("word/_rels/document.xml.rels").decode()
    assert [entry.filename for entry in entries][:2] == ["[Content_Types].xml", "_rels/.rels"]
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert 'Target="https://www.yunzhou.example/?a=1&amp;b=2" TargetMode="External"' in relations


def test_the_same_parts_give_the_same_bytes():
    assert make_package() == make_package()


def test_properties_carry_the_issues_date_and_nobodys_name():
    properties = core_properties(
        title="云州信息摘编 <7>", creator="云州市信息中心", subject="", language="zh-CN",
        on=date(2034, 7, 15),
    ).decode()  # fmt: skip
    assert "<dc:title>云州信息摘编 &lt;7&gt;</dc:title>" in properties
    assert properties.count("2034-07-15T00:00:00Z") == 2
    assert "<cp:lastModifiedBy></cp:lastModifiedBy>" in properties


def test_marks_of_a_run_are_all_optional():
    assert run(text_node("w:t", "文")).find(qualified("w:rPr")) is None
    bold = run(text_node("w:t", "文"), bold=True, vertical="superscript", size=9)
    assert names(bold.find(qualified("w:rPr"))) == ["b", "bCs", "sz", "szCs", "vertAlign"]
