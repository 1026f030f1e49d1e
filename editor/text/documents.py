"""Which official documents a text is about: 《…》 that a body has issued, named so in the news.

Most 《…》 are no such thing: newspapers, books, laws cited in passing, short forms (《办法》).
A document counts where a title names it, or where the opening says that it was issued.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

OPENING = 400
LONGEST = 200
SHORTEST_KEY = 6
MOST_MENTIONS = 4
# a name of so many characters is hardly given twice by different ministries
TELLING_KEY = 10
ALIKE = 0.3
ABOUT = 0.25
FEWEST_SHARED = 2

DRAFT, EXPLAINED = "·征求意见", "·解读"

_NAME = re.compile(r"《((?:[^《》]|《[^《》]*》){2,120})》")
_KIND = re.compile(
    r"(?:意见|通知|公告|公示|通告|公报|办法|规定|条例|法|法典|决定|决议|方案|规划|纲要|计划|措施|政策|规则|细则"
    r"|指南|指引|导则|准则|通则|标准|规范|目录|清单|名录|名单|报告|白皮书|蓝皮书|绿皮书|规程|举措|宣言|协定|要点|制度"
    r"|倡议|批复|章程|议定书|备忘录|协议|声明|框架|路线图|条|水平|榜|强)$"
)
_SHORT_LAW = re.compile(r".(?:法典|条例|(?<![办方做想看])法)$")
_GENERIC = re.compile(
    r"^(?:\d{4}年)?(?:本|该|全国|本市|全省|上述|有关|相关|政府)?(?:工作|实施|管理|行动|扶持|政策|总体|发展|若干|指导|暂行|专项|年度|三年|独董)*"
    r"(?:意见|通知|公告|办法|规定|条例|决定|方案|规划|纲要|计划|措施|政策|规则|细则|指南|标准|目录|清单|报告|白皮书|规程|举措)$"
)
_DRAFT_WORDS = re.compile(
    r"(?:公开)?征求意见稿?|草案|送审稿|意见征集|征求社会意见|二次审议稿|修订草案"
)
_EXPLAINED_WORDS = re.compile(r"解读|图解|一图读懂|一图看懂|答记者问|政策问答|专家谈")
_LATER = re.compile(r"(?:修订|修正|试行|暂行|全文|正式发布|附全文)")
_YEARS = re.compile(r"(?:19|20)\d{2}")
_BRACKETS = re.compile(r"[（(\[〔【][^（）()\[\]〔〕【】]*[）)\]〕】]")
_WRAPPED = re.compile(
    r"^.{0,40}?关于(?:联合)?(?:印发|发布|公布|下发|转发|批转|实施)[〈《<]?(?P<inner>.{6,}?)[〉》>]?的(?:通知|公告|决定|通告)$"
)
_NOTICE = re.compile(r"的?(?:通知|公告|通告)$")
_VERB = (
    r"(?:印发|发布|公布|出台|下发|制定|推出|审议通过|表决通过|通过|签署|颁布|修订|发文|转发|起草|编制|提出|启动|施行|实施|揭晓|更新|亮相|"
    r"出炉|公开征求|征求意见|落地|明确)"
)
_ISSUED_BEFORE = re.compile(_VERB + r"(?:了|的|并|关于)?[^，。；！？]{0,24}$")
_ISSUED_AFTER = re.compile(r"^[^，。；！？《》]{0,24}?" + _VERB)
_SHORT_FORM = re.compile(r"^\s*[（(]\s*(?:以下|下)?(?:简称|称)")
_CITED = re.compile(
    r"(?:根据|按照|依据|依照|遵照|贯彻|落实|对照|结合|基于|违反|执行|符合|列入|参照|适用|作为|配套|遵循|围绕|自|继|废止|代替|替代|此前"
    r"|学习|响应|推进实施)[^，。；！？]{0,40}$"
)
_SINCE = re.compile(r"^[^，。；《》]{0,20}(?:后|以来|之后|以后|前|之前|以前|期间)(?=[，,。])")
_LIST = "、和与及"
_FORE = re.compile(r"(?:简称|下称|又称)\s*[“\"]?$")

_OPENERS = re.compile(
    r"^(?:近日|日前|今天|昨日|今日|昨天|近期|最近|目前|据悉|此次|其中|当日|会上|另外|同时|截至目前|记者(?:\d+日)?从|从|据|由|经|在|记者|获悉|"
    r"\d{4}年|\d+月|\d+日|上午|下午|晚间|晚|了解到|,|，|、|\s)+"
)
_TAIL = re.compile(
    r"(?:近日|日前|今天|今日|昨日|昨天|当日|近期|最近|正式|联合|共同|对外|官网|网站|集中|专门|率先|重磅|公开|又|再|已|将|会同.*|牵头.*|组织.*|"
    r"\d+日|\d+月|于|在|获悉|了解到|消息|等.{0,12}(?:部门|单位|机构|部委)|(?:[二两三四五六七八九十]|\d+)+(?:个)?(?:部门|单位|部委).*)$"
)
_CENTRAL = {
    "国办": "国务院办公厅",
    "中办": "中共中央办公厅",
    "工信部": "工业和信息化部",
    "发改委": "国家发展改革委",
    "国家发改委": "国家发展改革委",
    "国家发展和改革委员会": "国家发展改革委",
    "央行": "中国人民银行",
    "人民银行": "中国人民银行",
    "市监局": "国家市场监督管理总局",
    "市场监管总局": "国家市场监督管理总局",
    "国家市场监管总局": "国家市场监督管理总局",
    "网信办": "国家互联网信息办公室",
    "国家网信办": "国家互联网信息办公室",
    "人社部": "人力资源和社会保障部",
    "住建部": "住房和城乡建设部",
    "卫健委": "国家卫生健康委",
    "国家卫健委": "国家卫生健康委",
    "国资委": "国务院国资委",
    "证监会": "中国证监会",
    "银保监会": "中国银保监会",
    "金融监管总局": "国家金融监督管理总局",
    "医保局": "国家医保局",
    "药监局": "国家药监局",
    "能源局": "国家能源局",
    "税务总局": "国家税务总局",
}
_PROVINCES = (
    "北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|"
    "台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门|深圳|广州|杭州|南京|苏州|成都|武汉|西安|青岛|大连|宁波|厦门|济南|郑州|长沙|合肥|福州|沈阳|"
    "长春|哈尔滨|昆明|贵阳|南昌|南宁|兰州|海口|三亚|珠海|佛山|东莞|无锡|常州|嘉兴|温州|浦东|雄安"
)
_PLACE = re.compile(
    rf"^(?:中国[（(])?(?:(?P<known>{_PROVINCES})(?:省|市|特别行政区|自治区|壮族自治区|回族自治区|维吾尔自治区|新区)?"
    r"|(?P<other>[一-龥]{2,3}?)(?:省|市|自治州|自治区|县|区)(?!域|间|块|场))"
)
_BODY_END = re.compile(
    r"(?:部|委|委员会|局|总局|厅|署|总署|办公厅|办公室|政府|国务院|中共中央|银行|证监会|保监会|海关|管委会|法院|检察院|"
    r"人大|协会|研究院|学会|联合会|中心|部门|集团|大学|省|市|区|县|常委会|省委|市委|交易所)$"
)
# what any document's name may hold says nothing about this one
_PLAIN = re.compile(
    r"高质量|进一步|三年行动|行动|实施|管理|指导|工作|政策|若干|方案|计划|规划|纲要|意见|措施|办法|规定|条例|通知|公告|报告|"
    r"白皮书|清单|目录|指南|标准|规范|细则|举措|促进|推进|推动|加快|加强|支持|关于|做好|开展|发展|建设|改革|"
    r"印发|发布|公布|出台|试点|\d+年?"
)
_SEAT = re.compile(r"(?:人民政府|政府|办公厅|办公室|省委|市委|省|市|区|县)+$")


@dataclass(frozen=True)
class Mention:
    """A document that a text is about.

    `key` is its name without marks, spaces, years and the words around it; a draft and an
    explanation have keys of their own. `body` is who issued it, "" when nobody is named.
    """

    key: str
    name: str
    body: str = ""


def mentions(title: str, text: str) -> tuple[Mention, ...]:
    """Return the documents that a title or the opening of a text is about, the title's first."""
    found: dict[str, Mention] = {}
    passing: set[str] = set()
    opening = "\n".join(line.strip() for line in text.splitlines() if line.strip())[:OPENING]
    for place, in_title in ((title, True), (opening, False)):
        for name, before, after in _named(place):
            key, by_name = _key(name)
            if not key or key in passing:
                continue
            if _cited(before, after):
                # what is first cited is not what the text is about, however often it comes again
                passing |= {key} - found.keys()
            elif in_title or _issued(before, after):
                mention = _mention(name, key, by_name, (before, after, title))
                known = found.get(mention.key)
                if known is None or (mention.body and not known.body):
                    found[mention.key] = mention
    return tuple(found.values())[:MOST_MENTIONS]


def _named(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield what stands in 《》 with the sentence before it and what follows."""
    for match in _NAME.finditer(text):
        before = re.split(r"[。！？；\n]", text[: match.start()])[-1]
        yield match[1], before, text[match.end() : match.end() + 60]


def _mention(name: str, key: str, by_name: str, around: tuple[str, str, str]) -> Mention:
    before, after, title = around
    bare = name.strip()
    if _DRAFT_WORDS.search(bare) or _DRAFT_WORDS.search(after[:12]) or "征求意见" in title:
        key += DRAFT
    elif _EXPLAINED_WORDS.search(title):
        key += EXPLAINED
    body = by_name or _issuer(before) or _issuer(_head(title))
    return Mention(key[:LONGEST], bare[:LONGEST], body[:LONGEST])


def _cited(before: str, after: str) -> bool:
    """Whether a document is named in passing: as a ground, as something that is past."""
    if _SINCE.match(after) or _FORE.search(before):
        return True
    clause = re.split(r"[，,：:]", before)[-1]
    cited, issued = _CITED.search(clause), _ISSUED_BEFORE.search(clause)
    return bool(cited and not (issued and issued.start() > cited.start()))


def _issued(before: str, after: str) -> bool:
    """Whether the sentence says that the document was issued."""
    clause = re.split(r"[，,：:]", before)[-1]
    return bool(
        _ISSUED_BEFORE.search(clause) or _SHORT_FORM.match(after) or _ISSUED_AFTER.match(after)
    )


def _key(name: str) -> tuple[str, str]:
    """Return the name's key and the place that issued it by its name; two "" for no document."""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", name))
    bare = re.sub(r"(?:19|20)\d{2}年?版?$", "", _BRACKETS.sub("", plain))
    if wrapped := _WRAPPED.match(bare):
        bare = wrapped["inner"].strip("〈〉《》<>")
    notice = _NOTICE.search(bare)
    body, bare = _without_body(bare)
    stem = _NOTICE.sub("", bare)
    if not (notice or _KIND.search(stem)) or _GENERIC.match(stem):
        return "", ""
    key = "".join(filter(str.isalnum, _LATER.sub("", _DRAFT_WORDS.sub("", stem)))).casefold()
    if len(key) < SHORTEST_KEY and not _SHORT_LAW.search(key):
        return "", ""
    return key, body


def _without_body(name: str) -> tuple[str, str]:
    """Return who stands before the name proper (a place, 国务院办公厅关于…), and the rest."""
    head, about, rest = name.partition("关于")
    if about and len(head) <= 40 and len(rest) >= SHORTEST_KEY:
        return _canonical(head), rest
    place = _PLACE.match(name)
    if place and len(name) - place.end() >= SHORTEST_KEY and name[place.end()] not in _LIST:
        return _place_of(place), name[place.end() :]
    return "", name


# --- who issued it -------------------------------------------------------------------------------


def _head(title: str) -> str:
    """Return how a title begins: 商务部：…, 上海市印发…."""
    first, colon, _ = title.partition("：")
    if colon and len(first) <= 16:
        return first
    verb = re.search(_VERB, title)
    return title[: verb.start()] if verb and verb.start() <= 24 else ""


def _issuer(before: str) -> str:
    """Return the body that issues what follows, as far as the sentence names it."""
    for clause in reversed(re.split(r"[，,：:]", before.replace(" ", ""))):
        verb = re.search(_VERB, clause)
        said = clause[: verb.start()] if verb else clause
        cleaned = _OPENERS.sub("", said)
        while (shorter := _TAIL.sub("", cleaned)) != cleaned:
            cleaned = shorter
        body = re.split(r"[、“”《]", cleaned)[0]
        if 2 <= len(body) <= 24 and (
            _BODY_END.search(body) or body in _CENTRAL or _PLACE.match(body)
        ):
            return _canonical(body)
    return ""


def _canonical(body: str) -> str:
    """Return one name for a body: the place that a government governs, a ministry's full name."""
    body = _OPENERS.sub("", body.strip())
    if body in _CENTRAL:
        return _CENTRAL[body]
    if place := _PLACE.match(body):
        return _place_of(place)
    return _SEAT.sub("", body) or body


def _place_of(place: re.Match[str]) -> str:
    # a known place goes by its name, another keeps the 市 that shows it to be one
    return place["known"] or place.group()


# --- the same document ---------------------------------------------------------------------------


def same_document(one: Mention, other: Mention) -> bool:
    """Whether both name one document: same key, no other year, bodies that may be one."""
    if one.key != other.key:
        return False
    first, second = (set(_YEARS.findall(mention.name)) for mention in (one, other))
    return not (first and second and first.isdisjoint(second)) and _bodies_agree(one, other)


def _bodies_agree(one: Mention, other: Mention) -> bool:
    if not one.body or not other.body or one.body == other.body:
        return True
    if one.body.startswith(other.body) or other.body.startswith(one.body):
        return True
    local = [bool(_PLACE.match(mention.body)) for mention in (one, other)]
    # several ministries issue a document together, and each paper names another first
    return not any(local) and len(one.key) >= TELLING_KEY


def about_the_same(title: str, other_title: str, mention: Mention) -> bool:
    """Whether two titles are about one document: both about it, or alike; pure."""
    if all(about(each, mention) for each in (title, other_title)):
        return True
    return likeness(title, other_title) >= ALIKE


def about(title: str, mention: Mention) -> bool:
    """Whether a title names the document or says much of its name in other words."""
    loose, key = _loose(title), mention.key.partition("·")[0]
    if key in loose:
        return True
    grams, name = _telling(loose), _telling(key)
    shared = len(grams & name)
    return shared >= FEWEST_SHARED and shared >= ABOUT * min(len(grams), len(name))


def likeness(one: str, other: str) -> float:
    """Return how alike two titles are by their pairs of characters, from 0.0 to 1.0 (Dice)."""
    first, second = _title_bigrams(one), _title_bigrams(other)
    return 2 * len(first & second) / (len(first) + len(second)) if first and second else 0.0


def shared_document(
    title: str, named: Sequence[Mention], other_title: str, other_named: Sequence[Mention]
) -> Mention | None:
    """Return the document that two texts are both about, None when there is none; symmetric."""
    for mention in named:
        for other in other_named:
            if same_document(mention, other) and about_the_same(title, other_title, mention):
                return mention
    return None


# a page of the list asks for the same titles again and again
@lru_cache(maxsize=4096)
def _telling(text: str) -> frozenset[str]:
    return frozenset(_bigrams(_PLAIN.sub(" ", text)))


@lru_cache(maxsize=4096)
def _title_bigrams(title: str) -> frozenset[str]:
    return frozenset(_bigrams(_loose(title)))


@lru_cache(maxsize=4096)
def _loose(text: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text))).casefold()


def _bigrams(text: str) -> set[str]:
    return {first + second for first, second in pairwise(text) if " " not in (first, second)}
