"""The Word edition's font table, and fonts embedded in the file where the profile asks for it.

What is embedded shows the issue's own characters and the usual signs: whoever types others into
the file sees them in a font of their own machine.
"""

import uuid
from pathlib import Path

from editor.assembler import fonts
from editor.assembler.fonts.subset import subset
from editor.assembler.word.ooxml import WORD_TYPE, Node, element, qualified, value
from editor.assembler.word.package import Package, Part
from editor.assembler.word.styles import ALTERNATIVE_NAMES, LATIN_OF_OFFICE, family
from editor.profile import FontRole, Profile

OBFUSCATED = "application/vnd.openxmlformats-officedocument.obfuscatedFont"
FACES = ("w:embedRegular", "w:embedBold")
SERIFS = ("Noto Serif SC", "宋体", LATIN_OF_OFFICE)
# Latin, punctuation, full-width forms: what a small correction is likely to need
USUAL = frozenset(
    chr(point)
    for first, last in ((0x20, 0x7E), (0x2010, 0x2026), (0x3000, 0x303F), (0xFF01, 0xFF5E))
    for point in range(first, last + 1)
)
KEY_LENGTH = 32  # bytes at the start of a font that its key hides


def embeds(profile: Profile) -> bool:
    """Whether the file carries its fonts: only ours may be, the office's own are left alone."""
    return profile.fonts.embed_in_docx and not profile.fonts.office_names


def add_font_table(package: Package, profile: Profile) -> None:
    """Add `word/fontTable.xml`, and the embedded fonts it refers to."""
    names = dict.fromkeys(name for role in FontRole for name in family(role, profile))
    table = element("w:fonts", *(_font(name) for name in names))
    part = package.add("word/fontTable.xml", f"{WORD_TYPE}fontTable+xml", table)
    if embeds(profile):
        used = _characters(package) | USUAL
        for node, name in zip(table, names, strict=True):
            _embed(package, part, node, fonts.FILES.get(name, ()), used)


def _characters(package: Package) -> frozenset[str]:
    """Return every character of the text that is in the package so far."""
    tag = qualified("w:t")
    return frozenset(
        sign
        for part in package.parts.values()
        if not isinstance(part.content, bytes)
        for node in part.root.iter(tag)
        for sign in node.text or ""
    )


def _font(name: str) -> Node:
    alternative = ALTERNATIVE_NAMES.get(name)
    return element(
        "w:font",
        # helps where the office's font goes by its other name
        value("w:altName", alternative) if alternative else None,
        value("w:charset", "00" if name == LATIN_OF_OFFICE else "86"),
        value("w:family", "roman" if name in SERIFS else "auto"),
        value("w:pitch", "variable"),
        name=name,
    )


def _embed(
    package: Package, part: Part, node: Node, files: tuple[Path, ...], used: frozenset[str]
) -> None:
    for tag, path in zip(FACES, files, strict=False):
        key = str(uuid.uuid5(uuid.NAMESPACE_URL, path.name)).upper()
        target = f"fonts/{path.stem}.odttf"
        package.add(f"word/{target}", OBFUSCATED, obfuscated(subset(path.read_bytes(), used), key))
        relation = part.relate("font", target)
        node.append(element(tag, r__id=relation, fontKey=f"{{{key}}}"))


def obfuscated(font: bytes, key: str) -> bytes:
    """Return the font with its first bytes hidden by its key; doing it again brings them back.

    ECMA-376, part 4, §10.1.2: XOR with the key's bytes in reverse order.
    """
    hidden = bytes.fromhex(key.replace("-", ""))[::-1]
    head = bytes(byte ^ hidden[at % 16] for at, byte in enumerate(font[:KEY_LENGTH]))
    return head + font[KEY_LENGTH:]
