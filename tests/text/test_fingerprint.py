"""Reprints are told from texts that merely share words; the figures decide about forms."""

import pytest

from editor.text.fingerprint import bands, containment, digest, same_text, wording

LEAD = (
    "近日，云州市人民政府印发《云州港口振兴三年行动方案》，提出到二〇二八年建成泊位三十六个，"
    "港口年吞吐能力达到4820万吨，集装箱班列每周开行27列。"
)
BODY = (
    "方案明确，青屿区东港作业区率先完成改造，投入资金13.6亿元，其中市级财政承担四成，其余由企业自筹。",
    "临澜市将同步建设铁路支线，全长58.2公里，设站七座，预计明年汛期之前铺轨，沿线四个乡镇由此通上火车。",
    "市交通局负责人表示，港口提升之后，货物由云州运抵海滨的时间可以缩短一天半，物流费用下降12.5%。",
    "方案还要求建立联席会议制度，每季度通报工程进度，对拖延的单位公开点名，并将结果纳入年度考核。",
)
ORIGINAL = "\n".join((LEAD, *BODY))
OTHER = (
    "记者走访临澜市西街菜场时看到，摊位已经换上统一的招牌，过道拓宽到三米，老人推着小车也能从容通过。",
    "菜场负责人介绍，改造期间商户没有一天停业，施工队每天夜里十点进场，清晨五点撤出，前后用了两个月。",
    "家住附近的居民说，从前下雨天地面积水，如今排水沟通畅，灯也亮了，买菜成了一件舒心的事情。",
)


def judged(one: str, other: str) -> bool:
    answer = same_text(wording(one), wording(other))
    assert answer == same_text(wording(other), wording(one))
    return answer


@pytest.mark.parametrize("reprint", [
    ORIGINAL,
    ORIGINAL.replace("，", ",").replace("0", "０").replace("\n", "\n\n  "),
    "新华社云州7月9日电（记者 甘棠）" + ORIGINAL,
    "本报讯（记者甘棠 黎川）记者获悉，" + ORIGINAL.removeprefix("近日，"),
    "\n".join((LEAD, *BODY[:3])),
    "\n".join((LEAD, *BODY[:2])),
    ORIGINAL + "\n责任编辑：甘棠\n声明：转载此文是出于传递更多信息之目的。\n更多精彩请下载客户端。",
    "来源：云州日报\n" + ORIGINAL + "\n原文链接：https://daily.yunzhou.example/2026/07/1.html",
    "\n".join((LEAD, *BODY[:3], OTHER[0])),
])  # fmt: skip
def test_a_reprint_is_the_same_text(reprint: str) -> None:
    assert judged(ORIGINAL, reprint)


def test_a_form_filled_with_new_figures_is_another_text() -> None:
    form = (
        "云州海关今天上午在临澜市召开新闻发布会，介绍全市外贸进出口情况。{}月份，按人民币计价，"
        "全市进出口总值为{}亿元，同比增长{}%，其中出口{}亿元，进口{}亿元，贸易结构继续优化。"
    )
    june = form.format(6, 213.4, 7.9, 134.2, 79.2)
    july = form.format(7, 228.1, 6.3, 141.7, 86.4)
    assert containment(wording(june), wording(july)) > 0.6
    assert judged(june, june)
    assert not judged(june, july)


def test_texts_that_share_a_paragraph_are_not_the_same() -> None:
    assert not judged("\n".join((BODY[3], *OTHER)), ORIGINAL)
    assert not judged("\n".join((OTHER[0], OTHER[1], BODY[3])), "\n".join((BODY[3], OTHER[2])))


def test_texts_that_open_alike_and_go_on_apart_are_not_the_same() -> None:
    assert not judged("\n".join((BODY[3], OTHER[0], OTHER[1])), "\n".join((BODY[3], *BODY[:2])))


def test_a_round_up_is_no_reprint_of_what_it_opens_with() -> None:
    assert not judged(BODY[3], "\n".join((BODY[3], *OTHER, *BODY[:2])))


@pytest.mark.parametrize("text", ["", "详见附件。", "图为青屿区东港作业区改造现场。甘棠摄"])
def test_a_text_too_short_to_tell_has_no_neighbours(text: str) -> None:
    assert bands(wording(text)) == ()
    assert not judged(text, text)


def test_containment_is_the_part_found_in_the_whole() -> None:
    part, whole = wording("\n".join((LEAD, BODY[0]))), wording(ORIGINAL)
    assert containment(part, whole) == 1.0
    assert containment(whole, part) < 0.6
    assert containment(wording(""), whole) == 0.0


def test_a_cut_reprint_shares_a_band_with_its_original() -> None:
    cut = bands(wording("\n".join((LEAD, *BODY[:2]))))
    assert len(cut) == 24
    assert set(cut) & set(bands(wording(ORIGINAL)))
    assert not set(cut) & set(bands(wording("\n".join(OTHER))))


def test_width_and_furniture_do_not_change_the_digest() -> None:
    assert digest(wording(ORIGINAL)) == digest(
        wording(ORIGINAL.replace("，", ",") + "\n责编：甘棠")
    )


def test_stored_bands_stay_valid() -> None:
    # whoever changes this test must have every candidate's bands made anew
    assert bands(wording(ORIGINAL))[:3] == (1461252145, 891673281, 1158938236)
