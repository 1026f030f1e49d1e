"""QR codes: they can be read, and they are large enough to be read from paper."""

from io import BytesIO

import pytest
import zxingcpp
from PIL import Image
from segno import DataOverflowError

from editor.assembler.qr import MOST_BYTES, fits_code, module_mm, qr_mm, qr_png, qr_svg

SHORT = "https://mp.weixin.qq.com/s/AbCdEf0123456789_-XyZw"
LONG = "https://www.yunzhou.example/policy/detail?" + "&".join(
    f"field{n}={n * 977}" for n in range(12)
)


@pytest.mark.parametrize("url", [SHORT, LONG, "https://例.example/文件?a=%E4%BA%91"])
def test_the_code_gives_back_the_address_byte_by_byte(url):
    found = zxingcpp.read_barcodes(Image.open(BytesIO(qr_png(url))))
    assert [code.text for code in found] == [url]


@pytest.mark.parametrize("more, fits", [(0, True), (1, False)])
def test_the_largest_code_holds_so_many_bytes_and_no_more(more, fits):
    url = "https://a.example/".ljust(MOST_BYTES + more, "a")
    assert fits_code(url) is fits
    if fits:
        assert qr_mm(url, 22) > 60
    else:
        with pytest.raises(DataOverflowError):
            qr_mm(url, 22)


def test_a_short_address_keeps_the_size_the_profile_wishes():
    assert qr_mm(SHORT, 22) == 22
    assert module_mm(SHORT, 22) > 0.5


def test_a_long_address_gets_a_larger_code_with_modules_a_telephone_can_read():
    side = qr_mm(LONG, 22)
    assert side > 22
    assert module_mm(LONG, side) >= 0.4 - 0.001


def test_the_same_address_gives_the_same_bytes():
    assert qr_png(SHORT) == qr_png(SHORT)
    assert qr_svg(SHORT).startswith("<svg")
    assert 'viewBox="0 0 41 41"' in qr_svg(SHORT)
