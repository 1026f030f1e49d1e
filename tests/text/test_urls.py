import pytest

from editor.errors import Invalid
from editor.text.urls import absolute, canonical_url, host_port, url_hash

PAGE = "https://www.yunzhou.example/news/2023/07-05/1.html"


@pytest.mark.parametrize(
    "url",
    [
        "HTTPS://WWW.Yunzhou.Example/news/2023/07-05/1.html",
        "https://www.yunzhou.example:443/news/2023/07-05/1.html#top",
        "https://www.yunzhou.example/news/2023/07-05/1.html?utm_source=portal&utm_medium=feed",
        "https://www.yunzhou.example/news/2023/07-05/1.html?from=timeline&isappinstalled=0",
        "https://www.yunzhou.example/news/2023/07-05/1.html?spm=a1.b2&share_token=xyz&_=1688500000",
        "https://www.yunzhou.example/news/x/../2023/./07-05/1.html",
        "https://www.yunzhou.example/m/news/2023/07-05/1.html",
        "https://m.yunzhou.example/news/2023/07-05/1.html",
        " https://www.yunzhou.example/news/2023/%30%37-05/1.html\n",
        "https://www.yunzhou.example/news/2023/07-05/1.html;jsessionid=8A?",
    ],
)
def test_copies_of_one_page_have_one_canonical_address(url):
    assert canonical_url(url) == PAGE


def test_parameters_that_tell_pages_apart_stay_and_are_sorted():
    assert (
        canonical_url("http://127.0.1.4:8000/article?id=7&utm_medium=feed&channel=2")
        == "http://127.0.1.4:8000/article?channel=2&id=7"
    )
    assert canonical_url("http://a.example/?id=1") != canonical_url("http://a.example/?id=2")
    assert canonical_url("http://a.example/?title=%e5%8f%b0") == (
        "http://a.example/?title=%E5%8F%B0"
    )


@pytest.mark.parametrize(
    "mobile, desktop",
    [
        ("http://m.linlan.gov.cn/a", "http://www.linlan.gov.cn/a"),
        ("http://m.news.linlan.com.cn/a", "http://news.linlan.com.cn/a"),
        ("http://m.gov.cn/a", "http://m.gov.cn/a"),
        ("http://m.cn/a", "http://m.cn/a"),
        ("http://mp.linlan.example/m/", "http://mp.linlan.example/m/"),
    ],
)
def test_mobile_hosts_become_the_desktop_host_unless_m_is_the_sites_name(mobile, desktop):
    assert canonical_url(mobile) == desktop


@pytest.mark.parametrize(
    "url, canonical",
    [
        ("http://mp.weixin.qq.com/s/AbC-d_1?scene=1#rd", "https://mp.weixin.qq.com/s/AbC-d_1"),
        (
            "http://mp.weixin.qq.com/s?__biz=MzA%3D%3D&mid=22&idx=1&sn=f0&chksm=9&scene=21#wechat",
            "https://mp.weixin.qq.com/s?__biz=MzA==&idx=1&mid=22&sn=f0",
        ),
        (
            "https://mp.weixin.qq.com/s/?sn=f0&amp;idx=1&amp;mid=22&amp;__biz=MzA==",
            "https://mp.weixin.qq.com/s?__biz=MzA==&idx=1&mid=22&sn=f0",
        ),
    ],
)
def test_wechat_addresses_keep_only_what_identifies_the_article(url, canonical):
    assert canonical_url(url) == canonical


@pytest.mark.parametrize(
    "url", ["", "云州日报", "ftp://a.example/", "http://", "http://a:b/", "//x"]
)
def test_what_is_no_web_address_is_refused_with_a_sentence(url):
    with pytest.raises(Invalid) as refusal:
        canonical_url(url)
    assert "网址" in refusal.value.chinese


def test_the_key_of_a_page_is_the_same_over_http_and_https():
    assert url_hash("http://a.example/1") == url_hash("https://a.example/1")
    assert url_hash("http://a.example/1") != url_hash("http://a.example/2")
    assert len(url_hash("http://a.example/1")) == 64


def test_the_politeness_key_names_the_port_unless_it_is_the_default():
    assert host_port("http://127.0.1.4:8000/a") == "127.0.1.4:8000"
    assert host_port("https://A.example:443/a") == "a.example"
    assert host_port("http://[::1]:81/") == "[::1]:81"


@pytest.mark.parametrize(
    "href, leads_to",
    [
        ("../politics/1.html#p2", "http://a.example/politics/1.html"),
        ("//b.example/x", "http://b.example/x"),
        ("?page=2", "http://a.example/news/index.html?page=2"),
        (" /a b\n.html ", "http://a.example/a%20b.html"),
        ("/政策?q=云州", "http://a.example/%E6%94%BF%E7%AD%96?q=%E4%BA%91%E5%B7%9E"),
        ("http://user:secret@b.example:80/", "http://b.example:80/"),
        ("http://云州.example/", "http://xn--9kqw68a.example/"),
        ("..\\1.html", "http://a.example/1.html"),
        ("", None),
        ("#top", None),
        ("javascript:void(0)", None),
        ("mailto:a@b.example", None),
        ("data:text/html,x", None),
        ("http://[broken", None),
        ("http://a.example:99999/", None),
    ],
)
def test_links_become_absolute_or_nothing(href, leads_to):
    assert absolute("http://a.example/news/index.html", href) == leads_to
