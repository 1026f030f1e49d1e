"""Page breaks that bring footnotes and their marks together (publishing.md §16, V18).

The engine sets a note first and may move the text with its mark afterwards: a heading goes to the
next page with what follows it, a row of a table for the room that its own note takes. A break
before such a place keeps the two together. All here is on values: the data of the templates.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from editor.assembler.press.runs import Data, note_keys

MOST_EASED = 3  # lines left blank at a page's foot for what comes next, at most
LEADING = ("kicker", "deck")  # paragraphs that stay with what follows, as heads do


@dataclass(frozen=True)
class Astray:
    """A note that does not begin on the page of its mark: its place in the data, both pages."""

    key: str
    number: int
    mark: int
    foot: int


def with_breaks(data: Data, keys: Collection[str]) -> Data:
    """Return the issue with a break before the first place of these keys in each run of pages.

    What comes after it may stand elsewhere then. A place that cannot be helped by a break is left
    as it is, and the next one of its run is looked after.
    """
    parts, waiting = [], True
    for place, part in enumerate(data["parts"]):
        on_top = place == 0 or data["page"]["sections_break"]
        waiting = waiting or on_top
        articles = []
        for number, it in enumerate(part["articles"]):
            waiting = waiting or it["new_page"]
            found = _broken(it, keys, on_top=number == 0 and on_top) if waiting else it
            waiting = waiting and found is it
            articles.append(found)
        parts.append({**part, "articles": articles})
    return {**data, "parts": parts}


def strayed(data: Data, before: Collection[Astray], after: Collection[Astray]) -> frozenset[str]:
    """Return the items of the sections with a note that has gone astray since an earlier layout.

    Of all sections, where they do not open pages.
    """
    new = {note.key for note in after} - {note.key for note in before}
    lost = {
        part["anchor"]
        for part in data["parts"]
        for it in part["articles"]
        for block in it["blocks"]
        if new.intersection(note_keys(block))
    }
    all_of_them = lost and not data["page"]["sections_break"]
    return frozenset(
        it["anchor"]
        for part in data["parts"]
        if all_of_them or part["anchor"] in lost
        for it in part["articles"]
    )


def _broken(it: Data, keys: Collection[str], *, on_top: bool) -> Data:
    """Return the item with one more break; the same item when no place of it can have one.

    `on_top` says that its section opens a page with it.
    """
    for at, block in enumerate(it["blocks"]):
        for key in note_keys(block):
            if key not in keys:
                continue
            changed = _with_one_more(it, at, key, on_top=on_top)
            if changed is not it:
                return changed
    return it


def _with_one_more(it: Data, at: int, key: str, *, on_top: bool) -> Data:
    """Return the item with a break for a note in this block, the same item when that has them all.

    A short table that a page does not hold with its notes is one that may be parted.
    """
    block = it["blocks"][at]
    within = WITHIN.get(block["type"])
    parted = within(block, key) if within else None
    if parted is not None:
        return it if parted is block else _with_block(it, at, parted)
    opened = _opened(it, at, on_top=on_top)
    if opened is it and block.get("short"):
        return _with_block(it, at, {**block, "short": False, "opens": False})
    return opened


def _with_block(it: Data, at: int, block: Data) -> Data:
    return {**it, "blocks": [*it["blocks"][:at], block, *it["blocks"][at + 1 :]]}


def _opened(it: Data, at: int, *, on_top: bool) -> Data:
    """Return the item with a break before a block and the heads that lead to it.

    The same item where there is one already. Heads that open their item take its headline along, in
    a section's first item that of the section too.
    """
    blocks = it["blocks"]
    while at > 0 and (blocks[at - 1]["type"] == "heading" or blocks[at - 1].get("role") in LEADING):
        at -= 1
    if at == 0:
        return it if on_top or it["new_page"] else {**it, "new_page": True}
    if blocks[at].get("opens"):
        return it
    rest = {name: own for name, own in blocks[at].items() if name != "eased"}
    return _with_block(it, at, {**rest, "opens": True})


def _before_entry(block: Data, key: str) -> Data | None:
    """Return a list or a quote with a break before the entry of a note.

    The same block where there is one already, None for its first entry.
    """
    number, opened = int(key.rpartition(":")[2]), block.get("opened", [])
    if number == 0:
        return None
    return block if number in opened else {**block, "opened": [*opened, number]}


def _eased(block: Data, _key: str) -> Data | None:
    """Return a paragraph with another line left blank at its page's foot, None after some lines.

    The line of a note goes over with it: a break before a long paragraph would leave more blank.
    """
    lines = block.get("eased", 0) + 1
    return {**block, "eased": lines} if lines <= MOST_EASED else None


# --- tables --------------------------------------------------------------------------------------


def _before_row(table: Data, key: str) -> Data | None:
    """Return the table with a break before the row of a note.

    The same table where there is one already; None where all of it has to go to the next page: for
    its head, its first row, or where it may not be parted.
    """
    if table["short"]:
        return None
    row = next(
        y for y, cells in enumerate(table["rows"]) if any(key in note_keys(one) for one in cells)
    )
    row = _first_of_tail(table, row)
    if row <= table["heads"]:
        return None
    if _breaks(table["rows"][row - 1]):
        return table
    return with_break_before(table, row)


def _first_of_tail(table: Data, row: int) -> int:
    """Return the row itself; of the last rows, which stay together, the first."""
    first = len(table["rows"]) - table["tail"]
    return min(row, first) if table["tail"] else row


def _breaks(cells: Sequence[Data]) -> bool:
    return any(one.get("breaks") for one in cells)


def with_break_before(table: Data, row: int) -> Data:
    """Return the table with a row that breaks the page before this one.

    Cells that reach over it grow by a row.
    """
    wide = len(table["widths"])
    above = [_grown(one, row) for cells in table["rows"][:row] for one in cells]
    covered = {
        x
        for one in above
        if one["y"] + one.get("rowspan", 1) > row
        for x in range(one["x"], one["x"] + one.get("colspan", 1))
    }
    breaking = [
        {"x": x, "y": row, "breaks": True, "runs": []} for x in range(wide) if x not in covered
    ]
    below = [[{**one, "y": one["y"] + 1} for one in cells] for cells in table["rows"][row:]]
    rows = [[_grown(one, row) for one in cells] for cells in table["rows"][:row]]
    single = table["one_line"]
    return {
        **table,
        "broken": True,
        "rows": [*rows, breaking, *below],
        "one_line": [*single[:row], False, *single[row:]],
    }


def _grown(one: Data, row: int) -> Data:
    spans = one.get("rowspan", 1)
    return {**one, "rowspan": spans + 1} if one["y"] + spans > row else one


# how pages are broken within blocks
WITHIN = {
    "table": _before_row,
    "list": _before_entry,
    "quote": _before_entry,
    "paragraph": _eased,
}
