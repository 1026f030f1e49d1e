"""What readers without a login may have: the feed of published issues and their finished files.

Closed unless the office opens it. Whoever may not read it learns nothing: the answer is the same
for a feed that is closed, a wrong key and a publication that does not exist.
"""

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, current_app, make_response, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from editor import clock
from editor.assembler.editions.rss import MEDIA_TYPE, Channel, Entry, Offer, rss
from editor.assembler.phrases import label
from editor.desk import exports, feed, publications
from editor.errors import NotFound
from editor.store.models import Publication
from editor.web import access
from editor.web.answers import go, page, say
from editor.web.editions import reading
from editor.web.exports import content_path, filename, issue_stem, offer
from editor.web.forms import Form
from editor.web.limits import limiter
from editor.workflow import Action

bp = Blueprint("feeds", __name__)
LINK_NAMES = {"web": "网页版", "pdf": "PDF", "epub": "EPUB"}


def _home(slug: str) -> tuple[Publication, feed.Feed]:
    """Return the publication whose feed this reader may have; raises NotFound."""
    session = access.current_session()
    found = publications.find_publication(session, slug)
    opened = feed.feed_of(session, found) if found else feed.Feed()
    if found is None or not opened.admits(request.args.get("key", "")):
        raise NotFound(
            "这个地址没有可以订阅的内容，请向编辑部索取最新的地址",
            "There is nothing to read at this address; ask the editors for the present one",
        )
    return found, opened


def _address(endpoint: str, opened: feed.Feed, **values: Any) -> str:
    """Return a whole address that its holder can use anywhere."""
    base: str = current_app.extensions["settings"].public_url.rstrip("/")
    if opened.access is feed.Access.key:
        values["key"] = opened.key
    return base + url_for(endpoint, **values)


def _kept(response: Response, opened: feed.Feed) -> Response:
    """Let caches keep for a few minutes what everybody may read."""
    everybody = opened.access is feed.Access.open
    response.headers["Cache-Control"] = "public, max-age=300" if everybody else "private, no-cache"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def in_one_line(lines: Iterable[str]) -> str:
    """Return who publishes in one line; brackets belong to the line before them."""
    return "、".join(lines).replace("、（", "（").replace("、(", "(")


@bp.get("/feeds/<slug>.xml")
@limiter.limit("60 per minute")
def channel(slug: str) -> ResponseReturnValue:
    """Return the feed of published issues."""
    home, opened = _home(slug)
    published = feed.list_published(access.current_session(), home)
    url = _address("feeds.channel", opened, slug=slug)
    content = rss(
        Channel(
            title=home.name,
            description=in_one_line(publications.profile_of(home).cover.publisher) or home.name,
            url=url,
            home=current_app.extensions["settings"].public_url,
            language=publications.profile_of(home).language,
            entries=[_entry(home, opened, each) for each in published],
        )
    )
    response = make_response(content)
    response.headers["Content-Type"] = MEDIA_TYPE
    response.add_etag()
    return _kept(response, opened).make_conditional(request)


def _entry(home: Publication, opened: feed.Feed, published: feed.Published) -> Entry:
    issue = published.issue
    offers = tuple(
        Offer(
            LINK_NAMES[format],
            _address("feeds.edition", opened, slug=home.slug, total=issue.total_number,
                     format=format),
            exports.FORMATS[format].media_type,
            export.size,
        )
        for format, export in published.files.items()
    )  # fmt: skip
    profile = publications.profile_of(home)
    # a reader's programme takes a changed item of the same name for the same issue
    number = f"（{profile.edition_line(published.edition)}）" if published.edition > 1 else ""
    named = "".join(f"《{headline}》" for headline in published.corrected)
    return Entry(
        title=f"{home.name} {label(published.label_lines)}{number}",
        guid=f"zhaibian:{home.slug}:{issue.total_number}",
        published_at=published.published_at,
        updated_at=published.updated_at,
        correction=profile.corrections_line(named) if named else "",
        contents=published.contents,
        offers=offers,
    )


@bp.get("/feeds/<slug>/<int:total>/<any(web, pdf, epub):format>")
@limiter.limit("60 per minute")
def edition(slug: str, total: int, format: str) -> ResponseReturnValue:
    """Return a published issue's finished file; the web edition is shown, the others are sent."""
    home, opened = _home(slug)
    session = access.current_session()
    issue = feed.find_published(session, home, total)
    export = feed.files_of(session, issue).get(format) if issue else None
    if issue is None or export is None:
        raise NotFound(
            "这一期还没有这种格式的文件", "This issue has no file of that format to offer"
        )
    path = content_path(export, export.asset)
    if format == "web":
        return _kept(reading(path.read_bytes()), opened)
    kind = exports.FORMATS[format]
    response = send_file(path, mimetype=kind.media_type, etag=export.asset)
    offer(
        response,
        filename(home, issue, format, edition=export.edition),
        f"{issue_stem(home, issue)}.{kind.extension}",
    )
    return _kept(response, opened)


# --- the office's own page -----------------------------------------------------------------------


class FeedForm(Form):
    """Who may read the feed, and whether holders of the present address may go on."""

    access: feed.Access
    new_key: bool = False


@bp.get("/settings/feed")
def show() -> ResponseReturnValue:
    """Show who may read the feed, its address, and what it offers."""
    home = access.publication(Action.manage_people)
    session = access.current_session()
    opened = feed.feed_of(session, home)
    return page(
        "settings/feed.html",
        opened=opened,
        address=_address("feeds.channel", opened, slug=home.slug),
        published=feed.list_published(session, home),
        link_names=LINK_NAMES,
    )


@bp.post("/settings/feed")
def save() -> ResponseReturnValue:
    """Open the feed to all or to holders of its address, give it a new address, or close it."""
    home = access.publication(Action.manage_people)
    form = FeedForm.from_request()
    feed.open_feed(
        access.current_session(),
        home,
        form.access,
        new_key=form.new_key,
        by=access.person(),
        now=clock.now(),
    )
    access.commit()
    say(
        {
            feed.Access.off: _("订阅已关闭"),
            feed.Access.key: _("持有地址的人可以订阅"),
            feed.Access.open: _("任何人都可以订阅"),
        }[form.access]
    )
    return go(url_for("feeds.show"))
