"""The issue's words as they are printed, in whichever edition: what a profile's patterns make."""

import re
from collections.abc import Iterable, Sequence

from editor.assembler.headlines import CHINESE, MARKS
from editor.profile import Profile, TableStyle
from editor.text.document import (
    Article,
    Blocks,
    BookEntry,
    Figure,
    Heading,
    Inline,
    IssueDocument,
    Paragraph,
    Role,
    Text,
    plain,
)

GAP = re.compile(rf"(?<=[{CHINESE}{MARKS}]) (?=[0-9A-Za-z])|(?<=[0-9A-Za-z%℃]) (?=[{CHINESE}])")

BRACKETED = re.compile(r"[（(][^（）()]*(?:[（(][^（）()]*[）)][^（）()]*)*[）)]", re.DOTALL)
OWN_LABEL = re.compile(rf"[{CHINESE}]{{1,6}}[：:]")
LABEL_BEFORE = re.compile(rf"[{CHINESE}]{{1,6}}[：:]\{{byline\}}")


def tidy(text: str) -> str:
    """Drop single spaces between Chinese and Latin or figures: the layout sets that gap."""
    # most texts have no space at all, and an issue has thousands
    return GAP.sub("", text) if " " in text else text


def tidy_inlines(content: Iterable[Inline]) -> tuple[Inline, ...]:
    """Return inline content tidied, a space between two of its runs included."""
    runs: list[Inline] = []
    before = -1
    for run in content:
        if isinstance(run, Text):
            words = tidy(run.text)
            run = run if words == run.text else run.model_copy(update={"text": words})
            last = runs[before] if before >= 0 else None
            if isinstance(last, Text) and tidy(last.text[-2:] + run.text[:2]) != (
                last.text[-2:] + run.text[:2]
            ):
                runs[before] = last.model_copy(update={"text": last.text.removesuffix(" ")})
                run = run.model_copy(update={"text": run.text.removeprefix(" ")})
            before = len(runs)
        runs.append(run)
    return tuple(runs)


def caption(text: str) -> str:
    """Return a caption with one wide space between its number and its title."""
    found = re.fullmatch(r"\s*([表图]\s*[0-9][0-9.\-]*)\s+(\S.*)", text, re.DOTALL)
    if found is None:
        return tidy(text)
    return f"{tidy(found.group(1))}\u3000{tidy(found.group(2))}"


def continued(text: str, style: TableStyle) -> str:
    """Return what stands over a table on its later pages, "" for one without a caption."""
    number = re.match(r"\s*表\s*[0-9A-Za-z.-]*", text)
    label = number.group().strip() if number else ""
    return tidy(style.continued.format(label=label or "表")) if text else ""


def unit_line(unit: str, style: TableStyle) -> str:
    """Return the line that names a table's unit, "" for none."""
    label = re.escape(style.unit.partition("{unit}")[0].strip("（(：: "))
    # an editor may have written the label with it
    own = re.sub(rf"^\s*{label}\s*[：:]\s*(?=\S)", "", unit) if label else unit
    return style.unit.format(unit=own) if own else ""


def described(figure: Figure) -> str:
    """Return what a figure shows, for those who cannot see it."""
    return figure.alt or figure.caption or figure.source or " "


def cover_words(book: BookEntry) -> str:
    """Return what a book's cover shows, for those who cannot see it."""
    return book.title or book.author or " "


def names_something(heading: Heading) -> bool:
    """Whether a heading has words of its own, notes aside: else no outline can name it."""
    return bool(plain(heading.content).strip())


def label(lines: Sequence[str]) -> str:
    """Return the label lines as one: a full-width bracket follows at once, all else on a space."""
    return " ".join(lines).replace(" （", "（")


def padded(name: str) -> str:
    """Return a two-character name as wide as one of three: 张　欣."""
    return "\u3000".join(name) if re.fullmatch(f"[{CHINESE}]{{2}}", name) else name


def link(text: str) -> str | None:
    """Return the address behind a printed web or e-mail address, None for other text."""
    if re.fullmatch(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", text, re.ASCII):
        return f"mailto:{text}"
    if re.fullmatch(r"https?://\S+", text):
        return text
    return f"http://{text}" if re.fullmatch(r"www\.[\w./-]+", text, re.ASCII) else None


def source_line(article: Article, profile: Profile) -> str:
    """Return the line of source and date, without what is missing; "" for none at all."""
    date = article.dated_on.strftime(profile.item.date_format) if article.dated_on else ""
    if not article.source_line and not date:
        return ""
    filled = profile.item.source_line.format(source=article.source_line, date=date)
    return " ".join(filled.split())


def byline(article: Article, profile: Profile) -> str:
    """Return the line that names the authors; "" for none, or where none are printed.

    A byline that comes with brackets of its own (“（执笔：沈云怡）”) is printed as it stands, one
    with a label of its own (“执笔：沈云怡”) keeps it in place of the profile's.
    """
    pattern, text = profile.item.byline, article.byline
    if not text or not pattern:
        return ""
    if BRACKETED.fullmatch(text):
        return text
    if OWN_LABEL.match(text):
        pattern = LABEL_BEFORE.sub("{byline}", pattern)
    return pattern.format(byline=text)


def signed(article: Article, profile: Profile) -> tuple[Blocks, str]:
    """Return the blocks, and the byline that stands below them as a line of its own.

    Where the profile lets bylines run in, it ends the last paragraph of running text instead.
    """
    line, last = byline(article, profile), article.blocks[-1] if article.blocks else None
    if not line or profile.item.byline_place == "own":
        return article.blocks, line
    if not isinstance(last, Paragraph) or last.role is not Role.body:
        return article.blocks, line
    paragraph = last.model_copy(update={"content": (*last.content, Text(text=line))})
    return (*article.blocks[:-1], paragraph), ""


def running_head(pattern: str, document: IssueDocument, section: str) -> str:
    """Return one side of the running head over the pages of a section."""
    filled = pattern.format(
        publication=document.publication, label=label(document.label_lines), section=section
    )
    return " ".join(filled.split())


def full_title(document: IssueDocument) -> str:
    """Return the publication's name and the issue's label, for a file's properties."""
    return f"{document.publication} {label(document.label_lines)}".strip()


def publisher(document: IssueDocument) -> str:
    """Return who publishes the issue, for a file's properties."""
    return (document.publisher_lines or (document.publication,))[0]


def book_fields(book: BookEntry) -> dict[str, str]:
    """Return a book's four fields by the names that their labels have in the profile."""
    return {
        "title_author": "/".join(filter(None, (book.title, book.author))),
        "publisher_date": "/".join(filter(None, (book.publisher, book.published))),
        "summary": book.summary,
        "reason": book.reason,
    }
