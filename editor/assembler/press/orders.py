"""Which of the print shop's orders a file carries out, kept with the export that made it."""

from typing import Any

from editor.profile import Print, Profile


def in_pdf(profile: Profile, *, blank: int, inserted: int) -> dict[str, Any]:
    """Return what the PDF does of `[print]`, {} when the profile orders nothing.

    `blank` pages fill the last sheet, `inserted` ones stand before right-hand pages.
    """
    wanted = profile.print
    done = _both(profile) | {
        "bleed_mm": wanted.bleed_mm,
        "cover": wanted.cover == "separate",
        "pad_to": wanted.pad_to if wanted.pad_to > 1 else 0,
        "blank": blank,
        "inserted": inserted,
    }
    return {name: order for name, order in done.items() if order}


def in_word(profile: Profile) -> dict[str, Any]:
    """Return what the Word file does of it; what only paper has is left to the PDF."""
    wanted = profile.print
    left_out = wanted.bleed_mm > 0 or wanted.cover == "separate" or wanted.pad_to > 1
    done = _both(profile) | {"pdf_only": left_out}
    return {name: order for name, order in done.items() if order}


def for_readers(profile: Profile) -> Profile | None:
    """Return the profile of the PDF that readers get beside the shop's, None where one serves both.

    Its pages have the shop's numbers, so that sections go on opening where they do.
    """
    wanted = profile.print
    plain = Print(section_start=wanted.section_start, readers=wanted.readers)
    if not wanted.readers or wanted == plain:
        return None
    return profile.model_copy(update={"print": plain})


def _both(profile: Profile) -> dict[str, Any]:
    wanted = profile.print
    return {
        "gutter_mm": wanted.gutter_mm,
        "sections_right": wanted.on_right,
        "black_only": wanted.black_only,
    }
