"""What is written as TOML is read back as it was."""

import tomllib

import pytest

from editor.profile import parse_profile, read_profile
from editor.text.toml_writer import toml
from tests.house.test_printed_words import PROFILES


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"name": "云州", "pages": 12, "size": 10.5, "on": True, "off": False, "none": []},
        {"text": '引号" 反斜\\ 换行\n制表\t \x7f \x00', "lines": ["甲", "乙"]},
        {"page": {"top": 84}, "styles": {"item": {"size": 18.0}, "节 一": {"font": "hei"}}},
        {"section": [{"name": "热点", "quota": 9}, {"name": "图书", "solo": True}]},
        {"masthead": {"show": True, "fields": [{"label": "电话", "value": "1"}]}, "a": 1},
    ],
)
def test_data_survives(data):
    assert tomllib.loads(toml(data)) == data


def test_nothing_is_written_of_what_is_not_there():
    assert tomllib.loads(toml({"budget": None, "page": {"budget": None, "top": 1}})) == {
        "page": {"top": 1}
    }


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_a_profile_survives(path):
    profile = read_profile(path)
    assert parse_profile(toml(profile.model_dump(mode="json"))) == profile
    assert parse_profile(toml(profile.model_dump(mode="json", exclude_defaults=True))) == profile
