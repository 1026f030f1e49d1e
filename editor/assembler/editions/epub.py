"""EPUB 3: one file of XHTML for each item, each picture once, the reader's own fonts."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from markupsafe import Markup

from editor.assembler.editions.art import Beside, stored_pictures
from editor.assembler.editions.colours import readable
from editor.assembler.editions.jacket import jacket
from editor.assembler.editions.pages import fill, own_colour, style_sheet
from editor.assembler.editions.reading import Item, Reading, Section, read
from editor.assembler.editions.zips import packed
from editor.profile import Profile
from editor.store.files import FileStore
from editor.text.document import IssueDocument

MEDIA_TYPE = "application/epub+zip"
FOLDER = "EPUB/"
PICTURES = "pictures/"
COVER = "pictures/cover.png"
CONTAINER = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">\n'
    '<rootfiles><rootfile full-path="EPUB/package.opf" '
    'media-type="application/oebps-package+xml"/></rootfiles>\n'
    "</container>\n"
)


@dataclass(frozen=True)
class Leaf:
    """One file of the book in reading order; `section` is set where one begins."""

    name: str
    item: Item
    section: Section | None


def epub(document: IssueDocument, profile: Profile, files: FileStore) -> bytes:
    """Return the issue as EPUB 3; the same document gives the same bytes.

    Raises NotFound for a picture whose file is lost, Invalid for one that cannot be read and for
    an address that no code can hold.
    """
    art = Beside(stored_pictures(document, files), PICTURES)
    issue = read(document, profile, art)
    leaves = list(_leaves(issue))
    texts = {
        "nav.xhtml": fill("epub_nav.html", issue=issue, leaves=leaves),
        "cover.xhtml": _page("epub_cover.html", issue),
        **{leaf.name: _page("epub_item.html", issue, leaf=leaf) for leaf in leaves},
    }
    if issue.colophon or issue.closing:
        texts["colophon.xhtml"] = _page("epub_colophon.html", issue)
    pictures = art.files | {COVER: (jacket(issue, own_colour(profile)), "image/png")}
    package = fill(
        "epub_package.opf",
        issue=issue,
        identifier=f"urn:uuid:{_identifier(document)}",
        number=document.total_number,
        pages=[name for name in texts if name != "nav.xhtml"],
        pictures=[(name, media) for name, (_, media) in pictures.items()],
        cover=COVER,
    )
    content = [("mimetype", MEDIA_TYPE), ("META-INF/container.xml", CONTAINER)]
    content += [(f"{FOLDER}package.opf", package), (f"{FOLDER}style.css", _style(profile))]
    content += [(f"{FOLDER}{name}", text) for name, text in texts.items()]
    return packed(
        [
            *((name, text.encode("utf-8")) for name, text in content),
            *((f"{FOLDER}{name}", body) for name, (body, _) in pictures.items()),
        ],
        stored=("mimetype",),
    )


def _leaves(issue: Reading) -> Iterator[Leaf]:
    for section in issue.sections:
        for number, item in enumerate(section.items):
            yield Leaf(f"{item.anchor}.xhtml", item, section if number == 0 else None)


def _page(template: str, issue: Reading, leaf: Leaf | None = None) -> str:
    def kind(name: str) -> Markup:
        return Markup(' epub:type="{}"').format(name)

    return fill(template, issue=issue, leaf=leaf, epub=kind, scrolls=False)


def _style(profile: Profile) -> str:
    return str(style_sheet("epub.css")).replace(
        "OWN-COLOUR", f"#{readable(own_colour(profile), 'ffffff')}"
    )


def _identifier(document: IssueDocument) -> str:
    """Return the book's name for ever: an edition of an issue, whenever it is exported."""
    name = f"zhaibian:{document.slug}:{document.total_number}:{document.edition}"
    return str(uuid5(NAMESPACE_URL, name))
