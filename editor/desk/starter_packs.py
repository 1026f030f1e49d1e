"""Starter packs: well-known public sources to choose from, each with when it was last verified."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlmodel import Session

from editor.desk.source_draft import SourceDraft
from editor.desk.sources import add_source, list_sources
from editor.errors import Invalid, NotFound
from editor.store.models import Publication, Source, User

FOLDER = Path(__file__).parents[2] / "config" / "sources"


@dataclass(frozen=True)
class Offer:
    """A source that a pack offers; `verified` says in two languages when and how it was checked."""

    draft: SourceDraft
    verified: tuple[str, str]


@dataclass(frozen=True)
class Pack:
    """A pack: the name it is called by, its titles, what it offers."""

    key: str
    name: str
    name_en: str
    offers: tuple[Offer, ...]


@dataclass(frozen=True)
class Added:
    """What became of the chosen sources: added, and those that were watched already."""

    added: tuple[Source, ...]
    known: tuple[str, ...]


def list_packs(folder: Path = FOLDER) -> list[Pack]:
    """Return the packs in the folder by name; raises Invalid naming a file that cannot be read."""
    return [_read(path) for path in sorted(folder.glob("*.toml"))]


def get_pack(key: str, folder: Path = FOLDER) -> Pack:
    """Return the pack of this name; raises NotFound."""
    packs = list_packs(folder)
    found = next((pack for pack in packs if pack.key == key), None)
    if found is None:
        names = "、".join(pack.key for pack in packs)
        raise NotFound(
            f"没有名为“{key}”的来源包，可选：{names}", f"No pack “{key}”; there are {names}"
        )
    return found


def add_from_pack(
    session: Session,
    publication: Publication,
    pack: Pack,
    urls: Sequence[str],
    *,
    by: User | None,
    now: datetime,
) -> Added:
    """Add the offers with these addresses, due at once; those watched already stay as they are.

    Raises Invalid when nothing of the pack was chosen.
    """
    chosen = [offer for offer in pack.offers if offer.draft.url in set(urls)]
    if not chosen:
        raise Invalid("请至少选择一个来源", "Choose at least one source")
    watched = {source.url for source in list_sources(session, publication)}
    added = []
    for offer in chosen:
        if offer.draft.url in watched:
            continue
        source = add_source(session, publication, offer.draft, by=by, now=now)
        source.pack = pack.key
        session.add(source)
        added.append(source)
    session.flush()
    known = (offer.draft.name for offer in chosen if offer.draft.url in watched)
    return Added(tuple(added), tuple(known))


def _read(path: Path) -> Pack:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        offers = tuple(_offer(row) for row in table["source"])
        return Pack(path.stem, str(table["name"]), str(table["name_en"]), offers)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, ValidationError) as error:
        raise Invalid(
            f"来源包 {path.name} 读不出来，请检查文件（{error}）",
            f"The pack {path.name} cannot be read; check the file ({error})",
        ) from error


def _offer(row: dict[str, Any]) -> Offer:
    fields = {key: value for key, value in row.items() if not key.startswith("verified")}
    checked = (str(row["verified"]), str(row["verified_en"]))
    return Offer(SourceDraft.model_validate(fields), checked)
