"""Pictures of candidates: fetched like pages, decoded and written anew, kept as assets."""

import io
import warnings
from dataclasses import dataclass
from typing import Any, cast

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from editor import clock
from editor.errors import FetchError, ParseError, Reason
from editor.store.models import Asset, Candidate, Fetch, Item, ItemOrigin, Picture, Revision
from editor.store.queue import Task
from editor.text.document import Blocks, Figure
from editor.text.urls import host_port
from editor.workflow import CandidateState, Outcome, PictureState
from workers.crawling.fetch import MAX_HOPS, Redirected
from workers.crawling.retries import again
from workers.crawling.visit import Visit
from workers.workshop import Workshop

FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
MOST_PIXELS = 40_000_000
QUALITY = 90
BROKEN = (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError)


@dataclass(frozen=True)
class Drawn:
    """A picture written by us: nothing of the original file but its pixels."""

    content: bytes
    media_type: str
    width: int
    height: int


def fetch_picture(shop: Workshop, visit: Visit, picture_id: int) -> None:
    """Fetch one picture and put it where its candidate shows it; a failure stays visible."""
    with shop.database.reading() as session:
        picture = session.get_one(Picture, picture_id)
    url = picture.fetch_url
    try:
        page = visit.get(url, kind="image")
        drawn = redraw(page.body)
    except Redirected as moved:
        _move(shop, picture_id, moved.url)
    except ParseError as error:
        _lose(shop, picture_id, FetchError(url, error.reason, detail=error.detail))
    except FetchError as error:
        _lose(shop, picture_id, error)
    else:
        _keep(shop, picture, drawn)


def redraw(body: bytes) -> Drawn:
    """Decode a picture and write it anew as JPEG or PNG; raises ParseError for what is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _redraw(body)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ParseError(Reason.too_large, str(error)) from error
    except BROKEN as error:
        raise ParseError(Reason.not_image, str(error)[:200]) from error


def _redraw(body: bytes) -> Drawn:
    with Image.open(io.BytesIO(body), formats=FORMATS) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise ParseError(Reason.too_large, f"{opened.width} × {opened.height} pixels")
        photo = opened.format == "JPEG"
        image = ImageOps.exif_transpose(opened)
        image.load()
    image = image.convert(_mode(image, photo=photo))
    out = io.BytesIO()
    if photo:
        image.save(out, "JPEG", quality=QUALITY)
    else:
        image.save(out, "PNG", optimize=False)
    media = "image/jpeg" if photo else "image/png"
    return Drawn(out.getvalue(), media, image.width, image.height)


def _mode(image: Image.Image, *, photo: bool) -> str:
    if photo:
        return "L" if image.mode == "L" else "RGB"
    if image.mode in ("L", "LA", "RGB", "RGBA"):
        return image.mode
    return "RGBA" if image.has_transparency_data else "RGB"


def _keep(shop: Workshop, picture: Picture, drawn: Drawn) -> None:
    sha256 = shop.files.put(drawn.content)
    with shop.database.writing() as session:
        insert_asset(session, sha256, drawn, picture.url)
        row = session.get_one(Picture, picture.id)
        row.state, row.reason, row.asset = PictureState.done, "", sha256
        session.add(row)
        show(session, row)
        session.commit()


def insert_asset(session: Session, sha256: str, drawn: Drawn, url: str) -> None:
    """Store the row of a picture whose bytes are in the file store, unless it is there already."""
    table = cast(Any, Asset).__table__
    insert = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert(table)
    asset = Asset(
        sha256=sha256,
        media_type=drawn.media_type,
        size=len(drawn.content),
        width=drawn.width,
        height=drawn.height,
        source_url=url,
    )
    values = asset.model_dump(exclude={"id"})
    session.execute(insert.values(values).on_conflict_do_nothing(index_elements=[table.c.sha256]))


def show(session: Session, picture: Picture) -> None:
    """Put the fetched picture where it belongs: in the candidate's text, and in what was taken.

    An item that an editor has revised is left as it is; the asset is there for them to insert.
    """
    candidate = session.get_one(Candidate, picture.candidate_id, with_for_update=True)
    candidate.blocks = with_asset(candidate.blocks, picture)
    session.add(candidate)
    if candidate.state != CandidateState.taken:
        return
    first = session.exec(
        select(Revision)
        .join(Item, col(Item.revision_id) == Revision.id)
        .join(ItemOrigin, col(ItemOrigin.item_id) == Item.id)
        .where(ItemOrigin.candidate_id == candidate.id, Revision.number == 1)
        .with_for_update()
    )
    for revision in first.all():
        revision.blocks = with_asset(revision.blocks, picture)
        session.add(revision)


def with_asset(blocks: Blocks, picture: Picture) -> Blocks:
    """Return the blocks with the picture's asset in every figure of its address."""
    return tuple(
        block.model_copy(update={"asset": picture.asset})
        if isinstance(block, Figure) and block.url == picture.url and not block.asset
        else block
        for block in blocks
    )


def _move(shop: Workshop, picture_id: int, target: str) -> None:
    with shop.database.writing() as session:
        row = session.get_one(Picture, picture_id)
        row.redirects += 1
        if row.redirects > MAX_HOPS or len(target) > 2000:
            row.state, row.reason = PictureState.failed, Reason.redirects
        else:
            row.fetch_url, row.host, row.attempts = target, host_port(target), 0
        session.add(row)
        host = row.host
        session.commit()
    shop.ring(Task.crawl_host, host)


def _lose(shop: Workshop, picture_id: int, error: FetchError) -> None:
    with shop.database.writing() as session:
        row = session.get_one(Picture, picture_id)
        row.attempts += 1
        next_try = again(error.reason, row.attempts, error.retry_after)
        row.state = PictureState.failed if next_try.given_up else PictureState.queued
        row.reason, row.due_at = error.reason, clock.real() + next_try.wait
        session.add(row)
        candidate = session.get_one(Candidate, row.candidate_id)
        session.add(
            Fetch(
                source_id=candidate.source_id,
                url=error.url[:2000],
                outcome=Outcome.failed,
                reason=error.reason,
                detail=f"picture: {error.detail}"[:500],
                http_status=error.status,
            )
        )
        session.commit()
