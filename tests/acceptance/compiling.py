"""Compile a crawled issue as an editor does: take what was crawled, type the rest by hand."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlmodel import Session, col, select

from editor import clock
from editor.desk import candidates, issues, items, people, publications
from editor.profile import SectionProfile
from editor.store.models import Candidate, Issue, IssueSection, Publication, User
from editor.text.document import block_lines
from editor.text.urls import canonical_url
from tests.acceptance.printed import Expected
from tests.acceptance.truth import TrueIssue, TrueItem, bare, typed_blocks


@dataclass(frozen=True)
class Compiled:
    """What was placed, in printed order, and how many items were taken and typed."""

    expected: tuple[Expected, ...]
    taken: int
    typed: int
    missing: tuple[str, ...]


def open_real_issue(app: Flask, truth: TrueIssue, window: dict[str, str]) -> None:
    """Open the issue with its own numbers, window and section names."""
    from datetime import datetime

    with app.extensions["database"].writing() as session:
        publication = publications.only_publication(session, None)
        issues.open_issue(
            session,
            publication,
            by=None,
            now=clock.now(),
            year=truth.year,
            month=truth.month,
            number=truth.month,
            total=truth.total,
            opens_at=datetime.fromisoformat(window["start_at"]),
            closes_at=datetime.fromisoformat(window["end_before"]),
            sections=[SectionProfile(name=name, kind=kind, solo=kind == "books")
                      for name, kind in truth.sections()],
        )  # fmt: skip
        session.commit()


def place_all(app: Flask, truth: TrueIssue, world: dict[str, Any]) -> Compiled:
    """Place every printed item in its section, in order: taken where it was crawled, else typed."""
    articles = [article for article in world["expected"] if article["in_issue"]]
    with app.extensions["database"].writing() as session:
        publication = publications.only_publication(session, None)
        issue = issues.get_issue(session, publication, truth.total)
        placer = Placer(session, publication, issue)
        expected = [placer.place(item, _article(item, articles)) for item in truth.items]
        session.commit()
    return Compiled(tuple(expected), placer.taken, placer.typed, tuple(placer.missing))


class Placer:
    """An editor at work, through the functions that the screens call."""

    def __init__(self, session: Session, publication: Publication, issue: Issue) -> None:
        self.session = session
        self.publication = publication
        self.sections = {row.name: row for row in issues.sections_of(session, issue)}
        self.editor: User = people.get_user(session, "ada@example.org")
        self.taken = self.typed = 0
        self.missing: list[str] = []

    def place(self, item: TrueItem, article: dict[str, Any] | None) -> Expected:
        """Put one item at the end of its section and return what must be printed."""
        section = self.sections[item.section]
        headline = item.title or (article["title"] if article else "")
        candidate = self.find(article) if article and article["reachable"] == "now" else None
        if candidate is None:
            return self.type(item, section, headline)
        self.taken += 1
        row = candidates.take(
            self.session, candidate, section=section, by=self.editor, now=clock.now()
        )
        fields = items.fields_of(items.current(self.session, row))
        wanted = fields.model_copy(update={"headline": headline, "attachments": item.attachments})
        if wanted != fields:
            items.revise(self.session, row, wanted, base=1, by=self.editor, now=clock.now())
        return expected_print(wanted)

    def type(self, item: TrueItem, section: IssueSection, headline: str) -> Expected:
        """Type an item that no crawl could have."""
        self.typed += 1
        fields = items.ItemFields(
            headline=headline,
            source_line=item.source,
            dated_on=item.dated_on,
            blocks=typed_blocks(item),
            attachments=item.attachments,
        )
        items.new_item(
            self.session, section, kind=item.kind, fields=fields, by=self.editor, now=clock.now()
        )
        return expected_print(fields)

    def find(self, article: dict[str, Any]) -> Candidate | None:
        """Return the article's candidate; what the crawl should have and has not is noted."""
        addresses = {canonical_url(url) for url in article["all_urls"]}
        found = self.session.exec(
            select(Candidate).where(col(Candidate.canonical_url).in_(addresses))
        ).first()
        if found is None:
            self.missing.append(article["canonical_url"])
        return found


def expected_print(fields: items.ItemFields) -> Expected:
    """Return what a reader must find of this item."""
    lines = [line for block in fields.blocks for line in block_lines(block) if line.strip()]
    urls = tuple(link.url for link in fields.attachments)
    first, last = (lines[0], lines[-1]) if lines else ("", "")
    return Expected(fields.headline, first, last, urls)


def _article(item: TrueItem, articles: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the replayed article that carries this item's text, by shared 5-grams."""
    wanted = _grams(item.body)
    scored = [
        ((wanted & _grams(article["text"])).total() / max(1, wanted.total()), index)
        for index, article in enumerate(articles)
        if article["section"] == item.section
    ]
    best = max(scored, default=(0.0, -1))
    return articles[best[1]] if best[0] > 0.5 else None


def _grams(text: str, n: int = 5) -> Counter[str]:
    text = bare(text)
    return Counter(text[i : i + n] for i in range(len(text) - n + 1))
