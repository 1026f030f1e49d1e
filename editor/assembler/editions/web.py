"""The web edition: one file that carries all it shows and asks nobody for anything.

No script, no request: the page's own policy forbids both, whatever its text may hold.
"""

import base64
import hashlib

from markupsafe import Markup

from editor.assembler.editions.art import Inside, stored_pictures
from editor.assembler.editions.colours import NIGHT, PAPER, readable
from editor.assembler.editions.pages import fill, own_colour, style_sheet
from editor.assembler.editions.reading import read
from editor.profile import Profile
from editor.store.files import FileStore
from editor.text.document import IssueDocument


def web_page(document: IssueDocument, profile: Profile, files: FileStore) -> bytes:
    """Return the issue as one HTML file; raises NotFound for a lost picture, Invalid for a code."""
    issue = read(document, profile, Inside(stored_pictures(document, files)))
    style = _style(profile)
    page = fill(
        "web.html",
        issue=issue,
        style=style,
        policy=policy(style),
        epub=lambda _kind: "",
        scrolls=True,
    )
    return page.encode("utf-8")


def policy(style: str) -> str:
    """Return the page's own policy: nothing but this style sheet and pictures inside the file."""
    digest = hashlib.sha256(f"\n{style}\n".encode()).digest()
    hashed = base64.b64encode(digest).decode("ascii")
    return (
        f"default-src 'none'; img-src data:; style-src 'sha256-{hashed}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _style(profile: Profile) -> Markup:
    colour = own_colour(profile)
    light, dark = readable(colour, PAPER), readable(colour, NIGHT)
    own = f":root {{ --own: light-dark(#{light}, #{dark}); --own-print: #{colour}; }}"
    return Markup("{}\n{}").format(Markup(own), style_sheet("web.css"))
