"""The elements B01 … B112 of the bulletins: whether an issue has one, and whether a file shows it.

Each element names what must be found of it; no question means that the issue has none of it.
"""

import re
from collections.abc import Iterable, Iterator

from editor.assembler.contents import section_title, solo
from editor.assembler.headlines import clauses
from editor.assembler.phrases import byline, link
from editor.profile import Profile
from editor.text.document import (
    Article,
    BookEntry,
    Figure,
    Heading,
    InlineFormula,
    Mark,
    Paragraph,
    Part,
    Role,
    Table,
    plain,
)
from editor.workflow import ItemKind
from tests.acceptance.bulletins_questions import (
    AUTHOR_YEAR,
    NUMBERED,
    NUMERALS,
    RARE,
    TOPICS,
    Issue,
    Question,
    bodies,
    bylines,
    coded,
    cover,
    front,
    heads_like,
    inner,
    labels,
    linked,
    listed,
    schemes,
    signature,
    sources,
    styled,
    text,
    titles,
)
from tests.acceptance.truth import bare

# --- the frame: B01–B27 --------------------------------------------------------------------------


def cover_elements(issue: Issue) -> dict[str, list[Question]]:
    """Return B01–B07."""
    document = issue.document
    lines, chinese = document.label_lines, f"总第[{NUMERALS}]+期"
    one, two = len(lines) == 1, len(lines) == 2
    spelled = re.search(chinese, "".join(lines)) is not None
    on_cover = not any(item.get("toc_page") for item in issue.source.items)
    headlines = [article.headline for article in issue.articles()]
    return {
        "B01": cover(*document.cover_lines),
        "B02": cover(document.publication),
        "B03": cover(*lines) if one and spelled else [],
        "B04": cover(*lines) if two and spelled else [],
        "B05": cover(*lines) if not spelled else [],
        "B06": cover(*document.publisher_lines),
        "B07": cover(*headlines) if on_cover else [],
    }


def masthead_elements(issue: Issue) -> dict[str, list[Question]]:
    """Return B08–B13."""
    document = issue.document
    names = [name for credit in document.editors for name in credit.names]
    pairs = document.masthead
    addresses = [address for pair in pairs if (address := link(pair.value))]
    roles = [credit.role for credit in document.editors]
    padded: list[Question] = [
        lambda file, name=name: file.spread(name) for name in names if len(name) == 2
    ]
    return {
        "B08": front(*(f"{pair.label}：{pair.value}" for pair in pairs)),
        "B09": front(*(pair.value for pair in pairs if len(pair.value) > 12)),
        "B10": [*front(*roles, *names), *padded],
        "B11": front(document.window_line),
        "B12": [*front(document.qr_caption), *coded(*filter(None, [document.qr_url]))]
        if issue.truth.get("qr_caption")
        else [],
        "B13": linked(*addresses),
    }


def contents_elements(issue: Issue) -> dict[str, list[Question]]:
    """Return B14–B27."""
    profile, document = issue.profile, issue.document
    pages = [item.get("toc_page") for item in issue.source.items if item.get("toc_page")]
    alone = [part for part in document.parts if solo(part, profile)]
    others = [part for part in document.parts if not solo(part, profile)]
    headlines = [article.headline for article in issue.articles()]
    groups = [section_title(part, profile) + part.articles[0].headline for part in others]
    numbered = bool(pages)
    return {
        "B14": styled("toc_title", profile.toc.title) if numbered else [],
        "B15": listed(*(part.name for part in others), numbered=False) if numbered else [],
        "B16": listed(*(part.name for part in alone), numbered=True) if numbered else [],
        "B17": listed(*headlines, numbered=True) if numbered else [],
        "B18": listed(*(t for t in headlines if len(t) > 24), numbered=True) if numbered else [],
        "B19": [lambda file: file.runs_on()] if len(set(pages)) < len(pages) else [],
        "B20": [] if numbered else cover(*groups),
        "B21": front(*headlines),
        "B22": [lambda file: file.counts_from_one()] if numbered else [],
        "B23": [_opens(section_title(part, profile)) for part in document.parts],
        "B24": _sections(document.parts, profile),
        "B25": _sections(others, profile) if not numbered else [],
        "B26": [lambda file: file.runs_on()] if len(set(pages)) < len(pages) else [],
        "B27": _sections(alone, profile),
    }


def _opens(title: str) -> Question:
    return lambda file: file.opens_page(title)


def _sections(parts: Iterable[Part], profile: Profile) -> list[Question]:
    names = [section_title(part, profile) for part in parts]
    return [
        lambda file, name=name: file.style("section", name) or file.style("solo", name)
        for name in names
    ]


# --- items: B28–B56 ------------------------------------------------------------------------------


def head_elements(issue: Issue) -> dict[str, list[Question]]:
    """Return B28–B38."""
    articles = issue.articles()
    two = [a.headline for a in articles if len(clauses(a.headline)) == 2]
    # a clause of a few characters is the rest of a line that the printer broke
    broken = [
        a.headline for a in articles if " " in a.headline and len(a.headline.split(" ")[-1]) < 5
    ]
    named = "局|委|协会|联合会|商会|发布$|管委会|人民政府"
    return {
        "B28": styled("item", *(article.headline for article in articles)),
        "B29": titles(issue, "^[^：]{2,12}："),
        "B30": styled("item", *two),
        "B31": titles(issue, "[《“（0-9A-Za-z+·—？！]"),
        "B32": styled("item", *broken),
        "B33": sources(issue, "."),
        "B34": sources(issue, "[·-]"),
        "B35": sources(issue, rf"^[A-Za-z]|{named}"),
        "B36": sources(issue, "^《"),
        "B37": []
        if any(item.get("source") for item in issue.source.items)
        else [lambda file: file.absent("source")],
        "B38": styled("subtitle", *(a.subtitle for a in articles if a.subtitle.startswith("——"))),
    }


def body_elements(issue: Issue) -> dict[str, list[Question]]:
    """Return B39–B56."""
    heads = list(issue.heads())
    news = (ItemKind.news, ItemKind.ranking)
    bare_figures = [one for one in issue.blocks(Figure) if not one.caption]
    formulas = [
        run.source
        for block in issue.blocks(Paragraph)
        for run in block.content
        if isinstance(run, InlineFormula)
    ]
    return {
        "B39": [lambda file, one=one: file.indented(one) for one in issue.paragraphs()],
        "B40": [lambda file, one=one: file.bold(one) for one in issue.marked(Mark.strong)],
        "B41": bodies(issue, TOPICS.pattern),
        "B42": bodies(issue, "^(一是|二是|第[一二三四]，|首先，)|一是.*二是"),
        "B43": bodies(issue, "^——"),
        "B44": styled("kicker", *issue.paragraphs(Role.kicker)),
        "B45": inner(
            each for each in heads if each[0].kind in news and not NUMBERED.match(each[2])
        ),
        "B46": heads_like(issue, ".*[？?]$"),
        "B47": [question for pair in _doubled(issue) for question in inner(pair)],
        "B48": inner(each for each in heads if bare(each[2]) == bare(each[0].headline)),
        "B49": heads_like(issue, ".*。$") + bodies(issue, "^“[^。]{4,36}。$"),
        "B50": heads_like(issue, "(引言|结语|结束语|前言)$"),
        "B51": bodies(issue, "：$"),
        "B52": bodies(issue, "‘|〈|……|“[^”]*$"),
        "B53": text(*{one for one in map(_around, issue.paragraphs()) if one}),
        "B54": _shifted(issue),
        "B55": text(*formulas),
        "B56": [lambda file: file.pictures >= len(bare_figures)] if bare_figures else [],
    }


def _doubled(issue: Issue) -> Iterator[list[tuple[Article, Heading, str]]]:
    """Yield pairs of heads with nothing between them, the first without a number."""
    for article in issue.articles():
        for first, second in zip(article.blocks, article.blocks[1:], strict=False):
            pair = (first, second)
            if all(isinstance(each, Heading) for each in pair) and not NUMBERED.match(
                plain(first.content)
            ):
                yield [(article, each, plain(each.content)) for each in pair]


def _around(words: str) -> str:
    found = RARE.search(words)
    return words[max(0, found.start() - 6) : found.end() + 6] if found else ""


def _shifted(issue: Issue) -> list[Question]:
    low: list[Question] = [
        lambda file, one=one: file.lowered(one) for one in issue.marked(Mark.subscript)
    ]
    high: list[Question] = [
        lambda file, one=one: file.raised(one)
        for one in issue.marked(Mark.superscript)
        if not re.match(r"[\[①-⑳]", one)
    ]
    return low + high


# --- numbering: B57–B70 --------------------------------------------------------------------------


def numbering_elements(issue: Issue) -> dict[str, list[Question]]:
    """Return B57–B70: the printed number is part of the head, its level decides the style."""
    han, bracketed = rf"[{NUMERALS}]+、", rf"（[{NUMERALS}]+）"
    dotted, half = r"\d+\.\s?(?!\d)", r"\(\d+\)"
    one, two, three = r"\d+\s*(?![\d.、])", r"\d+\.\d+(?![.\d])", r"\d+\.\d+\.\d+"
    heads = list(issue.heads())
    unnumbered = [
        each for each in heads if each[0].kind is ItemKind.essay and not NUMBERED.match(each[2])
    ]
    essays = [a for a in issue.articles() if a.kind is ItemKind.essay]
    headless = [a for a in essays if not any(each[0] is a for each in heads)]
    return {
        "B57": schemes(issue, han, bracketed),
        "B58": schemes(issue, han, bracketed, dotted),
        "B59": schemes(issue, han, dotted, half),
        "B60": schemes(issue, han, dotted),
        "B61": schemes(issue, one, two),
        "B62": schemes(issue, r"0(?![\d.])", two, three),
        "B63": bodies(issue, rf"^{three}"),
        "B64": schemes(issue, dotted, two, three),
        "B65": heads_like(issue, r"\d+、") + bodies(issue, r"^\d+、"),
        "B66": heads_like(issue, "十、"),
        "B67": heads_like(issue, bracketed, level=1),
        "B68": inner(unnumbered),
        "B69": heads_like(issue, han + ".*。$"),
        "B70": text(*(plain(a.blocks[-1].content) for a in headless if _prose(a))),
    }


def _prose(article: Article) -> bool:
    return bool(article.blocks) and isinstance(article.blocks[-1], Paragraph)


# --- scholarly parts, tables, figures: B71–B91 ---------------------------------------------------


def scholarly_elements(issue: Issue) -> dict[str, list[Question]]:
    """Return B71–B77."""
    funding = issue.paragraphs(Role.funding)
    cited = [one for one in issue.marked(Mark.superscript) if re.match(r"[\[①-⑳]", one)]
    return {
        "B71": styled("abstract", *issue.paragraphs(Role.abstract)),
        "B72": styled("keywords", *issue.paragraphs(Role.keywords)),
        "B73": styled("funding", *(one for one in funding if one.startswith("【"))),
        "B74": styled("funding", *(one for one in funding if not one.startswith("【"))),
        "B75": [lambda file, one=one: file.raised(one) for one in cited],
        "B76": bodies(issue, AUTHOR_YEAR.pattern),
        "B77": [lambda file: file.absent("footnote")] if cited else [],
    }


def table_elements(issue: Issue) -> dict[str, list[Question]]:
    """Return B78–B88."""
    tables = list(issue.blocks(Table))
    unit = issue.profile.table.unit
    numbered = [t for t in tables if re.match(r"表\s*\d", t.caption)]
    parted = any(i.get("table_parts", 0) > i.get("tables", 0) for i in issue.source.items)
    heads = [plain(c.content) for t in tables for row in t.rows for c in row if c.header]
    cells = issue.cells()
    return {
        "B78": [q for t in numbered if t.unit == "%" for q in _captioned(t, unit)],
        "B79": [q for t in numbered if t.unit not in ("", "%") for q in _captioned(t, unit)],
        "B80": [q for t in tables if t.caption and t not in numbered for q in _captioned(t, unit)],
        "B81": [q for t in tables if not t.caption for q in text(_first(t))],
        "B82": [_repeated(issue, t) for t in tables if parted and len(t.rows) > 8],
        "B83": text(*(one for one in heads if re.search(r"[（(]", one))),
        "B84": [_spans(t, y, x) for t in tables for y, x in _spanning(t)],
        "B85": [lambda file: file.text("—")] if "—" in map(bare, cells) else [],
        "B86": [_begins_and_ends(one) for one in cells if len(one) > 80],
        "B87": [
            q
            for t in tables
            if len(t.rows[0]) >= 9 or len(t.rows) > 30
            for q in text(*(plain(c.content) for c in t.rows[-1]))
        ],
        "B88": styled("note", *(note for t in tables for note in t.notes)),
    }


def _captioned(table: Table, unit: str) -> list[Question]:
    words = styled("unit", unit.format(unit=table.unit)) if table.unit else []
    return styled("caption", table.caption) + words


def _first(table: Table) -> str:
    return next(words for row in table.rows for c in row if (words := plain(c.content)))


def _row(table: Table, number: int) -> str:
    return "".join(plain(cell.content) for cell in table.rows[number])


def _repeated(issue: Issue, table: Table) -> Question:
    sign = re.match(r"\s*表\s*[0-9]*", table.caption)
    words = issue.profile.table.continued.format(label=sign.group() if sign else "表")
    words = words if table.caption else ""
    spans = any(cell.rowspan > 1 for row in table.rows for cell in row)
    # a page may part the rest of a row
    first, last = (bare(_row(table, at))[:12] for at in (1, -1))
    if spans:
        own = [row[-1] for row in table.rows[1:] if row]
        first, last = (plain(own[at].content)[:12] for at in (0, -1))
    return lambda file: file.repeats(_row(table, 0), first, last, words)


def _spanning(table: Table) -> list[tuple[int, int]]:
    """Return row and place of each cell that covers rows of which some has a cell of its own."""
    return [
        (y, x)
        for y, row in enumerate(table.rows)
        for x, cell in enumerate(row)
        if _beside(table, y, cell.rowspan)
    ]


def _beside(table: Table, y: int, rowspan: int) -> str:
    """Return how the first cell opens that stands in the rows which a cell covers below its own."""
    rows = table.rows[y + 1 : y + rowspan]
    return next((words for row in rows for c in row if (words := plain(c.content)[:8])), "")


def _spans(table: Table, y: int, x: int) -> Question:
    cell = table.rows[y][x]
    # a page may part the rest of it
    words, below = plain(cell.content)[:12], _beside(table, y, cell.rowspan)
    return lambda file: file.merged(words, below)


def _begins_and_ends(cell: str) -> Question:
    """Ask for both ends of a long cell, which a page may part anywhere."""
    return lambda file: any(
        file.text(cell[:start]) and file.text(cell[-end:]) for start in (12, 4) for end in (12, 4)
    )


def figure_elements(issue: Issue) -> dict[str, list[Question]]:
    """Return B89–B91."""
    figures = [one for one in issue.blocks(Figure) if one.caption]
    books = sum(1 for book in issue.blocks(BookEntry) if book.cover)
    total = sum(1 for one in issue.blocks(Figure) if one.asset) + books
    drawn: list[Question] = [lambda file: file.pictures >= total] if figures else []
    return {
        "B89": styled("figure_caption", *(one.caption for one in figures)) + drawn,
        "B90": styled("note", *(one.source for one in figures)),
        "B91": bodies(issue, r"(表|图)\s?\d") if figures or any(issue.blocks(Table)) else [],
    }


# --- 附, rankings, books, bylines, furniture: B92–B112 -------------------------------------------


def attachment_elements(issue: Issue) -> dict[str, list[Question]]:
    """Return B92–B100."""
    articles = issue.articles()
    urls = [link.url for article in articles for link in article.attachments]
    foreign = [url for url in urls if "//mp.weixin.qq.com/" not in url]
    rankings = [a for a in articles if a.kind is ItemKind.ranking]
    return {
        "B92": [*labels(issue, "."), *linked(*urls), *coded(*urls), *text(*urls)],
        "B93": labels(issue, "."),
        "B94": labels(issue, "》.*《"),
        "B95": labels(issue, ".{24}") + text(*(url for url in urls if len(url) > 50)),
        "B96": [_bare_end(issue, article) for article in articles if not article.attachments],
        "B97": linked(*foreign) + coded(*foreign),
        "B98": text(*(_last(a) for a in rankings if _size(a) < 300)),
        "B99": inner(each for each in issue.heads() if each[0].kind is ItemKind.ranking),
        "B100": titles(issue, r"TOP\s?\d+|\d+ ?强|附榜单"),
    }


def _bare_end(issue: Issue, article: Article) -> Question:
    articles = list(issue.document.articles())
    place = articles.index(article)
    later = articles[place + 1] if place + 1 < len(articles) else None
    same = later is not None and later.anchor.split("-")[0] == article.anchor.split("-")[0]
    last = byline(article, issue.profile) or _last(article)
    return lambda file: file.unsigned(last, later.headline if later and same else "")


def _last(article: Article) -> str:
    last = article.blocks[-1]
    if isinstance(last, Table):
        return last.notes[-1] if last.notes else _row(last, -1)
    return plain(last.content) if isinstance(last, Paragraph | Heading) else ""


def _size(article: Article) -> int:
    return sum(len(plain(b.content)) for b in article.blocks if isinstance(b, Paragraph))


def book_elements(issue: Issue) -> dict[str, list[Question]]:
    """Return B101–B104."""
    books: list[BookEntry] = list(issue.blocks(BookEntry))
    words = issue.profile.books
    signs = (words.title_author, words.publisher_date, words.summary, words.reason)
    covers = sum(1 for book in books if book.cover)
    drawn: list[Question] = [lambda file: file.pictures >= covers] if books else []
    authors = [b for b in books if re.search(r"[ /\[]|等$", b.author)]
    digits = [b for b in books if re.search(r"[ 0-9]", b.title)]
    return {
        "B101": [*drawn, *styled("book_text", *(book.summary for book in books))],
        "B102": styled("book_label", *signs) if books else [],
        "B103": styled("book_text", *(f"{b.title}/{b.author}" for b in authors)),
        "B104": styled("book_text", *(b.title for b in digits)),
    }


def last_elements(issue: Issue) -> dict[str, list[Question]]:
    """Return B105–B112."""
    inline = [bool(item.get("byline_inline")) for item in issue.source.items]
    articles = list(issue.document.articles())
    apart = [a for a, runs in zip(articles, inline, strict=True) if a.byline and not runs]
    run_in = [a for a, runs in zip(articles, inline, strict=True) if a.byline and runs]
    printed = issue.profile.item.byline
    colophon = issue.document.colophon
    unsigned = [a for a in articles if not a.byline]
    return {
        "B105": signature(issue, *(byline(a, issue.profile) for a in apart)),
        "B106": text(*(_last(a) + byline(a, issue.profile) for a in run_in)),
        "B107": bylines(issue, "."),
        "B108": bylines(issue, "厅|项目|局）"),
        "B109": text(*(_last(a) for a in unsigned)) if printed and any(a.byline for a in articles)
        else [],
        "B110": text(*(f"{pair.label}：{pair.value}" for pair in colophon)),
        "B111": [lambda file: file.numbered_pages()],
        "B112": [lambda file: file.em_per_line()],
    }  # fmt: skip


def elements(issue: Issue) -> dict[str, list[Question]]:
    """Return the questions for every element, in the order of their numbers."""
    groups = (cover_elements, masthead_elements, contents_elements, head_elements, body_elements,
              numbering_elements, scholarly_elements, table_elements, figure_elements,
              attachment_elements, book_elements, last_elements)  # fmt: skip
    found = {name: questions for group in groups for name, questions in group(issue).items()}
    return {f"B{number:02d}": found[f"B{number:02d}"] for number in range(1, 113)}
