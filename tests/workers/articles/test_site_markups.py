"""Invented articles in the markup that Chinese sites and content systems really use.

Each page in `sites/` must give headline, day, source and exactly the article's lines: nothing of
the navigation, the credits or the lists around it.
"""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from editor.text.document import body_text
from workers.articles.extract import extract

SITES = Path(__file__).parent / "sites"
ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 6, 30, tzinfo=UTC)
DAY = "2026-06-18"
TITLE = "云州出台十条措施支持青屿区港口建设"
LINES = (
    "云州日报讯（记者 林晚舟）6月18日，云州市政府印发措施，支持青屿区港口建设。",
    "措施提出，明年年底东港码头年吞吐能力要达到三百万吨；仓储同步建成，通关时间压缩一半。",
    "在资金方面，市级财政安排专项资金两亿元，对购置新能源装卸设备的企业给予补助。",
    "“码头离我们厂区只有八公里，货物当天就能上船。”临澜市一家企业负责人说。",
    "下一步，云州将建立清单制度，逐项明确责任单位和完成时限，每季度公布进展情况。",
)
PARTS = {
    "title": TITLE,
    "story": "".join(f"<p>　　{line}</p>" for line in LINES),
    "breaks": "<br><br>".join(f"　　{line}" for line in LINES),
    "nav": '<div class="nav"><ul><li><a href="/">首页</a></li><li><a href="/yw/">要闻</a></li>'
    '<li><a href="/cj/">财经</a></li><li><a href="/gj/">国际</a></li></ul></div>',
    "more": "<ul>"
    + "".join(
        f'<li><a href="/n/{n}.html">临澜市第{n}批重点项目集中开工建设</a></li>' for n in range(1, 9)
    )
    + "</ul>",
    "foot": '<div class="footer"><p>关于我们 | 联系我们 | 网站地图</p>'
    "<p>云州日报社 版权所有 云ICP备00000000号 未经授权，禁止复制。</p></div>",
}
# Pages that do not name their source, and those that name an author.
WITHOUT_SOURCE = {"wordpress", "tencent"}
SIGNED = {"university_vsb", "dedecms", "stcn", "yicai", "powereasy"}


def page_of(name: str) -> str:
    text = (SITES / f"{name}.html").read_text(encoding="utf-8")
    for part, markup in PARTS.items():
        text = text.replace(f"{{{{{part}}}}}", markup)
    return text


@pytest.mark.parametrize("name", sorted(path.stem for path in SITES.iterdir()))
def test_an_article_is_read_whatever_the_content_system(name):
    url = "https://www.yunzhou.example/content/1001.html"
    found = extract(page_of(name).encode(), url=url, content_type="", now=NOW, zone=ZONE)
    assert body_text(found.blocks).split("\n") == [*LINES]
    assert found.title == TITLE
    assert found.published and f"{found.published.moment.astimezone(ZONE):%Y-%m-%d}" == DAY
    assert found.source_name == ("" if name in WITHOUT_SOURCE else "云州日报")
    assert found.byline == "林晚舟" or name not in SIGNED
    assert found.agreement is None or found.agreement >= 0.85
    assert not [note for note in found.notes if note.startswith("date:")]
