"""A Word file in one ink: all text and rules black, shaded cells grey."""

from PIL import ImageColor

from editor.assembler.word.ooxml import Node, qualified
from editor.assembler.word.package import Package

BLACK, AUTO = "000000", "auto"


def blacken(package: Package) -> None:
    """Take the colour out of every part; pictures keep theirs."""
    for part in package.parts.values():
        if not isinstance(part.content, bytes):
            _blacken(part.root)


def _blacken(root: Node) -> None:
    colour, fill, value = qualified("w:color"), qualified("w:fill"), qualified("w:val")
    for node in root.iter():
        if node.tag == colour:
            node.set(value, BLACK)
        if node.get(colour, AUTO) != AUTO:
            node.set(colour, BLACK)
        if node.get(fill, AUTO) != AUTO:
            node.set(fill, _grey(node.get(fill)))


def _grey(colour: str) -> str:
    """Return the grey that is as light as the colour."""
    level = ImageColor.getcolor(f"#{colour}", "L")
    return f"{level:02X}" * 3
