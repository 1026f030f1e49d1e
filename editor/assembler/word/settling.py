"""What is mended in the Word edition after its pages were seen in LibreOffice.

The colophon stands at the foot of its page. A 附 block that would open a page alone gets two lines
of text above it, and a last page of two lines a third one.

Word's "keep with next" takes two lines of a paragraph along; LibreOffice 7.4 takes all of it, and
leaves half a page empty above a long one. So the pages are looked at, and a line more beside
headings of the page before pushes the paragraph's last two lines over to their 附. Where no heading
has room for it, a paragraph of a few lines goes over whole.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise

from editor.assembler.contents import printed_parts, solo
from editor.assembler.finished.pdf_reading import PdfReading
from editor.assembler.finished.verdicts import EDGE, bare
from editor.assembler.keeping import LEAST_LINES, Kept, lines_of_text, opens_page
from editor.assembler.phrases import names_something, signed
from editor.profile import Profile
from editor.text.document import Article, Heading, IssueDocument

WHOLE_LINES = 12  # a last paragraph up to this long may go to the next page as a whole
MOST_AT_A_PLACE = 3  # lines left free
BELOW_COLOPHON = 18.0  # points from its last line to the rule that closes it
CLOSE = 4.0  # points by which a line may stand beside the place that is looked at


class Spot(StrEnum):
    """Where a line may be left free: above a heading, or between an item's head and its text."""

    above = "above"
    below = "below"


@dataclass(frozen=True)
class Place:
    """A spot beside a heading: that of a section or an item, or an item's inner one from 1."""

    anchor: str
    spot: Spot
    inner: int = 0


@dataclass(frozen=True)
class Remedy:
    """What is done about an item's end: lines left free, its paragraph not parted, or nothing."""

    places: tuple[Place, ...] = ()
    whole: bool = False

    @property
    def given_up(self) -> bool:
        """Whether all has been tried."""
        return not self.places and not self.whole


@dataclass(frozen=True)
class Settled:
    """What is done for each item of which too little would stand on a page, by its anchor.

    `above_colophon` are the points that push the colophon to the foot of the last page.
    """

    remedies: Mapping[str, Remedy] = field(default_factory=dict)
    above_colophon: float = 0.0

    def lines(self, place: Place) -> int:
        """Return how many lines are left free at a place."""
        return sum(remedy.places.count(place) for remedy in self.remedies.values())

    def kept(self, article: Article, last: int) -> Mapping[int, Kept]:
        """Return the item's last paragraph where it goes over whole, by its place."""
        remedy = self.remedies.get(article.anchor)
        return {last: Kept(with_next=True)} if remedy is not None and remedy.whole else {}


UNSETTLED = Settled()


@dataclass(frozen=True)
class _Head:
    """A heading as it was set: on which page, how high, and where a line beside it may go."""

    page: int
    height: float
    places: tuple[Place, ...]


@dataclass(frozen=True)
class _Wanting:
    """An item of which too little stands on a page: so many lines must follow it there."""

    article: Article
    page: int
    lines: int
    attached: bool


def settle(pdf: bytes, document: IssueDocument, profile: Profile, before: Settled) -> Settled:
    """Return what is to be done after these pages, which were set with `before`.

    Equal to `before` where nothing is left to do. Of pages that run on only the first such place
    is seen to at a time: all that follows moves with it.
    """
    reading = PdfReading(pdf)
    try:
        pages = _Pages(reading, document, profile)
        found = dict(before.remedies)
        for wanting in pages.first_wanting(before):
            anchor = wanting.article.anchor
            found[anchor] = pages.remedy(wanting, before.remedies.get(anchor))
        if found == before.remedies and not before.above_colophon:
            return Settled(found, pages.above_colophon())
    finally:
        reading.close()
    return Settled(found, before.above_colophon)


def alone(pdf: bytes, document: IssueDocument, profile: Profile) -> list[tuple[Article, int]]:
    """Return the items whose 附 opens a page alone, with the page's index."""
    reading = PdfReading(pdf)
    try:
        pages = _Pages(reading, document, profile)
        lonely = (
            each for stretch in _stretches(document, profile) for each in pages.alone(stretch)
        )
        return [(each.article, each.page) for each in lonely]
    finally:
        reading.close()


class _Pages:
    """The pages of an issue, and where its headings stand on them."""

    def __init__(self, reading: PdfReading, document: IssueDocument, profile: Profile) -> None:
        self.reading = reading
        self.document = document
        self.profile = profile
        self.heads = _heads(reading, document, profile)
        self.opened = {head.page for (_, number), head in self.heads.items() if not number}

    # --- what is wanting -------------------------------------------------------------------------

    def first_wanting(self, before: Settled) -> Iterator[_Wanting]:
        """Yield the first place of each run of pages that has not been given up."""
        stretches = list(_stretches(self.document, self.profile))
        for stretch, following in pairwise([*stretches, []]):
            for wanting in (*self.alone(stretch), *self._short(stretch, following)):
                earlier = before.remedies.get(wanting.article.anchor)
                if earlier is None or not earlier.given_up:
                    yield wanting
                    break

    def alone(self, articles: list[Article]) -> Iterator[_Wanting]:
        """Yield the items whose 附 is the first on a page."""
        for article in articles:
            head = self.heads.get((article.anchor, 0))
            if head is None or not article.attachments:
                continue
            first = article.attachments[0]
            label = bare(self.profile.attachment.label + (first.label or first.url))[:EDGE]
            signature = bare(signed(article, self.profile)[1])
            if label in self._text(head.page).rpartition(bare(article.headline))[2]:
                continue
            for index in range(head.page + 1, len(self.reading.pages)):
                text = self._text(index)
                if text.startswith((label, signature + label)):
                    yield _Wanting(article, index, 1, attached=True)
                if label in text or index in self.opened:
                    break

    def _short(self, articles: list[Article], following: list[Article]) -> Iterator[_Wanting]:
        """Yield the item that ends a run of pages with fewer lines than a page is worth."""
        article = articles[-1]
        head = self.heads.get((article.anchor, 0))
        after = self.heads.get((following[0].anchor, 0)) if following else None
        if head is None or (following and after is None):
            return
        last = (after.page if after else len(self.reading.pages)) - 1
        while last > head.page and self.reading.blank(last):
            last -= 1
        lines = [line for line in self._lines(last) if line.strip()]
        if last > head.page and len(lines) < LEAST_LINES and not self.reading.shapes(last):
            yield _Wanting(article, last, LEAST_LINES - len(lines), attached=False)

    # --- what is done about it -------------------------------------------------------------------

    def remedy(self, wanting: _Wanting, earlier: Remedy | None) -> Remedy:
        """Return what to try now, after what was tried before."""
        blocks, _ = signed(wanting.article, self.profile)
        length = lines_of_text(blocks, len(blocks) - 1, self.profile)
        whole = Remedy(whole=wanting.attached and 0 < length <= WHOLE_LINES)
        if earlier is not None:
            return Remedy() if earlier.whole else whole
        before = wanting.page - 1
        wanted = self._free(before) + wanting.lines
        on_it = [head for head in self.heads.values() if head.page == before]
        places = sorted((place for head in on_it for place in self._open(head)), key=_worth)
        lines = (MOST_AT_A_PLACE * places)[:wanted]
        return Remedy(places=tuple(lines)) if len(lines) == wanted else whole

    def above_colophon(self) -> float:
        """Return how far a colophon may sink, in points.

        A line less than there is room for: other programs break the lines above it elsewhere, and
        a colophon that finds no room on the page goes to an empty one. There it stands at the top.
        """
        style, page = self.profile.colophon, self.profile.page
        words = [style.heading, *(pair.label for pair in self.document.colophon), style.closing]
        opening = next(filter(None, map(bare, words)), "")
        last = len(self.reading.pages) - 1
        if not opening or self._text(last).startswith(opening):
            return 0.0
        bottoms = [box[1] for box in self.reading.lines(last) if box[1] > page.bottom - CLOSE]
        free = min(bottoms, default=page.bottom) - page.bottom - BELOW_COLOPHON - page.pitch
        return float(max(0, int(free)))

    def _open(self, head: _Head) -> Iterator[Place]:
        """Yield the places beside a heading that take a line: none above one at a page's top."""
        page = self.profile.page
        top = page.height - page.top - page.pitch
        yield from (place for place in head.places if place.spot is Spot.below or head.height < top)

    def _free(self, index: int) -> int:
        """Return how many lines a page leaves free at its foot."""
        page = self.profile.page
        bottoms = [box[1] for box in self.reading.lines(index) if box[1] > page.bottom - CLOSE]
        return int((min(bottoms, default=page.bottom) - page.bottom) / page.pitch)

    def _lines(self, index: int) -> list[str]:
        page = self.profile.page
        box = (0.0, page.bottom - CLOSE, page.width, page.height - page.top + CLOSE)
        return self.reading.text(index, box).splitlines()

    def _text(self, index: int) -> str:
        return bare("".join(self._lines(index)))


def _worth(place: Place) -> tuple[bool, bool]:
    """Sort what is least seen first: above headings, and of these above an item's."""
    return place.spot is Spot.below, place.inner > 0


# --- where headings stand ------------------------------------------------------------------------


def _heads(
    reading: PdfReading, document: IssueDocument, profile: Profile
) -> dict[tuple[str, int], _Head]:
    """Return the headings by anchor and number; none where the outline is not the issue's.

    The heading of a section that is one block of its own is its item's, too.
    """
    wanted = list(_headings(document, profile))
    if len(reading.outline) != len(wanted):
        return {}
    heads = {
        key: _Head(page, height, places)
        for (key, places), (_, page, height, _) in zip(wanted, reading.outline, strict=True)
    }
    for part in printed_parts(document):
        if solo(part, profile):
            heads[part.articles[0].anchor, 0] = replace(heads[part.anchor, 0], places=())
    return heads


def _headings(
    document: IssueDocument, profile: Profile
) -> Iterator[tuple[tuple[str, int], tuple[Place, ...]]]:
    """Yield all headings in printed order with the places beside them."""
    for part in printed_parts(document):
        yield (part.anchor, 0), (Place(part.anchor, Spot.below),)
        for number, article in enumerate(part.articles):
            if not solo(part, profile):
                above = number and not opens_page(article, profile)
                spots = (Spot.above, Spot.below) if above else (Spot.below,)
                yield (article.anchor, 0), tuple(Place(article.anchor, spot) for spot in spots)
            for inner, heading in _inner(article):
                upper = heading.level == 1 and heading is not article.blocks[0]
                places = (Place(article.anchor, Spot.above, inner),) if upper else ()
                yield (article.anchor, inner), places


def _inner(article: Article) -> Iterator[tuple[int, Heading]]:
    """Yield an item's headings that an outline names, numbered from 1 as they are printed."""
    heads = (block for block in article.blocks if isinstance(block, Heading))
    return ((n, each) for n, each in enumerate(heads, start=1) if names_something(each))


def _stretches(document: IssueDocument, profile: Profile) -> Iterator[list[Article]]:
    """Yield the items that follow each other without a new page between them."""
    for part in printed_parts(document):
        opening = [0] + [
            number
            for number, article in enumerate(part.articles)
            if number and opens_page(article, profile)
        ]
        for start, end in pairwise([*opening, len(part.articles)]):
            yield list(part.articles[start:end])
