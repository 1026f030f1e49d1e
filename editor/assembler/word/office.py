"""LibreOffice: found, asked for its version, and made to turn a .docx into a PDF.

Each conversion gets a user folder of its own (parallel runs clash in a shared one) and our fonts
by FONTCONFIG_FILE; with other fonts the pages break elsewhere and the numbers are wrong.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path
from xml.sax.saxutils import escape

import pypdfium2

from editor.assembler import fonts
from editor.profile import Profile

PROGRAMS = ("soffice", "libreoffice")
TIMEOUT = 120.0
VERSION_TIMEOUT = 30.0
EXPORTED = ("ExportBookmarks", "UseTaggedPDF")
SYSTEM_FONTS = Path("/usr/share/fonts")
LATIN_STAND_IN = "Liberation Serif"


class OfficeError(Exception):
    """LibreOffice is missing, failed or took too long; `chinese` and `english` say which."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(english)
        self.chinese = chinese
        self.english = english


def find_office(configured: str | None) -> str | None:
    """Return the program to call: the configured one, else what is on PATH, else None."""
    if configured:
        return shutil.which(configured)
    return next((path for name in PROGRAMS if (path := shutil.which(name))), None)


@lru_cache(maxsize=4)
def office_version(soffice: str) -> str:
    """Return the version such as "7.4.7.2", or "" when the program does not say."""
    try:
        answer = subprocess.run(
            [soffice, "--version"], capture_output=True, timeout=VERSION_TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(r"\d+(\.\d+)+", answer.stdout.decode("utf-8", "replace"))
    return found.group() if found else ""


def to_pdf(
    docx: bytes,
    profile: Profile,
    *,
    soffice: str,
    timeout: float = TIMEOUT,
    font_dir: Path | None = None,
) -> bytes:
    """Return the .docx as a PDF with outline and tags; raises OfficeError.

    `font_dir` holds further fonts of the office.
    """
    with tempfile.TemporaryDirectory(prefix="zhaibian-office-") as name:
        folder = Path(name)
        (folder / "issue.docx").write_bytes(docx)
        configuration = font_configuration(profile, folder, font_dir)
        (folder / "fonts.conf").write_text(configuration, encoding="utf-8")
        _run(_command(soffice, folder, _filter(profile)), folder, timeout)
        try:
            made = (folder / "issue.pdf").read_bytes()
        except FileNotFoundError:
            raise OfficeError("LibreOffice 没有产出 PDF", "LibreOffice produced no PDF") from None
    _refuse_damaged(made)
    return made


def _refuse_damaged(pdf: bytes) -> None:
    """Refuse what is no whole PDF: a program that finds the disk full may end as if all was well.

    Raises OfficeError.
    """
    try:
        opened = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError:
        raise OfficeError(
            "LibreOffice 产出的 PDF 打不开，请查看磁盘是否已满",
            "the PDF that LibreOffice produced cannot be opened; see whether the disk is full",
        ) from None
    opened.close()


def _filter(profile: Profile) -> str:
    """Return the export filter with its options.

    A blank page before a right-hand one counts: left out, all numbers behind it would be wrong.
    """
    options = dict.fromkeys(EXPORTED, True) | {"IsSkipEmptyPages": not profile.print.faces}
    said = {
        name: {"type": "boolean", "value": str(on).lower()} for name, on in sorted(options.items())
    }
    return f"pdf:writer_pdf_Export:{json.dumps(said)}"


def _command(soffice: str, folder: Path, wanted: str) -> list[str]:
    return [
        soffice,
        f"-env:UserInstallation={(folder / 'user').as_uri()}",
        "--headless",
        "--norestore",
        "--convert-to",
        wanted,
        "--outdir",
        str(folder),
        str(folder / "issue.docx"),
    ]


def _run(command: list[str], folder: Path, timeout: float) -> None:
    environment = {
        **os.environ,
        "HOME": str(folder),
        "FONTCONFIG_FILE": str(folder / "fonts.conf"),
        "SAL_USE_VCLPLUGIN": "svp",
    }
    try:
        process = subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # its own group: soffice is a script, and killing the script leaves the office alive
            start_new_session=True,
        )
    except OSError as error:
        raise OfficeError(
            f"LibreOffice 无法启动：{error.strerror}", f"LibreOffice cannot start: {error.strerror}"
        ) from error
    try:
        code = process.wait(timeout)
    except subprocess.TimeoutExpired:
        raise OfficeError(
            f"LibreOffice 超过 {timeout:.0f} 秒没有完成",
            f"LibreOffice did not finish within {timeout:.0f} seconds",
        ) from None
    finally:
        _end(process)
    if code:
        raise OfficeError(
            f"LibreOffice 异常退出（代码 {code}）", f"LibreOffice ended with code {code}"
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    """End whatever is left of the process's group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()


# --- fonts ---------------------------------------------------------------------------------------


def font_configuration(profile: Profile, cache: Path, font_dir: Path | None = None) -> str:
    """Return a fontconfig file that knows our fonts, and what office names stand for."""
    aliases = {
        "宋体": profile.fonts.song,
        "SimSun": profile.fonts.song,
        "仿宋": profile.fonts.song,
        "仿宋_GB2312": profile.fonts.song,
        "方正小标宋简体": profile.fonts.song,
        "黑体": profile.fonts.hei,
        "SimHei": profile.fonts.hei,
        "楷体": profile.fonts.kai,
        "KaiTi": profile.fonts.kai,
        "Times New Roman": LATIN_STAND_IN,
    }
    return "\n".join(
        (
            '<?xml version="1.0"?>',
            '<!DOCTYPE fontconfig SYSTEM "fonts.dtd">',
            "<fontconfig>",
            f"<dir>{escape(str(fonts.FOLDER))}</dir>",
            *([f"<dir>{escape(str(font_dir))}</dir>"] if font_dir else []),
            *_latin_folders(profile),
            *(_alias(name, family) for name, family in aliases.items()),
            f"<cachedir>{escape(str(cache / 'fontcache'))}</cachedir>",
            "</fontconfig>",
        )
    )


def _latin_folders(profile: Profile) -> list[str]:
    """Return the system's folder with the stand-in for Times New Roman, where it is wanted.

    No other system folder: a Chinese font there could take a character from ours.
    """
    if not profile.fonts.office_names:
        return []
    found = sorted(SYSTEM_FONTS.rglob(f"{LATIN_STAND_IN.replace(' ', '')}-Regular.ttf"))
    return [f"<dir>{escape(str(path.parent))}</dir>" for path in found[:1]]


def _alias(name: str, family: str) -> str:
    return (
        f'<alias binding="same"><family>{escape(name)}</family>'
        f"<prefer><family>{escape(family)}</family></prefer></alias>"
    )
