"""Every flag that a layout raises has a short name for the item's card."""

from editor.assembler.press.pages import VISIBLE
from editor.web.board_pages import FLAG_NAMES


def test_every_flag_has_a_name_on_the_board():
    assert set(FLAG_NAMES) == {*VISIBLE, "thin_page", "missing_glyph", "no_character"}
