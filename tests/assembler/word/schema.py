"""A Word file held against the published schema: what a strict reader would find wrong with it."""

from functools import cache
from pathlib import Path

from openxml_audit import FileFormat, OpenXmlValidator

# Word gives a file without a theme its own; the format makes the part optional
NOT_MISSED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/theme"


@cache
def validator() -> OpenXmlValidator:
    return OpenXmlValidator(file_format=FileFormat.OFFICE_2019, max_errors=0)


def schema_faults(content: bytes, folder: Path) -> list[str]:
    """Return what is wrong with a .docx, part by part; nothing when it is sound."""
    path = folder / "held-against-the-schema.docx"
    path.write_bytes(content)
    found = validator().validate(path)
    return [
        f"{error.part_uri} {error.path}: {error.description}"
        for error in found.errors
        if NOT_MISSED not in error.description
    ]
