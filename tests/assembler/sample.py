"""Two invented issues that hold every node type and every printed element of the bulletins.

`digest(files)` is true to the monthly digest, `review(files)` to the research review. Both are
read by the tests of every renderer. The ids B01 … B112 name the elements they stand for.
"""

from datetime import date
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw

from editor.profile import Credit, LabelledValue, Profile, read_profile
from editor.store.files import FileStore
from editor.text.document import (
    AnyBlock,
    Article,
    AssetRef,
    Attachment,
    Blocks,
    BookEntry,
    Cell,
    Figure,
    FootnoteRef,
    FormulaBlock,
    Heading,
    InlineFormula,
    Inlines,
    IssueDocument,
    ListBlock,
    Mark,
    PageBreak,
    Paragraph,
    Part,
    Quote,
    Role,
    Table,
    Text,
    paragraph,
)
from editor.workflow import ItemKind

PROFILES = Path(__file__).parents[2] / "config" / "publications"
SITE = "https://www.yunzhou.example"


def digest_profile() -> Profile:
    """Return the profile of the monthly digest."""
    return read_profile(PROFILES / "digest.toml")


def review_profile() -> Profile:
    """Return the profile of the research review."""
    return read_profile(PROFILES / "review.toml")


# --- pictures ------------------------------------------------------------------------------------


def picture(files: FileStore, width: int, height: int, colour: str) -> AssetRef:
    """Store a drawn PNG and return its reference."""
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    for step in range(6):
        x = width * (step + 1) // 8
        draw.rectangle((x, height * (7 - step) // 8, x + width // 12, height - 20), fill=colour)
    draw.rectangle((2, 2, width - 3, height - 3), outline="black", width=3)
    content = BytesIO()
    image.save(content, "PNG")
    return AssetRef(
        sha256=files.put(content.getvalue()), media_type="image/png", width=width, height=height
    )


# --- small builders ------------------------------------------------------------------------------


def head(text: str, level: int = 1) -> Heading:
    """Return an inner heading."""
    return Heading.model_validate({"level": level, "content": (Text(text=text),)})


def news(
    anchor: str,
    headline: str,
    source: str,
    day: date | None,
    blocks: Blocks,
    attachment: tuple[str, str] | None = None,
    kind: ItemKind = ItemKind.news,
) -> Article:
    """Return an item with a source line."""
    attachments = (Attachment(label=attachment[0], url=attachment[1]),) if attachment else ()
    return Article(
        anchor=anchor,
        kind=kind,
        headline=headline,
        source_line=source,
        dated_on=day,
        blocks=blocks,
        attachments=attachments,
    )


def cells(*texts: str, header: bool = False) -> tuple[Cell, ...]:
    """Return a row of plain cells."""
    return tuple(Cell(content=(Text(text=text),), header=header) for text in texts)


def prose(*texts: str) -> Blocks:
    """Return body paragraphs."""
    return tuple(paragraph(text) for text in texts)


FILLER = (
    "临澜市有关负责人介绍，下一步将围绕重点产业链，支持骨干企业牵头组建创新联合体，推动产学研用深度融合，"
    "完善从研发、中试到产业化的全过程服务，并对符合条件的项目给予最高 500 万元的资金支持。"
)


# --- tables --------------------------------------------------------------------------------------


def simple_table() -> Table:
    """B78: number, title and unit in the caption; B85: a missing value; B88: notes below."""
    rows = (
        cells("年份", "第一产业", "第二产业", "第三产业", header=True),
        cells("2031", "8.4", "40.8", "50.8"),
        cells("2032", "8.1", "39.6", "52.3"),
        cells("2033", "—", "39.9", "52.7"),
    )
    notes = ("注：(1)数据为初步核算数。(2)缺项以“—”表示。", "资料来源：《云州统计年鉴（2034）》。")
    return Table(rows=rows, caption="表1 2031~2033年生产总值构成", unit="%", notes=notes)


def long_table() -> Table:
    """B87, B82: 64 rows over three pages, the header repeated, the caption continued."""
    header = cells("地区", "企业数（家）", "营业收入（亿元）", "同比增长（%）", header=True)
    towns = ("临澜", "青屿", "望川", "石浦", "南汀", "北汊", "云溪", "鹿鸣")
    rows = tuple(
        cells(
            f"{towns[n % 8]}第{n + 1}园区", str(120 + n * 7), f"{30 + n * 1.7:.1f}", f"{n / 9:.2f}"
        )
        for n in range(64)
    )
    return Table(
        rows=(header, *rows),
        caption="表 2 各园区企业情况",
        unit="",
        notes=("数据来源：云州统计局。",),
    )


def wide_table() -> Table:
    """B87: nine columns; B83: header cells with a line break and a bracketed unit."""
    names = ("能源消费量", "煤炭消费量", "焦炭消费量", "石油消费量", "原油消费量", "燃料油消费量")
    titles = tuple(f"单位产值{name}\n（吨标准煤/万元）" for name in names)
    header = cells("年份", *titles, "电力消费量\n（千瓦时/万元）", "备注", header=True)
    rows = tuple(
        cells(str(2029 + n), *(f"0.{60 - n - k * 7}" for k in range(6)), f"{812 - n}", "")
        for n in range(4)
    )
    return Table(rows=(header, *rows), caption="表 3 单位产值能源消费", unit="", notes=())


def merged_table() -> Table:
    """B84: row groups and a header over two columns; B86: cells as long as a paragraph; B81."""
    strong = Text(text="重点任务", marks=(Mark.strong,))
    header = (
        Cell(content=(Text(text="领域"),), header=True, rowspan=2),
        Cell(content=(strong,), header=True, colspan=2),
    )
    second = cells("名称", "内容", header=True)
    groups = []
    for domain in ("产业协同", "交通互联"):
        first = Cell(content=(Text(text=domain),), rowspan=3)
        groups.append((first, *cells("跨区园区", FILLER * 2)))
        groups.append(cells("飞地中心", FILLER))
        groups.append(cells("人才互认", "建立职称互认目录，首批 36 项。"))
    return Table(rows=(header, second, *groups))


# --- the digest ----------------------------------------------------------------------------------


def _notice() -> Article:
    bold = Paragraph(
        content=(
            Text(text="近日，云州市科技局印发《"),
            Text(text="关于在有条件的园区开展数字化赋能行动的通知", marks=(Mark.strong,)),
            Text(text="》（以下简称《通知》），自 2034 年 7 月 1 日起施行。"),  # B40, B41
        )
    )
    signs = paragraph(  # B53: uncommon characters
        "新品种“鳀光一号”由张琍、李祎团队培育，耐受 －5℃～42℃，注册商标为云谷®，编号〔2034〕18 号，"
        "规格 3×5 厘米，路线为望川→石浦，包括①育种•②推广，产地为南汀·鹿鸣。"
    )
    chemistry = Paragraph(  # B54
        content=(
            Text(text="全市 PM"),
            Text(text="2.5", marks=(Mark.subscript,)),
            Text(text=" 平均浓度为 28 微克/立方米，绿地新增 12 万 m"),
            Text(text="2", marks=(Mark.superscript,)),
            Text(text="。其中，取值位于区间 "),
            InlineFormula(source="(a, b)"),  # B55
            Text(text=" 的监测点占 83.6%，详见"),
            Text(text="监测公报", href=f"{SITE}/air/2034?id=8&lang=zh"),
            Text(text="。"),
        )
    )
    return news(
        "s1-1",
        # B28, B29
        "云州市科技局：印发《关于在有条件的园区开展数字化赋能行动的通知（2034—2036年）》",
        "云州日报",
        date(2034, 6, 20),
        (bold, signs, chemistry),
        (
            "《关于在有条件的园区开展数字化赋能行动的通知（2034—2036年）》",
            "https://mp.weixin.qq.com/s/AbCdEf0123456789_-XyZw",
        ),
    )


def _measures() -> Article:
    return news(
        "s1-2",
        "临澜：“金科十条”升级 “活水”滴灌科技企业",  # B30, B31
        "云州商报·临澜网",  # B34
        date(2034, 6, 22),
        (
            paragraph("今年前 5 个月，云州口岸贸易额同比增长 16.4%——", Role.kicker),  # B44
            head("互惠互利，携手同行"),
            paragraph("经贸往来越来越密", Role.deck),  # B47
            *prose(
                FILLER,
                "上述 26 条措施主要包括 4 个方面：",  # B51
                "——财税支持。对首次认定的企业奖励 20 万元。",  # B43
                "——用地保障。新增工业用地优先供应。",
                "一是落实部署，完善机制，压实责任；二是优化流程，缩短时限。",  # B42
            ),
            ListBlock(
                ordered=True,
                items=(
                    (Text(text="第一批事项当日办结。" + FILLER),),
                    (Text(text="第二批事项限时办结。"),),
                ),
            ),
            ListBlock(
                items=(
                    (Text(text="窗口受理：望川区政务服务中心二层"),),
                    (Text(text="网上受理：云州政务服务网"),),
                )
            ),
        ),
        (
            "《云州市跨境电商三年行动方案》、《云州市会展经济高质量发展若干措施及其实施细则（征求意见稿）》"
            "政策解读及常见问题答复汇编",  # B94, B95
            f"{SITE}/zwgk/2034/06/22/policy/detail?id=2034062200017&channel=policy-release",
        ),
    )


def _white_paper(chart: AssetRef) -> Article:
    return news(
        "s1-3",
        "全球数字经济白皮书发布 青屿入选示范城市",
        "新潮通讯社",
        date(2034, 7, 1),
        (
            *prose("白皮书提出了评价体系，如下图（绿色属性指标）。" + FILLER),
            Figure(asset=chart.sha256, alt="绿色属性指标柱状图"),  # B56
            *prose(FILLER * 3),
        ),
    )


def _hot(chart: AssetRef) -> Part:
    return Part(
        anchor="s1",
        name="热点关注",
        articles=(_notice(), _measures(), _white_paper(chart)),
    )


def _industry() -> Part:
    quote = Quote(
        paragraphs=(
            (Text(text="“《关于发布〈重点用能产品目录〉的通知》所说的‘先进水平’，并非一成不变……"),),
            (Text(text="企业应当‘对标先进’，逐年改进。”"),),
        )
    )  # B52
    return Part(
        anchor="s2",
        name="行业动向",
        articles=(
            news(
                "s2-1",
                "工业协会：民营企业座谈会召开 8家企业签约",
                "Harbour Tenders News",  # B35
                date(2034, 6, 18),
                (
                    head("民企融资难怎么办？"),  # B46
                    *prose(FILLER * 9),  # B39: about a thousand characters in one paragraph
                    quote,
                    head("“一个平台”“一个库”，用“数据”跑出办事“加速度”。"),  # B49
                    *prose(FILLER, FILLER),
                ),
                (
                    "2034 云州专精特新企业发展大会",
                    "https://top.yunzhou.example/news/a_1.shtml",
                ),  # B97
            ),
            *(
                news(
                    f"s2-{n}",
                    f"{place}：出台新型储能专项政策",
                    "云州商报",
                    date(2034, 6, 19 + n),
                    prose(FILLER),
                )
                for n, place in enumerate(("望川", "石浦", "南汀"), start=2)
            ),  # B19, B26: several items on a page
        ),
    )


SCHEMES = (  # B57–B69
    ("一、研究背景", 1),
    ("（一）生产要素——从集聚到扩散", 2),
    ("1. “双碳”目标倒逼转型升级", 3),
    ("(1)文化创意同质化", 3),
    ("1.1 望川模式：多主体协同", 2),
    ("1、要打造中小企业集群", 2),
    ("十、设立成果转化“研究会”", 1),
    ("（三）打造多种交通运输方式有机衔接、换乘便捷、安全高效的综合立体交通走廊与枢纽体系", 1),
    ("当前形势", 1),
    ("一、推动五个中心联动发展，提升城市能级。", 1),
    ("结语", 1),
)


def _noted() -> tuple[Paragraph, Paragraph]:
    """Return two paragraphs with citations and footnotes."""
    marked = Paragraph(
        content=(
            Text(text="区域协调发展已有大量研究"),
            Text(text="[1]", marks=(Mark.superscript,)),  # B75
            Text(text="，其结论并不一致（李稚等，2031）"),  # B76
            FootnoteRef(content=(Text(text="参见云州大学课题组 2033 年度报告第 18 页。"),)),  # B77
            Text(text="。从表 2 可以看出，各园区差异明显。"),  # B91
        )
    )
    second_note = Paragraph(
        content=(
            Text(text="现代服务业占比持续提高"),
            FootnoteRef(content=(Text(text="不含跨区项目；"), Text(text="口径见年鉴。"))),
            Text(text="，" + FILLER),
        )
    )
    return marked, second_note


def _essay_body(tall: AssetRef) -> tuple[AnyBlock, ...]:
    marked, second_note = _noted()
    body: list[AnyBlock] = [
        paragraph("摘要：推进区域产业转型升级是重要途径。" + FILLER, Role.abstract),  # B71
        paragraph("关键词：产业，实体经济，相互作用，发展", Role.keywords),  # B72
        paragraph("【基金项目】2033年度云州市社科规划课题（33YZ18）。", Role.funding),  # B73
        head("引言"),  # B50
        marked,
        simple_table(),
        second_note,
    ]
    for text, level in SCHEMES:
        body += [head(text, level), paragraph(FILLER), paragraph(FILLER * 2)]
    body[8:8] = [long_table(), wide_table()]
    body += [
        Figure(
            asset=tall.sha256,
            caption="图1：上半年新增贷款比重（4.9%）创新低",  # B89
            source="数据来源：临澜数据、云州人民银行",  # B90
            alt="贷款比重柱状图",
        ),
        FormulaBlock(source="y = ax² + bx + c"),
        paragraph("1.2.1 实体经济发展离不开金融助力。" + FILLER),  # B63
        PageBreak(),
        paragraph("分页之后的结论段。" + FILLER),
    ]
    return tuple(body)


def _essays(tall: AssetRef) -> Part:
    return Part(
        anchor="s3",
        name="国研专稿",
        articles=(
            Article(
                anchor="s3-1",
                kind=ItemKind.essay,
                headline="“双碳”目标下沿海地区产业转型升级研究",
                source_line="《区域纵横》",  # B36
                dated_on=date(2034, 7, 14),
                blocks=_essay_body(tall),
            ),
            Article(  # B70: without any heading
                anchor="s3-2",
                kind=ItemKind.essay,
                headline="金融服务实体经济的几点思考",
                source_line="《金融透视》",
                dated_on=date(2034, 7, 14),
                blocks=prose(*(FILLER * n for n in (1, 3, 2, 4))),
            ),
        ),
    )


def _rankings() -> Part:
    return Part(
        anchor="s4",
        name="企业排行榜",
        articles=(
            news(
                "s4-1",
                "2034新制造创新50强排行榜（附榜单）",  # B98, B100
                "临澜数据",
                date(2034, 7, 3),
                prose("日前，2034 新制造创新 50 强排行榜发布，云州 7 家企业上榜。"),
                ("2034新制造创新50强", "https://www.linlan.example/rank/50"),
                ItemKind.ranking,
            ),
            news(
                "s4-2",
                "2034民营企业TOP100榜单发布",  # B99
                "临澜数据",
                date(2034, 7, 5),
                (head("入围门槛提高"), *prose(FILLER), head("区域分布"), merged_table()),
                ("2034民营企业TOP100", "https://www.linlan.example/rank/100"),
                ItemKind.ranking,
            ),
        ),
    )


def _books(cover: AssetRef) -> Part:
    entries = (
        ("观潮：一座港城的三十年", "张学军 王保平", "云州出版社", "2033-01", cover.sha256),
        ("[临]决策的逻辑", "[临] 清水 等", "青屿文艺出版社", "2032-10", ""),
        ("激荡300年", "林望/何川", "云州出版社", "2031-05", cover.sha256),
        ("数据之城", "周祎", "临澜人民出版社", "2033-11", cover.sha256),
    )
    return Part(
        anchor="s5",
        name="图书推荐",  # B16, B27: solo
        articles=(
            Article(
                anchor="s5-1",
                kind=ItemKind.books,
                headline="图书推荐",
                blocks=tuple(
                    BookEntry(
                        title=title,
                        author=author,
                        publisher=publisher,
                        published=published,
                        summary="本书梳理了港口与城市共同成长的历史。" + FILLER,
                        reason="视角独特，资料翔实，适合从事区域研究的读者。",
                        cover=asset,
                    )
                    for title, author, publisher, published, asset in entries
                ),  # B101–B104
            ),
        ),
    )


def digest(files: FileStore) -> IssueDocument:
    """Return an issue of the monthly digest; its pictures are put into `files`."""
    chart = picture(files, 900, 500, "#3b6ea5")
    tall = picture(files, 700, 1400, "#a55b3b")
    cover = picture(files, 300, 420, "#4c8c4a")
    profile = digest_profile()
    return IssueDocument(
        publication=profile.name,
        slug=profile.slug,
        year=2034,
        number=7,
        total_number=31,
        dated_on=date(2034, 7, 15),
        label_lines=("2034 年 第七期", "（总第三十一期）"),  # B04
        cover_lines=("信息服务", "资政参考", "决策支持"),  # B01
        publisher_lines=("云州市信息中心", "（资料室、地方志编纂办公室）"),  # B06
        window_line="本期刊物信息搜集时间：2034.06.16-2034.07.15",  # B11
        masthead=(
            LabelledValue(label="编辑单位", value="云州市信息中心（资料室、地方志编纂办公室）"),
            LabelledValue(label="电话", value="(0100) 5550101"),
            LabelledValue(label="传真", value="(0100) 5550102"),
            LabelledValue(label="网址", value="www.yunzhou.example"),
            LabelledValue(label="E-mail", value="digest@yunzhou.example"),
            LabelledValue(label="地址", value="云州市望川区观澜大道东段 18 号信息大厦 8 层"),  # B09
        ),
        editors=(
            Credit(role="主编", names=("沈望川", "林祎")),
            Credit(role="副主编", names=("张欣", "何石浦")),
        ),  # B10
        qr_url=f"{SITE}/weixin",
        qr_caption="云州信息中心微信",  # B12
        parts=(_hot(chart), _industry(), _essays(tall), _rankings(), _books(cover)),
        assets=(chart, tall, cover),
    )


# --- the review ----------------------------------------------------------------------------------


def _study(anchor: str, headline: str, byline: str, blocks: Blocks, subtitle: str = "") -> Article:
    return Article(
        anchor=anchor,
        kind=ItemKind.essay,
        headline=headline,
        subtitle=subtitle,
        byline=byline,
        blocks=blocks,
    )


def _observations() -> Part:
    plain: Inlines = (Text(text="一段没有标题的引导文字。" + FILLER),)
    return Part(
        anchor="s1",
        name="综合观察",  # B20, B25
        articles=(
            _study(
                "s1-1",
                "三湾地区重点产业链协同的现状与路径",
                "单云溪 云州社会科学院城市研究所研究员",  # B105
                (head("一、现状"), *prose(FILLER * 3), merged_table(), *prose(FILLER)),
                "——以集成电路产业为例",  # B38
            ),
            _study(
                "s1-2",
                "加快建设科创金融改革试验区",
                "沈云怡，云州市科技局评估中心；刘淑窈、何川，青屿大学经济学院副教授；"
                "基金项目：云州市软科学重点课题“三湾地区创新共同体建设的体制机制研究”"
                "（编号 33692104100）、青屿区社科基金一般项目“飞地经济的利益共享机制”"
                "（编号 2033BJB011）阶段性成果",  # B107, B108
                (
                    Paragraph(content=plain),
                    head("加快建设科创金融改革试验区"),  # B48
                    *prose(FILLER * 2),
                ),
            ),
        ),
    )


def _regions() -> Part:
    return Part(
        anchor="s2",
        name="区域借鉴",
        articles=(
            _study("s2-1", "南汀新区改革的经验与启示", "", prose(FILLER, FILLER)),  # B109
            _study(
                "s2-2",
                "北汊港湾岸线综合利用的探索",
                "云州市工业和信息化局",
                (head("一、做法"), head("1. 统一规划", 2), *prose(FILLER * 2)),
            ),
        ),
    )


def review(files: FileStore) -> IssueDocument:
    """Return an issue of the research review: bylines, groups, a colophon, no source lines."""
    profile = review_profile()
    return IssueDocument(
        publication=profile.name,
        slug=profile.slug,
        year=2034,
        number=1,
        total_number=132,
        dated_on=date(2034, 1, 31),
        label_lines=("第 1 期 (总第 132 期)", "2034 年 1 月"),  # B05
        publisher_lines=("云州市发展研究所",),
        colophon=(
            LabelledValue(label="主办", value="云州市发展研究所"),
            LabelledValue(label="顾问", value="沈望川 林祎 周石浦"),
            LabelledValue(label="联系电话", value="（0100）5550188"),
            LabelledValue(label="联系地址", value="云州市望川区观澜大道 20 号"),
            LabelledValue(label="责任主编", value="何云溪"),
            LabelledValue(label="联系人", value="张欣"),
            LabelledValue(label="邮编", value="999018"),
        ),  # B110
        parts=(
            _observations(),
            _regions(),
        ),
    )
