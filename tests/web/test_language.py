"""Chinese first; English complete; the browser decides until the person does."""

import re
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient

from tests.web.conftest import Office

ROOT = Path(__file__).resolve().parents[2]
TRANSLATIONS = ROOT / "editor" / "web" / "translations"
PO = TRANSLATIONS / "en" / "LC_MESSAGES" / "messages.po"
KEYWORDS = {
    "_": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "lazy_pgettext": ((1, "c"), 2),
}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def wanted() -> set[tuple[str, str]]:
    """Return (context, msgid) of every message in the sources and templates."""
    methods, options = parse_mapping_cfg(StringIO((TRANSLATIONS / "babel.cfg").read_text("utf-8")))
    found = set()
    for _, _, message, _, context in extract_from_dir(
        str(ROOT), methods, options, KEYWORDS, directory_filter=ours
    ):
        parts = message if isinstance(message, tuple) else (message,)
        chinese = next((part for part in parts if CHINESE.search(part)), parts[0])
        found.add((context or "", chinese))
    return found


def first(message_id: str | list[str] | tuple[str, ...]) -> str:
    """Return a message's id, the singular of a pair."""
    return message_id if isinstance(message_id, str) else message_id[0]


def ours(folder: str) -> bool:
    """Whether the folder may hold messages; keeps the walk out of everything else."""
    inside = Path(folder).relative_to(ROOT).parts
    return (
        inside[:1] == ("templates",)
        or inside in ((), ("editor",))
        or inside[:2]
        == (
            "editor",
            "web",
        )
    )


def test_the_english_catalogue_has_every_message_and_none_is_fuzzy() -> None:
    catalogue = read_po(BytesIO(PO.read_bytes()), locale="en")
    known = {(each.context or "", first(each.id)) for each in catalogue if each.id}
    assert len(known) > 400
    assert wanted() - known == set()
    assert [each.id for each in catalogue if each.id and each.fuzzy] == []
    empty = [
        each.id
        for each in catalogue
        if each.id and not all(each.string if isinstance(each.string, tuple) else (each.string,))
    ]
    assert empty == []


def test_placeholders_survive_the_translation() -> None:
    holder = re.compile(r"%\(\w+\)s|\{\w+\}")
    catalogue = read_po(BytesIO(PO.read_bytes()), locale="en")
    lost = []
    for each in catalogue:
        if not each.id:
            continue
        chinese = first(each.id)
        english = each.string[-1] if isinstance(each.string, tuple) else each.string
        if set(holder.findall(chinese)) != set(holder.findall(english)):
            lost.append(chinese)
    assert lost == []


def test_the_compiled_catalogue_is_the_written_one() -> None:
    written = read_po(BytesIO(PO.read_bytes()), locale="en")
    compiled = read_mo(BytesIO(PO.with_suffix(".mo").read_bytes()))
    assert strings(written) == strings(compiled)


def strings(catalogue: Catalog) -> dict[tuple[str, str], list[str]]:
    """Return what a catalogue says, by context and msgid."""
    return {
        # Babel reads contexts of a compiled catalogue as bytes
        (
            each.context.decode() if isinstance(each.context, bytes) else each.context or "",
            first(each.id),
        ): [each.string] if isinstance(each.string, str) else list(each.string)
        for each in catalogue
        if each.id
    }


@pytest.mark.parametrize(
    ("browser", "language", "button"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN", "登录"),
        ("zh-TW", "zh-CN", "登录"),
        ("en-GB,en", "en", "Log in"),
        ("fr-FR,fr;q=0.9", "en", "Log in"),
    ],
)
def test_the_browser_decides_before_the_login(
    app: Flask, office: Office, browser: str, language: str, button: str
) -> None:
    text = app.test_client().get("/login", headers={"Accept-Language": browser}).text
    assert f'<html lang="{language}"' in text and f">{button}</button>" in text


def test_a_persons_setting_wins_over_the_browser(ada: FlaskClient) -> None:
    ada.post("/settings/me", data={"language": "en", "theme": "dark", "keys_on": "1"})
    text = ada.get("/", headers={"Accept-Language": "zh-CN"}).text
    assert '<html lang="en" data-theme="dark"' in text and "Candidates in the window" in text


def test_sentences_of_errors_follow_the_language(ada: FlaskClient) -> None:
    chinese = ada.get("/triage/999999", headers={"Accept-Language": "zh-CN"}).text
    english = ada.get("/triage/999999", headers={"Accept-Language": "en"}).text
    assert "没有这条候选" in chinese and "There is no such candidate" in english


@pytest.mark.parametrize(
    "path", ["/sources/new", "/sources/paste", "/settings/me", "/triage/failed"]
)
def test_an_english_page_shows_no_chinese_but_content(ada: FlaskClient, path: str) -> None:
    text = ada.get(path, headers={"Accept-Language": "en"}).text
    words = re.sub(r"<title>.*?</title>|<script.*?</script>|<[^>]*>", " ", text, flags=re.S)
    content = "云州信息摘编|云州日报|青屿区渡口恢复通航|热点关注|国内动态|专题研究|摘|中文"
    assert CHINESE.findall(re.sub(content, "", words)) == []
