"""Pictures: judged by content, stored once, printable."""

import io

import pytest
from PIL import Image

from editor.desk.assets import add_asset, get_asset, printable
from editor.errors import Invalid, NotFound
from editor.store.files import FileStore


def picture(kind: str, size=(40, 30), mode="RGB", **options) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, 1).save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_png_and_jpeg_are_kept_as_they_came(kind):
    content = picture(kind)
    kept = printable(content)
    assert (kept.content, kept.width, kept.height) == (content, 40, 30)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "BMP", "TIFF"])
def test_other_pictures_become_png(kind):
    kept = printable(picture(kind))
    assert kept.media_type == "image/png"
    assert Image.open(io.BytesIO(kept.content)).format == "PNG"


def test_a_picture_that_lies_on_its_side_is_turned_up():
    exif = Image.Exif()
    exif[0x0112] = 6
    kept = printable(picture("JPEG", exif=exif))
    assert (kept.width, kept.height) == (30, 40)


def test_print_colours_become_screen_colours():
    kept = printable(picture("TIFF", mode="CMYK"))
    assert Image.open(io.BytesIO(kept.content)).mode == "RGB"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<html></html>",
        b"\x89PNG\r\n\x1a\n",
        picture("PNG")[:60],
        picture("JPEG")[:200],
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
    ],
)
def test_what_is_no_whole_picture_is_refused(content):
    with pytest.raises(Invalid):
        printable(content)


def test_a_picture_of_too_many_pixels_is_refused():
    with pytest.raises(Invalid) as refusal:
        printable(picture("PNG", size=(8000, 5001), mode="1"))
    assert "4000 万像素" in refusal.value.chinese


def test_the_same_picture_is_stored_once(session, tmp_path):
    files = FileStore(tmp_path / "files")
    first = add_asset(session, files, picture("PNG"), source_url="https://linlan.example/a.png")
    again = add_asset(session, files, picture("PNG"))
    assert again is first
    assert get_asset(session, first.sha256) is first
    assert files.get(first.sha256) == picture("PNG")
    with pytest.raises(NotFound):
        get_asset(session, "00" * 32)
