"""What the tests of failing exports share: a large issue, the real task, what is in the house."""

import io
import random

from flask import Flask
from PIL import Image
from sqlmodel import select

from editor.desk import assets, issues
from editor.store.models import Asset, Export, Issue, Item, Revision
from editor.text.document import Figure, paragraph
from editor.workflow import ExportState
from tests.cast import make_item
from workers.printing.export import render_export

DISK_FULL = ("磁盘已满，没有写入", "请清理磁盘后重试，已有内容没有丢失")
DISK_FULL_ENGLISH = (
    "The disk is full; nothing was written to",
    "Free some space and try again; nothing that was there is lost",
)


def add_photograph(app: Flask) -> None:
    """Give the first issue a photograph, so that its file needs more than a megabyte."""
    noise = random.Random(61).randbytes(700 * 700 * 3)
    out = io.BytesIO()
    Image.frombytes("RGB", (700, 700), noise).save(out, "PNG")
    with app.extensions["database"].writing() as session:
        asset = assets.add_asset(session, app.extensions["files"], out.getvalue())
        section = issues.sections_of(session, session.get(Issue, 1))[0]
        figure = Figure(asset=asset.sha256, caption="图1 码头")
        make_item(session, section, blocks=(paragraph("码头改造完工。"), figure))
        session.commit()


def run_exports(app: Flask) -> None:
    """Let the real task do what is queued."""
    with app.extensions["database"].reading() as session:
        query = select(Export.id).where(Export.state == ExportState.queued)
        queued = session.exec(query.order_by(Export.id)).all()
    for export_id in queued:
        with app.app_context():
            render_export(export_id)


def export_row(app: Flask, export_id: int) -> Export:
    """Return the export as it is stored now."""
    with app.extensions["database"].reading() as session:
        return session.get_one(Export, export_id)


def holdings(app: Flask) -> tuple[int, ...]:
    """Return how many items, versions and pictures there are."""
    with app.extensions["database"].reading() as session:
        return tuple(len(session.exec(select(table)).all()) for table in (Item, Revision, Asset))
