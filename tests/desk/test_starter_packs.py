"""Starter packs are read, checked and added."""

import pytest

from editor.desk import starter_packs
from editor.errors import Invalid, NotFound
from editor.workflow import SourceKind
from tests import cast

PACK = """
name = "云州"
name_en = "Yunzhou"
[[source]]
name = "云州日报"
kind = "feed"
url = "https://www.yunzhou.example/rss.xml"
verified = "2026-07-01，已访问"
verified_en = "2026-07-01, fetched"
[[source]]
name = "云州政策"
kind = "json"
url = "https://www.yunzhou.example/zc.json"
selectors = { items = "$", link = "URL" }
verified = "2026-07-01，据文档"
verified_en = "2026-07-01, as documented"
"""


@pytest.fixture
def pack(tmp_path):
    (tmp_path / "yunzhou.toml").write_text(PACK, encoding="utf-8")
    return starter_packs.get_pack("yunzhou", tmp_path)


def test_every_pack_in_the_box_is_a_list_of_sources_with_their_last_check():
    packs = starter_packs.list_packs()
    assert [each.key for each in packs] == ["government", "news"]
    offers = [offer for each in packs for offer in each.offers]
    assert all(said.startswith("20") for offer in offers for said in offer.verified)
    assert len({offer.draft.url for offer in offers}) == len(offers)


def test_chosen_sources_are_added_once_and_name_their_pack(session, pack):
    home = cast.find_or_make_publication(session)
    ada = cast.chief_ada(session, home)
    url = "https://www.yunzhou.example/zc.json"
    done = starter_packs.add_from_pack(session, home, pack, [url], by=ada, now=cast.NOW)
    (source,) = done.added
    assert (source.name, source.kind, source.pack) == ("云州政策", SourceKind.json, "yunzhou")
    again = [offer.draft.url for offer in pack.offers]
    done = starter_packs.add_from_pack(session, home, pack, again, by=ada, now=cast.NOW)
    assert ([each.name for each in done.added], done.known) == (["云州日报"], ("云州政策",))


def test_nothing_chosen_and_a_broken_pack_are_refused_with_a_sentence(session, pack, tmp_path):
    home = cast.find_or_make_publication(session)
    with pytest.raises(Invalid):
        starter_packs.add_from_pack(session, home, pack, ["https://x"], by=None, now=cast.NOW)
    with pytest.raises(NotFound) as missing:
        starter_packs.get_pack("none", tmp_path)
    assert "yunzhou" in missing.value.chinese
    (tmp_path / "bad.toml").write_text('name = "x"\n[[source]]\nurl = "ftp://x"', encoding="utf-8")
    with pytest.raises(Invalid) as refusal:
        starter_packs.list_packs(tmp_path)
    assert "bad.toml" in refusal.value.chinese
