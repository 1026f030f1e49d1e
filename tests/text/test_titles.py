import pytest

from editor.text.titles import clean_title


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("云州出台育儿新规_要闻_云州网", "云州出台育儿新规"),
        ("云州出台育儿新规--社会--云州网", "云州出台育儿新规"),
        ("云州出台育儿新规 - 云州日报", "云州出台育儿新规"),
        ("云州出台育儿新规-云州市人民政府", "云州出台育儿新规"),
        ("云州出台育儿新规|青屿晚报", "云州出台育儿新规"),
        ("云州规划2026-2030年公布_云州网", "云州规划2026-2030年公布"),
        ("GDP增长5.1% - 云州统计", "GDP增长5.1% - 云州统计"),
        ("开工了_云州特区报", "开工了"),
    ],
)
def test_the_site_suffix_is_cut_from_the_page_title(title, expected):
    assert clean_title("", title) == expected


def test_a_name_the_site_gives_itself_is_cut():
    assert clean_title("", "云州出台育儿新规 - 云上", site_name="云上") == "云州出台育儿新规"


def test_the_heading_wins_over_the_page_title():
    assert clean_title("云州出台 育儿新规", "云州出台育儿新规_云州网") == "云州出台 育儿新规"


def test_a_heading_cut_short_gives_way_to_the_whole_title():
    assert clean_title("云州出台育儿…", "云州出台育儿新规_云州网") == "云州出台育儿新规"


def test_a_heading_that_names_the_channel_gives_way():
    assert clean_title("新闻中心", "云州出台育儿新规_云州网") == "云州出台育儿新规"


def test_markup_written_into_a_title_is_dropped():
    assert clean_title("云州<script>alert(1)</script>新规", "") == "云州新规"


def test_nothing_gives_nothing():
    assert clean_title("", "") == ""
