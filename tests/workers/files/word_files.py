"""Small Word files whose XML a test writes itself: what Word does and python-docx does not."""

import io
import zipfile

SPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
)
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
OUTSIDE = ' TargetMode="External"'
TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def relations(*rows: tuple[str, str, str, bool]) -> str:
    """Return a .rels part of (id, kind, target, outside)."""
    inner = "".join(
        f'<Relationship Id="{id}" Type="{RELATION}{kind}" Target="{target}"'
        f"{OUTSIDE if outside else ''}/>"
        for id, kind, target, outside in rows
    )
    return f'<Relationships xmlns="x">{inner}</Relationships>'


def word_file(
    body: str,
    *,
    styles: str = "",
    numbering: str = "",
    footnotes: str = "",
    links: tuple[tuple[str, str, str, bool], ...] = (),
    parts: dict[str, bytes] | None = None,
    prolog: str = "",
) -> bytes:
    """Return a .docx with this body; `w:` and the other usual prefixes are declared."""
    rows = [
        ("s", "styles", "styles.xml", False),
        ("n", "numbering", "numbering.xml", False),
        ("f", "footnotes", "footnotes.xml", False),
        *links,
    ]
    texts = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": relations(("d", "officeDocument", "word/document.xml", False)),
        "word/document.xml": f"{prolog}<w:document {SPACES}><w:body>{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": relations(*rows),
        "word/styles.xml": f"<w:styles {SPACES}>{styles}</w:styles>",
        "word/numbering.xml": f"<w:numbering {SPACES}>{numbering}</w:numbering>",
        "word/footnotes.xml": f"<w:footnotes {SPACES}>{footnotes}</w:footnotes>",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in texts.items():
            file.writestr(name, text)
        for name, content in (parts or {}).items():
            file.writestr(name, content)
    return out.getvalue()


def p(text: str, properties: str = "") -> str:
    """Return a paragraph of one run."""
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def style(id: str, name: str, inner: str = "") -> str:
    """Return a paragraph style."""
    return f'<w:style w:type="paragraph" w:styleId="{id}"><w:name w:val="{name}"/>{inner}</w:style>'


def levels(*rows: tuple[str, str]) -> str:
    """Return the list 1 with these levels of (format, text)."""
    inner = "".join(
        f'<w:lvl w:ilvl="{n}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
        for n, (form, text) in enumerate(rows)
    )
    return (
        f'<w:abstractNum w:abstractNumId="0">{inner}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    )


def numbered(text: str, level: int = 0) -> str:
    """Return a paragraph of the list 1."""
    return p(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="1"/></w:numPr>')
