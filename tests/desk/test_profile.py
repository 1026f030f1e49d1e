"""Two profiles compared, and what a wrong one says."""

import pytest

from editor.errors import Invalid
from editor.profile import differences, profile_from
from tests.cast import make_profile

HOT = {"name": "热点关注", "quota": 6}
HOME = {"name": "国内动态", "quota": 12}
WORLD = {"name": "国际视野", "quota": 8}


def test_a_changed_section_is_named_and_the_others_are_not_shown():
    new = [HOT, HOME | {"quota": 10}, WORLD]
    rows = differences({"section": [HOT, HOME, WORLD]}, {"section": new})
    assert rows == [("section.国内动态.quota", 12, 10)]


def test_a_section_more_a_section_less_and_another_order_are_differences():
    old, new = {"section": [HOT, HOME]}, {"section": [HOME, HOT, WORLD]}
    assert differences(old, new) == [
        ("section", ["热点关注", "国内动态"], ["国内动态", "热点关注"]),
        ("section.国际视野", None, WORLD),
    ]
    assert differences({"section": [HOT, HOME]}, {"section": [HOT]}) == [
        ("section.国内动态", HOME, None)
    ]


def test_lists_without_names_are_compared_whole():
    assert differences({"lines": ["甲"]}, {"lines": ["乙"]}) == [("lines", ["甲"], ["乙"])]


def test_two_sections_of_one_name_are_refused_in_both_languages():
    data = make_profile().model_dump(mode="json") | {"section": [HOT, HOT]}
    with pytest.raises(Invalid) as raised:
        profile_from(data)
    assert "两个栏目同名" in raised.value.chinese and "Value error" not in raised.value.chinese
    assert "two sections have the same name" in raised.value.english
