import codecs

import pytest

from workers.charset import decode

TEXT = "云州市发布三年行动方案，推动县域协调发展。" * 3
PAGE = f"<html><head><title>{TEXT}</title></head><body>{TEXT}</body></html>"


def page_declaring(charset: str, encoding: str) -> bytes:
    return PAGE.replace("<head>", f'<head><meta charset="{charset}">').encode(encoding)


@pytest.mark.parametrize("header", ["", "text/html; charset=GBK", "text/html;charset=ISO-8859-1"])
@pytest.mark.parametrize("meta", ["utf-8", "gb2312", "nonsense", "base64"])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_chinese_text_is_read_right_whatever_the_declarations_say(encoding, meta, header):
    decoded = decode(page_declaring(meta, encoding), header)
    assert TEXT in decoded.text
    assert (decoded.encoding, decoded.replaced) == (encoding, False)


def test_a_page_that_declares_nothing_is_read_as_gb18030_when_it_is_not_utf_8():
    assert decode("朱镕基与䶮字".encode("gb18030")).text == "朱镕基与䶮字"


@pytest.mark.parametrize(
    "encoding, mark",
    [
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
    ],
)
def test_a_byte_order_mark_decides_and_is_not_part_of_the_text(encoding, mark):
    assert decode(mark + TEXT.encode(encoding), "text/html; charset=gbk").text == TEXT


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_xml_without_a_mark_is_recognised(encoding):
    assert decode(f'<?xml version="1.0"?><a>{TEXT}</a>'.encode(encoding)).text.endswith(
        f"{TEXT}</a>"
    )


@pytest.mark.parametrize(
    "text, encoding, label",
    [
        ("這是繁體中文的新聞標題，請留意字元集。", "big5", "big5"),
        ("これは日本語のニュースです。", "shift_jis", "Shift_JIS"),
        ("São Paulo não é café, é açúcar.", "latin-1", "iso-8859-1"),
        ("Вести из Клина и Твери", "cp1251", "windows-1251"),
    ],
)
def test_other_scripts_are_read_as_declared(text, encoding, label):
    body = f'<?xml version="1.0" encoding="{label}"?><a>{text}</a>'.encode(encoding)
    assert text in decode(body).text


def test_a_few_bad_bytes_in_utf_8_are_replaced_and_said():
    body = (PAGE * 2).encode().replace("方案".encode(), "方案".encode()[:4], 1)
    decoded = decode(body, "text/html; charset=gb2312")
    assert (decoded.encoding, decoded.replaced) == ("utf-8", True)
    assert decoded.text.count("\ufffd") == 1


def test_noise_is_replaced_and_said():
    assert decode(b"<p>\xff\xff\x80\xff</p>").replaced


def test_a_persons_choice_overrides_everything():
    assert decode("新聞".encode("big5"), "text/html; charset=utf-8", "Big5").text == "新聞"
    assert decode(TEXT.encode(), override="no-such-encoding").text == TEXT


def test_characters_that_no_database_stores_are_taken_out_and_said():
    decoded = decode(b"a\0b")
    assert (decoded.text, decoded.replaced) == ("ab", True)
