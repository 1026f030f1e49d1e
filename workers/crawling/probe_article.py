"""A look at one article page: what a site rule, or the machine alone, takes from it; pure."""

from typing import Any
from zoneinfo import ZoneInfo

from editor.errors import ParseError
from editor.store.models import SourceProbe
from editor.text.document import character_count, dump_blocks
from editor.workflow import ProbeState
from workers.articles.extract import extract
from workers.values import Extract, Page

MOST_BLOCKS = 200
MOST_NOTES = 5


def read_article(page: Page, probe: SourceProbe, zone: ZoneInfo) -> dict[str, Any]:
    """Return the row's values: what the rule takes, and beside it what would be taken without."""
    rule = str(probe.selectors.get("site_rule", ""))
    alone, trouble = _taken(page, probe, zone, "")
    ruled, problem = _taken(page, probe, zone, rule) if rule else (alone, trouble)
    if ruled is None:
        assert problem is not None
        return {
            "state": ProbeState.failed,
            "reason": problem.reason.value,
            "detail": problem.detail[:500],
        }
    told = _told(ruled) | {
        "final_url": page.final_url[:2000],
        "ruled": bool(rule) and ruled.method == "rule",
        "without": character_count(alone.blocks) if alone else 0,
    }
    return {"state": ProbeState.done, "reason": "", "detail": "", "result": told}


def _taken(
    page: Page, probe: SourceProbe, zone: ZoneInfo, rule: str
) -> tuple[Extract | None, ParseError | None]:
    try:
        found = extract(
            page.body,
            url=page.final_url,
            content_type=page.content_type,
            now=page.fetched_at,
            zone=zone,
            site_rule=rule,
            encoding=probe.encoding,
        )
    except ParseError as error:
        return None, error
    return found, None


def _told(found: Extract) -> dict[str, Any]:
    published = found.published
    return {
        "title": found.title[:300],
        "published_at": published.moment.isoformat() if published else "",
        "precision": published.precision if published else "",
        "date_how": published.how if published else "",
        "source_name": found.source_name[:200],
        "byline": found.byline[:200],
        "method": found.method,
        "agreement": found.agreement,
        "encoding": found.encoding,
        "characters": character_count(found.blocks),
        "notes": list(found.notes[:MOST_NOTES]),
        "blocks": dump_blocks(found.blocks[:MOST_BLOCKS]),
        "left_out": max(0, len(found.blocks) - MOST_BLOCKS),
    }
