"""What is mended in the Word edition after its pages were seen in LibreOffice.

The colophon stands at the foot of its page. A 附 block that would open a page alone gets two lines
of text above it.

Word's "keep with next" takes two lines of a paragraph along; LibreOffice 7.4 takes all of it, and
leaves half a page empty above a long one. So the pages are looked at, and a line more beside
headings of the page before pushes the paragraph's last two lines over to their 附. Where no heading
has room for it, a paragraph of a few lines goes over whole.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from editor.assembler.contents import printed_parts, solo
from editor.assembler.finished.pdf_reading import PdfReading
from editor.assembler.finished.verdicts import EDGE, bare
from editor.assembler.keeping import Kept, lines_of_text, opens_page
from editor.assembler.phrases import names_something, signed
from editor.profile import Profile
from editor.text.document import Article, Heading, IssueDocument

WHOLE_LINES = 12  # a last paragraph up to this long may go to the next page as a whole
MOST_AT_A_PLACE = 3  # lines
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
    """What is done about one 附: lines left free, or its paragraph not parted; nothing helped."""

    places: tuple[Place, ...] = ()
    whole: bool = False

    @property
    def given_up(self) -> bool:
        """Whether all has been tried."""
        return not self.places and not self.whole


@dataclass(frozen=True)
class Settled:
    """What is done for each item whose 附 would stand alone, by the item's anchor.

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


def settle(pdf: bytes, document: IssueDocument, profile: Profile, before: Settled) -> Settled:
    """Return what is to be done after these pages, which were set with `before`.

    Equal to `before` where nothing is left to do. Of pages that run on only the first such 附 is
    seen to at a time: all that follows moves with it.
    """
    reading = PdfReading(pdf)
    try:
        heads = _heads(reading, document, profile)
        found = dict(before.remedies)
        for stretch in _stretches(document, profile):
            for article, page in _alone(reading, stretch, heads, profile):
                earlier = before.remedies.get(article.anchor)
                if earlier is not None and earlier.given_up:
                    continue
                found[article.anchor] = _next(earlier, article, page, reading, heads, profile)
                break
        if found == before.remedies and not before.above_colophon:
            return Settled(found, _above_colophon(reading, document, profile))
    finally:
        reading.close()
    return Settled(found, before.above_colophon)


def alone(pdf: bytes, document: IssueDocument, profile: Profile) -> list[tuple[Article, int]]:
    """Return the items whose 附 opens a page alone, with the page's index."""
    reading = PdfReading(pdf)
    try:
        heads = _heads(reading, document, profile)
        stretches = _stretches(document, profile)
        return [each for one in stretches for each in _alone(reading, one, heads, profile)]
    finally:
        reading.close()


def _next(
    earlier: Remedy | None,
    article: Article,
    page: int,
    reading: PdfReading,
    heads: Mapping[tuple[str, int], _Head],
    profile: Profile,
) -> Remedy:
    """Return what to try for an item whose 附 opens this page, after what was tried before."""
    blocks, _ = signed(article, profile)
    whole = Remedy(whole=0 < lines_of_text(blocks, len(blocks) - 1, profile) <= WHOLE_LINES)
    if earlier is not None:
        return Remedy() if earlier.whole else whole
    wanted = _free(reading, page - 1, profile) + 1
    on_it = [head for head in heads.values() if head.page == page - 1]
    places = sorted((place for head in on_it for place in _open(head, profile)), key=_worth)
    lines = (MOST_AT_A_PLACE * places)[:wanted]
    return Remedy(places=tuple(lines)) if len(lines) == wanted else whole


def _open(head: _Head, profile: Profile) -> Iterator[Place]:
    """Yield the places beside a heading that take a line: none above one at the page's top."""
    top = profile.page.height - profile.page.top - profile.page.pitch
    yield from (place for place in head.places if place.spot is Spot.below or head.height < top)


def _worth(place: Place) -> tuple[bool, bool]:
    """Sort what is least seen first: above headings, and of these above an item's."""
    return place.spot is Spot.below, place.inner > 0


def _free(reading: PdfReading, index: int, profile: Profile) -> int:
    """Return how many lines a page leaves free at its foot."""
    page = profile.page
    bottoms = [box[1] for box in reading.lines(index) if box[1] > page.bottom - CLOSE]
    return int((min(bottoms, default=page.bottom) - page.bottom) / page.pitch)


def _above_colophon(reading: PdfReading, document: IssueDocument, profile: Profile) -> float:
    """Return how far a colophon may sink, in points.

    A line less than there is room for: other programs break the lines above it elsewhere, and a
    colophon that finds no room on the page goes to an empty one. There it stands at the top.
    """
    words = [profile.colophon.heading, *(pair.label for pair in document.colophon)]
    words.append(profile.colophon.closing)
    opening = next(filter(None, map(bare, words)), "")
    last, page = len(reading.pages) - 1, profile.page
    if not opening or _text(reading, last, profile).startswith(opening):
        return 0.0
    bottoms = [box[1] for box in reading.lines(last) if box[1] > page.bottom - CLOSE]
    free = min(bottoms, default=page.bottom) - page.bottom - BELOW_COLOPHON - page.pitch
    return float(max(0, int(free)))


# --- what stands where ---------------------------------------------------------------------------


def _heads(
    reading: PdfReading, document: IssueDocument, profile: Profile
) -> dict[tuple[str, int], _Head]:
    """Return the headings by anchor and number; none where the outline is not the issue's."""
    wanted = list(_headings(document, profile))
    if len(reading.outline) != len(wanted):
        return {}
    return {
        key: _Head(page, height, places)
        for (key, places), (_, page, height, _) in zip(wanted, reading.outline, strict=True)
    }


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
                upper = inner > 1 and heading.level == 1
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


def _alone(
    reading: PdfReading,
    articles: list[Article],
    heads: Mapping[tuple[str, int], _Head],
    profile: Profile,
) -> Iterator[tuple[Article, int]]:
    """Yield the items whose 附 is the first on a page, with the page's index."""
    items = [head for (_, number), head in heads.items() if not number]
    for article in articles:
        head = heads.get((article.anchor, 0))
        if head is None or not article.attachments:
            continue
        first = article.attachments[0]
        label = bare(profile.attachment.label + (first.label or first.url))[:EDGE]
        signature = bare(signed(article, profile)[1])
        opened = _text(reading, head.page, profile).rpartition(bare(article.headline))[2]
        if label in opened:
            continue
        for index in range(head.page + 1, len(reading.pages)):
            text = _text(reading, index, profile)
            if text.startswith((label, signature + label)):
                yield article, index
            if label in text or any(each.page == index for each in items):
                break


def _text(reading: PdfReading, index: int, profile: Profile) -> str:
    page = profile.page
    box = (0.0, page.bottom - CLOSE, page.width, page.height - page.top + CLOSE)
    return bare(reading.text(index, box))
