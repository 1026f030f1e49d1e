"""Pictures on their way to paper: no larger than it can show, whatever they are made of."""

import io
import zipfile
from datetime import timedelta

import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from PIL import Image, ImageCms, ImageDraw

from editor.assembler.press.typeset import typeset
from editor.assembler.ready_pictures import ready_picture, ready_pictures
from editor.assembler.word.edition import render_docx
from editor.desk.assets import printable
from editor.errors import Invalid
from editor.store.files import FileStore
from editor.text.document import AssetRef, BookEntry, Figure, paragraph
from tests.assembler.preflight.test_preflight import article, issue
from tests.assembler.sample import digest_profile

PROFILE = digest_profile()
WINDOW = "本期刊物信息搜集时间：2034.06.16-2034.07.15"
PRINTED = (311.8, 194.9)  # points: 110 mm wide


@pytest.fixture
def files(tmp_path):
    return FileStore(tmp_path)


def drawn(mode, size, kind, **options):
    """Return a picture file: a ground with a bar on its left half."""
    image = Image.new(mode, size)
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 2, size[1]), fill=image.getpixel((0, 0)))
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def stored(files, content, media_type):
    with Image.open(io.BytesIO(content)) as image:
        width, height = image.size
    return AssetRef(sha256=files.put(content), media_type=media_type, width=width, height=height)


def printed(files, asset, **more):
    figure = Figure(asset=asset.sha256, caption="图1 码头全貌")
    blocks = (figure, paragraph("码头改造完工。"), *more.get("blocks", ()))
    document = issue(article(blocks=blocks), window_line=WINDOW, assets=(asset,))
    return typeset(document, PROFILE, files).pdf


def in_word(files, *assets):
    """Return the pictures that a Word file embeds, as they lie in it."""
    blocks = [Figure(asset=asset.sha256, caption="图1 码头全貌") for asset in assets]
    document = issue(article(blocks=(*blocks, paragraph("码头改造完工。"))), assets=assets)
    made = render_docx(document, PROFILE, files, numbers={}, pinned=False)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        names = [name for name in archive.namelist() if name.startswith("word/media/")]
        return [archive.read(name) for name in names]


def pixels(pdf):
    """Return the size in pixels of every picture that a PDF embeds."""
    return [
        picture.get_px_size()
        for page in pypdfium2.PdfDocument(pdf)
        for picture in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=4)
    ]


def test_a_picture_of_8000_pixels_is_printed_at_300_dots_an_inch(files):
    asset = stored(files, drawn("RGB", (8000, 5000), "JPEG"), "image/jpeg")
    pdf = printed(files, asset)
    assert pixels(pdf) == [(1300, 812)] or pixels(pdf) == [(1300, 813)]
    with Image.open(files.path(asset.sha256)) as original:
        assert original.size == (8000, 5000)


def test_the_same_picture_gives_the_same_bytes_wherever_it_is_made(files, tmp_path):
    content = drawn("RGB", (6000, 3000), "JPEG")
    other = FileStore(tmp_path / "other")
    made = [
        ready_picture(store, stored(store, content, "image/jpeg"), PRINTED).path.read_bytes()
        for store in (files, other)
    ]
    assert made[0] == made[1]


def test_a_picture_that_is_hardly_too_large_is_printed_as_it_is(files):
    asset = stored(files, drawn("RGB", (1800, 1000), "PNG"), "image/png")
    assert ready_picture(files, asset, PRINTED).path == files.path(asset.sha256)


@pytest.mark.parametrize(("kind", "media_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png")])
def test_photographs_stay_jpeg_and_drawings_png(files, kind, media_type):
    asset = stored(files, drawn("RGB", (6000, 3000), kind), media_type)
    ready = ready_picture(files, asset, PRINTED)
    with Image.open(ready.path) as image:
        assert (image.format, ready.media_type) == (kind, media_type)


def test_what_was_made_goes_with_the_picture(files):
    asset = stored(files, drawn("RGB", (6000, 3000), "PNG"), "image/png")
    made = ready_picture(files, asset, PRINTED).path
    assert files.remove(asset.sha256, untouched=timedelta(0))
    assert not made.exists()


def test_a_picture_shown_twice_is_made_for_its_larger_place(files):
    asset = stored(files, drawn("RGB", (6000, 8000), "JPEG"), "image/jpeg")
    book = BookEntry(title="观潮", cover=asset.sha256)
    both = issue(article(blocks=(book, Figure(asset=asset.sha256, caption="图1"))), assets=(asset,))
    ready = ready_pictures(both, PROFILE, files)[asset.sha256]
    with Image.open(ready.path) as image:
        assert image.width > 1200


@pytest.mark.parametrize("size", [(600, 400), (4000, 2500)])
@pytest.mark.parametrize("profile", [b"", b"no profile", None], ids=["none", "damaged", "own"])
def test_a_jpeg_of_four_inks_is_printed_in_rgb(files, size, profile):
    own = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    content = drawn("CMYK", size, "JPEG", icc_profile=own if profile is None else profile)
    asset = stored(files, content, "image/jpeg")
    pdf = printed(files, asset)
    (page,) = [
        p for p in pypdfium2.PdfDocument(pdf) if "码头全貌" in p.get_textpage().get_text_range()
    ]
    (picture,) = page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=4)
    assert picture.get_bitmap().mode in ("BGR", "RGB", "BGRX")


@pytest.mark.parametrize("size", [(300, 200), (3000, 2000)])
@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_a_png_of_every_kind_is_printed(files, mode, size):
    asset = stored(files, drawn(mode, size, "PNG"), "image/png")
    (found,) = set(pixels(printed(files, asset)))
    assert found[0] == min(size[0], 1300)


def test_a_deep_grey_picture_keeps_its_shades(files):
    image = Image.new("I;16", (3000, 2000), 0x8000)
    out = io.BytesIO()
    image.save(out, "PNG")
    asset = stored(files, out.getvalue(), "image/png")
    with Image.open(ready_picture(files, asset, PRINTED).path) as made:
        assert made.getpixel((10, 10)) in (127, 128)


def test_a_transparent_drawing_stays_transparent(files):
    asset = stored(files, drawn("RGBA", (3000, 2000), "PNG"), "image/png")
    with Image.open(ready_picture(files, asset, PRINTED).path) as made:
        assert made.mode == "RGBA"


def test_a_picture_taken_sideways_is_printed_upright(files):
    exif = Image.Exif()
    exif[0x0112] = 6
    upright = printable(drawn("RGB", (4000, 2000), "JPEG", exif=exif))
    asset = stored(files, upright.content, upright.media_type)
    (size,) = pixels(printed(files, asset))
    assert size[1] > size[0]


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "BMP", "TIFF"])
def test_other_kinds_are_printed_as_png(files, kind):
    pictures = [Image.new("RGB", (300, 200), colour) for colour in ("red", "blue")]
    out = io.BytesIO()
    moving = {"save_all": True, "append_images": pictures[1:]} if kind in ("GIF", "WEBP") else {}
    pictures[0].save(out, kind, **moving)
    made = printable(out.getvalue())
    asset = stored(files, made.content, made.media_type)
    assert made.media_type == "image/png"
    assert pixels(printed(files, asset)) == [(300, 200)]


def test_a_drawing_in_svg_is_refused_with_a_sentence():
    with pytest.raises(Invalid, match="请换成 PNG 或 JPEG"):
        printable(b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')


def test_a_picture_cut_short_is_refused_with_a_sentence(files):
    content = drawn("RGB", (6000, 4000), "PNG")
    asset = stored(files, content, "image/png")
    short = asset.model_copy(update={"sha256": files.put(content[: len(content) // 2])})
    with pytest.raises(Invalid, match="换一张"):
        printed(files, short)


# --- in Word -------------------------------------------------------------------------------------


def test_word_gets_a_picture_of_8000_pixels_as_the_pdf_prints_it_and_always_the_same(files):
    asset = stored(files, drawn("RGB", (8000, 5000), "JPEG"), "image/jpeg")
    (embedded,) = in_word(files, asset)
    with Image.open(io.BytesIO(embedded)) as image:
        assert [image.size] == pixels(printed(files, asset))
    assert in_word(files, asset) == [embedded]


def test_word_keeps_a_picture_that_is_hardly_too_large(files):
    asset = stored(files, drawn("RGB", (1800, 1000), "PNG"), "image/png")
    assert in_word(files, asset) == [files.get(asset.sha256)]


def test_word_shows_a_jpeg_of_four_inks_in_rgb(files):
    asset = stored(files, drawn("CMYK", (600, 400), "JPEG"), "image/jpeg")
    (embedded,) = in_word(files, asset)
    with Image.open(io.BytesIO(embedded)) as image:
        assert (image.format, image.mode) == ("JPEG", "RGB")


def test_a_picture_shown_twice_lies_in_word_once(files):
    asset = stored(files, drawn("RGB", (4000, 2000), "PNG"), "image/png")
    assert len(in_word(files, asset, asset)) == 1
