"""The timetable: every half minute ring for all that is due. Two of them do no harm."""

from celery import shared_task

from editor import clock
from editor.desk import archive, issue_editions, updates
from editor.desk.sources import hosts_due
from editor.store import search
from editor.store.queue import Task
from workers import housekeeping
from workers.candidates import cluster
from workers.workshop import Workshop, here


@shared_task(name=Task.tick.value)
def tick() -> None:
    """Ring for what is due and for what was left behind by a lost broker or a dead worker."""
    ring_due(here())


def ring_due(shop: Workshop) -> int:
    """Ring for every host, entry, export and edition that waits; returns how many were rung for."""
    with shop.database.reading() as session:
        hosts = hosts_due(session, clock.now())
        entries = housekeeping.entries_left_behind(session, clock.real())
        uploads = housekeeping.uploads_left_behind(session, clock.real())
        ungrouped = cluster.anybody_waiting(session)
        unchecked = bool(archive.waiting_checks(session))
        unindexed = search.count_waiting(session) > 0
    with shop.database.writing() as session:
        exports = housekeeping.stuck_exports(session, clock.real())
        editions = issue_editions.due(session)
        housekeeping.close_rounds(session, clock.now())
        updates.schedule_daily(session, clock.now())
        session.commit()
    housekeeping.clear_evidence(shop, clock.now())
    for host in hosts:
        shop.ring(Task.crawl_host, host)
    for entry_id in entries:
        shop.ring(Task.extract_entries, entry_id)
    for upload_id in uploads:
        shop.ring(Task.read_upload, upload_id)
    if ungrouped:
        shop.ring(Task.group_left_behind)
    if unchecked:
        shop.ring(Task.check_printed)
    if unindexed:
        shop.ring(Task.index_left_behind)
    for export_id in exports.again:
        shop.ring(Task.render_export, export_id)
    for edition_id in editions:
        shop.ring(Task.set_edition, edition_id)
    return (
        len(hosts)
        + len(entries)
        + len(uploads)
        + ungrouped
        + unchecked
        + unindexed
        + len(exports.again)
        + len(editions)
    )
