"""A handed-in file becomes a candidate that goes the way of all others, or a reason why not."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, cast
from zoneinfo import ZoneInfo

from celery import shared_task
from sqlalchemy import CursorResult, update
from sqlmodel import Session, col, select

from editor import clock
from editor.store.models import Candidate, Capture, Publication, Upload
from editor.store.queue import Task
from editor.text.document import Blocks, Figure
from editor.text.handed_in import FileNote, FileReason, Unreadable
from editor.text.urls import url_hash
from editor.workflow import UploadState
from workers.candidates import cluster, ingest
from workers.crawling import pictures
from workers.files.handed_in import MEDIA_TYPES
from workers.files.reading import Read, read_apart
from workers.values import DateFound
from workers.workshop import Workshop, here

MOST_ATTEMPTS = 3
# longer than the reading may take, so that nobody claims what is being read
LEASE = timedelta(seconds=150)


class Reader(Protocol):
    """What reads a stored file."""

    def __call__(self, path: Path, *, name: str, now: datetime, zone: ZoneInfo) -> Read:
        """Return what it says; raises Unreadable."""
        ...


@dataclass(frozen=True)
class Work:
    """An upload that this process has claimed."""

    upload: Upload
    zone: ZoneInfo


@shared_task(name=Task.read_upload.value, time_limit=120)
def read_upload(upload_id: int) -> None:
    """Read once: a second delivery of the same message finds nothing to claim."""
    read_one(here(), upload_id)


def read_one(shop: Workshop, upload_id: int, read: Reader = read_apart) -> None:
    """Turn an upload into a candidate, or note why that cannot be."""
    work = _claim(shop, upload_id)
    if work is None:
        return
    upload = work.upload
    if upload.attempts > MOST_ATTEMPTS:
        _fail(shop, upload, Unreadable(FileReason.too_slow, "its reader died three times"))
        return
    path = shop.files.path(upload.sha256)
    try:
        if not path.is_file():
            raise Unreadable(FileReason.missing)
        found = read(path, name=upload.name, now=clock.now(), zone=work.zone)
    except Unreadable as error:
        _fail(shop, upload, error)
        return
    _store(shop, work, found)


def _claim(shop: Workshop, upload_id: int) -> Work | None:
    """Take a waiting upload for a while; None when it is not there, or taken."""
    real = clock.real()
    mine = (
        update(Upload)
        .where(
            col(Upload.id) == upload_id,
            col(Upload.state) == UploadState.queued,
            col(Upload.due_at) <= real,
        )
        .values(due_at=real + LEASE, attempts=Upload.attempts + 1)
        .execution_options(synchronize_session=False)
    )
    with shop.database.writing() as session:
        claimed = cast(CursorResult[Any], session.execute(mine)).rowcount
        session.commit()
    if not claimed:
        return None
    with shop.database.reading() as session:
        upload = session.get_one(Upload, upload_id)
        publication = session.get_one(Publication, upload.publication_id)
        return Work(upload, ZoneInfo(publication.timezone))


def _fail(shop: Workshop, upload: Upload, error: Unreadable) -> None:
    with shop.database.writing() as session:
        row = session.get_one(Upload, upload.id)
        if row.state != UploadState.queued or row.attempts != upload.attempts:
            return
        row.state, row.reason, row.detail = UploadState.failed, error.reason, error.detail[:500]
        session.add(row)
        session.commit()


def _store(shop: Workshop, work: Work, found: Read) -> None:
    """Store the candidate, its evidence and its pictures in one transaction."""
    assets = {url: shop.files.put(each.content) for url, each in found.pictures.items()}
    draft = drafted(work, found, assets)
    with shop.database.writing() as session:
        row = session.get_one(Upload, work.upload.id)
        if row.state != UploadState.queued or row.attempts != work.upload.attempts:
            return
        for url, sha256 in assets.items():
            pictures.insert_asset(session, sha256, found.pictures[url], "")
        known = _known(session, draft)
        capture = None if known else _capture(session, row, MEDIA_TYPES[found.handed.kind])
        stored = ingest.store(session, draft, entry_id=None, capture_id=capture)
        row.candidate_id, row.state, row.reason = stored.candidate_id, UploadState.done, ""
        row.media_type = MEDIA_TYPES[found.handed.kind]
        row.notes = [[note.value, count] for note, count in found.handed.notes.items()]
        if known:
            row.notes = [[FileNote.known.value, 1], *row.notes]
        session.add(row)
        session.commit()
    cluster.group(shop.database, stored.candidate_id)
    for host in stored.picture_hosts:
        shop.ring(Task.crawl_host, host)


def _known(session: Session, draft: ingest.Draft) -> bool:
    query = select(Candidate.id).where(
        Candidate.publication_id == draft.publication_id,
        Candidate.url_hash == draft.addresses[0].key,
    )
    return session.exec(query).first() is not None


def _capture(session: Session, upload: Upload, media_type: str) -> int | None:
    """Keep the file as evidence, as a page's bytes are kept."""
    address = file_address(upload.sha256)
    capture = Capture(
        url=address,
        final_url=address,
        fetched_at=clock.now(),
        sha256=upload.sha256,
        size=upload.size,
        headers={"content-type": media_type, "file-name": upload.name},
    )
    session.add(capture)
    session.flush()
    return capture.id


# --- deciding (pure) -----------------------------------------------------------------------------


def file_address(sha256: str) -> str:
    """Return what stands for an address in a candidate that has none: the same for one file."""
    return f"upload:{sha256}"


def drafted(work: Work, found: Read, assets: dict[str, str]) -> ingest.Draft:
    """Return the candidate that a file makes; what the person said goes before what it says."""
    upload, handed = work.upload, found.handed
    address = file_address(upload.sha256)
    published = _date(work, found)
    return ingest.Draft(
        publication_id=upload.publication_id,
        source_id=None,
        issue_id=upload.issue_id,
        guid="",
        url="",
        addresses=(ingest.Address(address, url_hash(address)),),
        doubtful=(),
        title=upload.title or handed.title,
        byline=handed.byline,
        source_name=upload.source_name or handed.source_name,
        section="",
        published=published,
        date_how=published.how if published else "",
        date_rival=None,
        blocks=with_assets(handed.blocks, assets.get),
        agreement=handed.agreement,
    )


def _date(work: Work, found: Read) -> DateFound | None:
    said, told = work.upload.published_on, found.handed.published
    if said is not None:
        start = datetime(said.year, said.month, said.day, tzinfo=work.zone)
        return DateFound(start, "person", "day")
    if told is None:
        return None
    day = told.moment.astimezone(work.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return DateFound(day, told.how, "day")


def with_assets(blocks: Blocks, asset_of: Callable[[str], str | None]) -> Blocks:
    """Return the blocks with figures of the file's own pictures showing their assets."""
    return tuple(
        block.model_copy(update={"asset": asset, "url": ""})
        if isinstance(block, Figure) and (asset := asset_of(block.url))
        else block
        for block in blocks
    )
