"""A publication's profile as its screen shows it, and what was typed there as a profile again."""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from editor import patterns
from editor.errors import Invalid
from editor.profile import Profile, profile_from
from editor.text.markup_inline import visible
from editor.web.forms import row_number
from editor.web.item_forms import opens
from editor.web.profile_boxes import Box, Kind, boxes

HAN = "\u4e00-\u9fff"
LISTED = re.compile(r"[、，,；;\n]+")
SPACED_OUT = re.compile(rf"[{HAN}](?:[ \u3000]+[{HAN}])+")  # 张 欣, 主 编
SEVERAL = re.compile(rf"[{HAN}·]{{2,}}(?:[ \u3000]+[{HAN}·]{{2,}})+")  # 沈望川 林祎
SECTION_PARTS = ("name", "kind", "quota", "solo", "source")
Rows = list[tuple[str, ...]]
Pair = tuple[str, str]


@dataclass(frozen=True)
class Shown:
    """What stands in the boxes: texts, ticked keys, and rows of the lists."""

    texts: dict[str, str]
    ticked: frozenset[str]
    rows: dict[str, Rows]


def version_of(profile: Profile) -> str:
    """Return a name for just this profile, by which a later save knows what it was made from."""
    text = json.dumps(profile.model_dump(mode="json"), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


# --- out -----------------------------------------------------------------------------------------


def shown(profile: Profile) -> Shown:
    """Return what the screen shows of a profile."""
    data = profile.model_dump(mode="json")
    if profile.cover.contents_on_cover:
        data["toc"]["place"] = "cover"
    texts, rows, ticked = {}, {}, set()
    for box in boxes():
        value = _value(data, box.key)
        match box.kind:
            case Kind.line | Kind.choice:
                texts[box.key] = value
            case Kind.lines:
                texts[box.key] = "\n".join(value)
            case Kind.flag if value:
                ticked.add(box.key)
            case Kind.pairs | Kind.credits | Kind.sections:
                rows[box.key] = [_row(box.kind, row) for row in value]
    return Shown(texts, frozenset(ticked), rows)


def _row(kind: Kind, row: dict[str, Any]) -> tuple[str, ...]:
    match kind:
        case Kind.pairs:
            return row["label"], row["value"]
        case Kind.credits:
            return row["role"], "、".join(row["names"])
    quota = "" if row["quota"] is None else str(row["quota"])
    return row["name"], row["kind"], quota, "1" if row["solo"] else "", row["source"] or ""


def typed(form: MultiDict[str, str]) -> Shown:
    """Return what the screen shows again of a form that was refused."""
    return Shown(
        texts={box.key: form.get(box.key, "") for box in boxes()},
        ticked=frozenset(box.key for box in boxes() if box.kind is Kind.flag and box.key in form),
        rows={box.key: _rows(box, form) for box in boxes() if parts_of(box)},
    )


def parts_of(box: Box) -> tuple[str, ...]:
    """Return the names of the fields that a row of a list has; none for any other box."""
    match box.kind:
        case Kind.pairs:
            names: tuple[str, ...] = ("label", "value")
        case Kind.credits:
            names = ("role", "names")
        case Kind.sections:
            names = SECTION_PARTS
        case _:
            names = ()
    return tuple(f"{box.key}.{name}" for name in names)


# --- in ------------------------------------------------------------------------------------------


def profile_typed(before: Profile, form: MultiDict[str, str]) -> Profile:
    """Return the profile with what was typed; what has no box stays as it was.

    Raises Invalid with a sentence for each box that is wrong.
    """
    data = deepcopy(before.model_dump(mode="json"))
    wrong: dict[str, Pair] = {}
    for box in boxes():
        problem, value = _read(box, form)
        if problem:
            wrong[box.key] = problem
        elif value is not None:
            _put(data, box.key, value)
    data["cover"]["contents_on_cover"] = data["toc"]["place"] == "cover"
    for key, sentence in patterns.misfits(data):
        chinese, _, english = sentence.partition(" / ")
        wrong.setdefault(key, (chinese, english))
    if wrong:
        raise Invalid(
            f"有 {len(wrong)} 处需要改正，请看标红的地方",
            "Some fields need correcting; see the marked ones",
            fields=wrong,
        )
    return profile_from(data, data["name"])


def _read(box: Box, form: MultiDict[str, str]) -> tuple[Pair | None, Any]:
    """Return what is wrong with a box, and its value; None for a box that was not sent."""
    if box.kind is Kind.flag:
        return None, box.key in form
    if parts_of(box):
        return _read_rows(box, _rows(box, form))
    if box.key not in form:
        return None, None
    text = visible(form[box.key]).strip()
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    value: Any = lines if box.kind is Kind.lines else " ".join(lines)
    return _text_problem(box, value), value


def _text_problem(box: Box, value: str | Sequence[str]) -> Pair | None:
    lines = [value] if isinstance(value, str) else value
    if any(len(line) > box.longest for line in lines):
        return f"太长了，最多 {box.longest} 个字", f"Too long: at most {box.longest} characters"
    if box.kind is Kind.choice and value not in dict(box.options):
        return "请从列表中选择", "Please choose from the list"
    if box.key == "name" and not value:
        return "请填写刊名", "Please give the publication's name"
    if box.key == "masthead.qr_url" and isinstance(value, str) and value and not opens(value):
        return (
            "网址应以 http:// 或 https:// 开头",
            "The address must start with http:// or https://",
        )
    return None


def _rows(box: Box, form: MultiDict[str, str]) -> Rows:
    columns = [form.getlist(name) for name in parts_of(box)]
    return [tuple(visible(text).strip() for text in row) for row in zip(*columns, strict=False)]


def _read_rows(box: Box, rows: Rows) -> tuple[Pair | None, Any]:
    match box.kind:
        case Kind.pairs:
            pairs = [row for row in rows if any(row)]
            return _half(pairs), [{"label": label(name), "value": value} for name, value in pairs]
        case Kind.credits:
            credits = [row for row in rows if any(row)]
            return _half(credits), [
                {"role": label(role), "names": names(text)} for role, text in credits
            ]
    # the lists of a row always say something; an empty row has neither name nor number
    sections = [row for row in rows if row[0] or row[2]]
    return _sections_problem(sections), [*_sections(sections)]


def _half(rows: Rows) -> Pair | None:
    if all(all(row) for row in rows):
        return None
    return "每行左右两格都要填；不要的行请删去", "Fill in both halves of each row, or remove it"


def _sections(rows: Rows) -> Iterator[dict[str, Any]]:
    for name, kind, quota, solo, source in rows:
        number = row_number(quota) if quota else None
        yield {"name": name, "kind": kind, "quota": number, "solo": bool(solo),
               "source": source or None}  # fmt: skip


def _sections_problem(rows: Rows) -> Pair | None:
    titles = [row[0] for row in rows]
    if not rows:
        return "至少要有一个栏目", "There must be one section at least"
    if not all(titles) or any(len(title) > 60 for title in titles):
        return "每个栏目都要有名称，不超过 60 个字", "Each section needs a name of 60 at most"
    if len(set(titles)) < len(titles):
        return "两个栏目同名，请改掉一个", "Two sections have the same name; change one"
    if any(quota and row_number(quota) is None for _, _, quota, _, _ in rows):
        return "目标篇数请填写整数，或者留空", "The number of items must be whole, or empty"
    return None


def names(text: str) -> list[str]:
    """Return the names in a list of them: 沈望川、林祎; also parted by blanks: 沈望川 林祎.

    A name of two characters may come spaced out (张 欣).
    """
    found: list[str] = []
    for piece in (part.strip() for part in LISTED.split(text)):
        if several := SEVERAL.fullmatch(piece):
            found += several.group().split()
        elif piece:
            found.append(_closed_up(piece))
    return found


def _closed_up(text: str) -> str:
    """Return words that were spaced out by hand as they are; the layout spaces them itself."""
    return "".join(text.split()) if SPACED_OUT.fullmatch(text) else text


def label(text: str) -> str:
    """Return a label or role as it is kept: spacing and colon are the layout's."""
    return _closed_up(text.rstrip("：: "))


# --- keys ----------------------------------------------------------------------------------------


def _value(data: dict[str, Any], key: str) -> Any:
    for part in key.split("."):
        data = data[part]
    return data


def _put(data: dict[str, Any], key: str, value: Any) -> None:
    *tables, name = key.split(".")
    for table in tables:
        data = data[table]
    data[name] = value
