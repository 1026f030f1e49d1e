"""What stands inside an article's container without being the article, and how it goes."""

import re
import unicodedata
from collections.abc import Callable

from lxml.html import HtmlElement

from editor.text.document import (
    AnyBlock,
    Blocks,
    Figure,
    Heading,
    ListBlock,
    Paragraph,
    Quote,
    Table,
    block_lines,
    plain,
)
from editor.text.markup_inline import squeeze
from workers.articles.containers import bare_text, names_of

# Names of zones that are never part of the article, and of small things that seldom are.
_ZONE_NAMES = re.compile(
    r"(?:^|[\s_-])(?:share\w*|bdshare\w*|bds_\w*|jiathis\w*|social\w*|relat(?:ed|e|ive)\w*|xgyd|xgwz"
    r"|xiangguan\w*|recommend\w*|tuijian\w*|comments?|pinglun|pagination|pager?|fenye"
    r"|page-?(?:nums?|nav|list|links?)|ads?|advert\w*|guanggao|adsbygoogle|qrcode\w*|erweima|ewm"
    r"|crumbs?|breadcrumbs?|hot-?(?:news|list|words?)|rank\w*|more-?news|prev-?next|next-?prev"
    r"|pre-?next|shangxia\w*|otherarticle|open-?app|download-?app|app-?down\w*)(?:$|[\s_-])",
    re.I,
)
_SMALL_NAMES = re.compile(
    r"(?:^|[\s_-])(?:copyrights?|statement|shengming|disclaimer|mianze\w*|editors?|zebian|zrbj|gg\d*"
    r"|toolbars?|tools?|fontsize|font-?size|ziti|zihao|print\w*|tags?|tag-?list|keywords?|like-?btn"
    r"|zan|dianzan|follow\w*|subscribe|sxp|tips|report-?btn|video-?player|audio-?player|reward"
    r"|sponsor\w*|dashang|vote|survey|feedback|fankui|special-?tag\w*|(?:mw-)?edit-?section)(?:$|[\s_-])",
    re.I,
)
SMALL = 150
_RELATED = re.compile(
    r"^[【\[>＞●■▶►◆·\s]*(?:相关(?:阅读|新闻|链接|文章|报道|推荐|专题|稿件|信息|资讯|内容|文档)|延伸阅读|推荐阅读|热点(?:新闻|推荐|阅读)"
    r"|更多(?:新闻|阅读|内容|精彩|文章)|猜你喜欢|大家都在看|精彩推荐|猜您喜欢|往期(?:回顾|推荐|精选|精彩)|热门(?:推荐|文章|新闻|排行)"
    r"|新闻推荐|阅读推荐|为您推荐|今日(?:热点|推荐)|编辑推荐|友情链接|点击(?:查看|阅读)更多|上一篇|下一篇|视频推荐|网友评论|发表评论"
    r"|最新评论|评论\s*[（(]\d+)"
)
_ATTACHMENT = re.compile(
    r"附件|附：|\.(?:docx?|xlsx?|pdf|pptx?|zip|rar|wps|et|ofd|txt|csv)\b", re.I
)
_PERSON = r"[\u4e00-\u9fff·A-Za-z]{1,8}"
_TAIL = re.compile(
    r"^[\s（(【\[〔—\-]*(?:"
    r"责任?编辑?\s*[:：/|]|责编|责任编辑|(?:本文|本期|网络|网页|新媒体|文字|图文|值班|实习|执行|微信|美术|视觉)?(?:编辑|编审|校对|审核|审校"
    r"|终审|初审|复审|监制|总监制|总编|主编|副主编|统筹|策划|排版|制作|责校|编校|美编|设计|值班(?:主任|编委|总编)?|签审|审读|审签"
    r"|供稿|投稿|撰稿|责任校对|流程编辑|运营)(?:人|员)?\s*[:：丨|/]"
    r"|(?:本文|文章|信息|稿件|新闻|内容|资料)?来\s*源\s*[:：]|原标题\s*[:：]|原文(?:标题|链接|来源)\s*[:：]|(?:本文)?(?:转载|摘)自\s*[:：]?"
    r"|(?:打印|关闭|返回|收藏|分享|纠错)(?:本页|本文|窗口|页面|顶部|列表)?\s*[】\]）)]?$"
    r"|(?:特别|版权|免责|郑重|重要)?(?:声明|说明|提示)\s*[:：]|版权所有|版权归|免责声明|版权声明|转载请注明|未经授权|未经许可|凡注明"
    r"|(?:微信)?扫(?:一扫|码|描)|长按(?:识别|二维码|关注|扫码)|识别二维码|点击(?:下方|上方|蓝字|阅读原文|左下角)|关注(?:我们|公众号|微信)"
    r"|欢迎(?:关注|扫码|转发|订阅)|(?:更多|更)(?:精彩|内容|资讯|信息).{0,12}(?:关注|点击|请|扫)|阅读原文|返回搜狐|举报/反馈|打开APP"
    r"|分享(?:到|至|本文|让更多)|点赞|在看|收藏|字(?:号|体)\s*[:：]|浏览(?:次数|量)?\s*[:：]|阅读(?:次数|量|数)?\s*[:：]|点击(?:次数|量|数)\s*[:：]"
    r"|(?:标签|关键词|关键字|分类|Tags?)\s*[:：]|上一[篇条页]|下一[篇条页]|相关(?:链接|阅读|新闻|文章)\s*[:：]?$|(?:新闻|爆料)热线"
    r"|(?:ENDS?|end|完|全文完|本文完)[\s）)】\]—\-]*$"
    rf"|(?:文字?|图|图片|摄影|摄像|记者|通讯员|作者|采写|撰文)\s*[:：/|丨]\s*(?:{_PERSON}[\s、，,]*){{1,6}}[）)】]?$"
    r")",
    re.I,
)
_END = re.compile(r"^[\s（(【\[]*(?:责任编辑|责编|本文编辑|值班编辑)\s*[:：]?\s*\S")
_LEGAL = re.compile(
    r"ICP备|公网安备|版权所有|Copyright|All Rights Reserved|违法和不良信息|举报(?:电话|邮箱)"
    r"|意见反馈|未经(?:书面)?授权|专稿，?未经|仅代表(?:作者|该作者)|仅提供信息(?:存储|发布)",
    re.I,
)
_HEAD = re.compile(
    r"^[\s（(【\[]*(?:(?:当前|您的|你的|您现在的|现在)?(?:位置|所在位置)\s*[:：]|首页\s*[>＞»/]|字(?:号|体)\s*[:：]|(?:大|中|小)\s*(?:大|中|小)"
    r"|(?:发布|发表|更新|发稿|刊发)?(?:时间|日期)\s*[:：]|(?:文章|信息|稿件|新闻|内容)?来\s*源\s*[:：]|(?:原标题|原题)\s*[:：]|(?:作者|记者|编辑|责编)\s*[:：]"
    r"|浏览|阅读(?:次数|量|数)?\s*[:：]|点击(?:次数|量|数|蓝字|上方|关注)|【?(?:打印|关闭|字体)|分享(?:到|至)?|【?广告】?|扫(?:一扫|码)"
    r"|听新闻|语音播报|播放|关注|收藏|我要评论|评论|\d+\s*(?:评论|次)|(?:以下|本)文(?:章|内容)?(?:来源|转自|来自))"
)
_DATELINE = re.compile(
    r"^[^。！？]{0,40}(?:19|20)\d{2}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?(?:\s*\d{1,2}[:：]\d{2}"
    r"(?:[:：]\d{2})?)?[^。！？，]{0,60}$"
)
_BUTTON = re.compile(
    r"^[\[【]?(?:编辑|播报|更多|展开(?:全[文部])?|收起|查看(?:更多|全[文部])|×)[\]】]?[>＞»]*$"
)
_REPRINT = re.compile(r"^[\s（(【\[*]*转载请(?:注明|保留|标明)")
_ADVERT = re.compile(r"^[\s【\[（(]*(?:广告|推广|AD|赞助)[】\]）)\s:：]|推广热线|^广告$", re.I)
LONGEST_TAIL_LINE = 160
LONGEST_HEAD_LINE = 90
DEEPEST_TAIL = 20
LEAST_BEFORE_END = 80
LOOSE_LINE = 25


def strip_elements(root: HtmlElement) -> int:
    """Take shares, pagers, adverts and lists of other articles out of a container.

    Returns how many elements went. An element that holds half of the text stays whatever its
    name says: some content systems call the article itself "editor" or "print".
    """
    total = len(bare_text(root)) or 1
    doomed: list[HtmlElement] = []
    gone: set[HtmlElement] = set()
    for element in root.iterdescendants():
        if not isinstance(element.tag, str) or element.getparent() in gone:
            gone.add(element)
            continue
        if _furnishes(element, total):
            gone.add(element)
            doomed.append(element)
    for element in doomed:
        element.drop_tree()
    return len(doomed)


def _furnishes(element: HtmlElement, total: int) -> bool:
    if element.tag in ("nav", "footer", "form", "ins"):
        return len(bare_text(element)) * 2 < total
    if element.tag not in ("p", "td", "tr", "body") and (names := names_of(element)):
        small = _SMALL_NAMES.search(names)
        if small or _ZONE_NAMES.search(names):
            text = bare_text(element)
            fits = len(text) * 2 < total and (not small or len(text) <= SMALL)
            return fits and not _ATTACHMENT.search(text)
    if element.tag in ("ul", "ol", "div", "dl", "table", "section"):
        return _links_elsewhere(element, total)
    if element.tag == "a":
        return _link_sold(element)
    return element.tag in ("p", "div", "span") and _buttons_only(element)


def _link_sold(link: HtmlElement) -> bool:
    """Return whether a link says itself that it is an advertisement."""
    words = bare_text(link)
    return words.startswith("广告") and len(words) <= SMALL and bool(link.get("href"))


def _links_elsewhere(element: HtmlElement, total: int) -> bool:
    """Return whether an element is a list of links to other articles (not to attachments)."""
    links = element.findall(".//a[@href]")
    if len(links) < 3:
        return False
    text = bare_text(element)
    linked = sum(len(bare_text(link)) for link in links)
    if not text or len(text) * 2 > total or _ATTACHMENT.search(text):
        return False
    return linked >= 0.75 * len(text)


def _buttons_only(element: HtmlElement) -> bool:
    """Return whether all words of a small element are scripted links: buttons, not text."""
    links = element.findall(".//a")
    if not links or not all(
        (link.get("href") or "").strip().lower().startswith("javascript:") for link in links
    ):
        return False
    text = bare_text(element)
    return 0 < len(text) <= 40 and sum(len(bare_text(link)) for link in links) >= 0.9 * len(text)


def keep_words(blocks: list[AnyBlock], words: str) -> list[AnyBlock]:
    """Return the blocks whose text is among `words` (no white space), and what lies between.

    A table or picture stays when text before and after it stays.
    """
    told = ["".join("".join(block_lines(block)).split()) for block in blocks]
    known = [len(text) >= 2 and _among(text, words) for text in told]
    places = [number for number, block in enumerate(blocks) if known[number] and _line(block)]
    if not places:
        return blocks
    inner = range(places[0], places[-1] + 2)
    return [
        block
        for number, block in enumerate(blocks)
        if known[number] or (number in inner and isinstance(block, Table | Figure))
    ]


def _among(text: str, words: str) -> bool:
    if text in words:
        return True
    grams = [text[i : i + 6] for i in range(0, max(1, len(text) - 5), 3)]
    return sum(gram in words for gram in grams) >= 0.7 * len(grams)


# --- lines ---------------------------------------------------------------------------------------


def strip_lines(blocks: Blocks, title: str) -> Blocks:
    """Take the repeated title and dateline from the head, credits and notices from the tail."""
    kept = [
        block
        for block in blocks
        if not _ADVERT.search(_line(block)) and not _BUTTON.match(_line(block))
    ]
    kept = _without_related(_until_end(kept))
    return tuple(_without_tail(_without_head(kept, title)))


def _line(block: AnyBlock) -> str:
    if isinstance(block, Paragraph | Heading):
        return squeeze(plain(block.content))
    return ""


def _without_head(blocks: list[AnyBlock], title: str) -> list[AnyBlock]:
    """Drop leading lines up to the last that repeats the title or tells time, source, crumbs."""
    cut = 0
    for number, block in enumerate(blocks[:8]):
        line = _line(block)
        if isinstance(block, Figure | ListBlock) and number == cut:
            continue
        if not line or len(line) > LONGEST_HEAD_LINE:
            break
        if _same(line, title) or _HEAD.match(line) or _DATELINE.match(line):
            cut = number + 1
        elif "。" in line or len(line) >= 40:
            break
    kept = [block for block in blocks[:cut] if isinstance(block, Figure)]
    return [*kept, *blocks[cut:]]


def _same(line: str, title: str) -> bool:
    bare, other = _loose(line), _loose(title)
    return bool(bare) and (bare == other or (len(bare) >= 8 and bare in other))


def _loose(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text))


def _until_end(blocks: list[AnyBlock]) -> list[AnyBlock]:
    """Cut where the article ends by its own word: at its editor's name, or at terms of reprint."""
    sizes = [sum(len(line) for line in block_lines(block)) for block in blocks]
    before, total = 0, sum(sizes)
    for number, block in enumerate(blocks):
        line = _line(block) if before >= LEAST_BEFORE_END else ""
        if line and len(line) <= 60 and _END.match(line) and 3 * before >= total:
            return blocks[:number]
        if len(line) <= LONGEST_TAIL_LINE and _REPRINT.match(line) and 2 * before >= total:
            return blocks[:number]
        before += sizes[number]
    return blocks


def _without_related(blocks: list[AnyBlock]) -> list[AnyBlock]:
    """Cut at a heading such as 相关阅读 in the second half when no long text follows it."""
    for number, block in enumerate(blocks):
        line = _line(block)
        if number * 2 < len(blocks) or not line or len(line) > 40 or not _RELATED.match(line):
            continue
        rest = blocks[number + 1 :]
        if not any(isinstance(after, Table) or len(_line(after)) > 100 for after in rest):
            return blocks[:number]
    return blocks


def _without_tail(blocks: list[AnyBlock]) -> list[AnyBlock]:
    """Drop the trailing credits and notices with the pictures and scraps of lines among them."""
    cut = len(blocks)
    for number in range(len(blocks) - 1, max(len(blocks) - DEEPEST_TAIL, 0), -1):
        block = blocks[number]
        if _is_tail(block):
            cut = number
        elif not _may_stand_in_tail(block):
            break
    return _last_line_trimmed(blocks[:cut])


def _is_tail(block: AnyBlock) -> bool:
    if isinstance(block, ListBlock | Quote):
        lines = [line for line in block_lines(block) if line]
        return bool(lines) and all(_TAIL.match(squeeze(line)) for line in lines)
    line = _line(block)
    known = _TAIL.match(line) or _LEGAL.search(line)
    return 0 < len(line) <= LONGEST_TAIL_LINE and bool(known)


def _may_stand_in_tail(block: AnyBlock) -> bool:
    """Return whether a block below a credit goes with it: a picture, a scrap, no sentence."""
    if isinstance(block, Figure):
        return True
    lines = [squeeze(line) for line in block_lines(block)]
    scraps = (len(line) <= LOOSE_LINE and not re.search(r"[。！？；，]", line) for line in lines)
    return not isinstance(block, Table) and all(scraps)


_CREDIT_AT_END: Callable[[str], re.Match[str] | None] = re.compile(
    r"\s*[（(【\[](?:责任编辑|责编|编辑|来源|完|文章来源|本文来源|作者|记者)\s*[:：]?[^（()）。，]{0,40}[）)】\]]\s*$"
).search


def _last_line_trimmed(blocks: list[AnyBlock]) -> list[AnyBlock]:
    """Cut a credit in brackets from the end of the last paragraph."""
    if not blocks or not isinstance(last := blocks[-1], Paragraph) or not last.content:
        return blocks
    run = last.content[-1]
    if run.type != "text" or not (match := _CREDIT_AT_END(run.text)):
        return blocks
    text = run.text[: match.start()].rstrip()
    content = (*last.content[:-1], *([run.model_copy(update={"text": text})] if text else []))
    trimmed = last.model_copy(update={"content": content})
    return [*blocks[:-1], trimmed] if content else blocks[:-1]
