"""Names are shown as text wherever Markdown is read."""

import pytest
from markdown_it import MarkdownIt

from dashboard.components.names import MOST, NOBODY, plain, safe

HOSTILE = [
    "![x](http://example.invalid/a.png)",
    "[click](http://example.invalid)",
    "<img src=http://example.invalid/a.png>",
    "http://example.invalid/a",
    "HTTPS://EXAMPLE.INVALID",
    "www.example.invalid",
    "ftp://example.invalid",
    "mailto:a@example.invalid",
    "ann@example.invalid",
    "**bold** `code` $x^2$ :red[x] :material/home: # head",
    "\\![x](http://example.invalid/a.png)",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_comes_alive(name):
    reader = MarkdownIt("gfm-like", {"html": True, "linkify": False})
    html = reader.renderInline(safe(name, 200))
    assert "<" not in html
    shown = html.replace("\u2060", "").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert shown == name  # and it reads as it is


@pytest.mark.parametrize("name", HOSTILE)
def test_no_link_is_whole_to_who_links_plain_text(name):
    said = safe(name, 200).lower()
    assert not any(start in said for start in ("http:", "http\\:", "https\\:", "www.", "www\\.", "mailto\\:", "ftp\\:"))
    assert all(said[k - 1] == "\u2060" or said[k - 2] == "\u2060" for k, letter in enumerate(said) if letter == "@")


def test_names_are_one_short_line():
    assert plain("a\nb\u202ec\x1b[31m") == "a b c [31m"
    assert len(plain("x" * 500)) == MOST
    assert plain(None) == NOBODY
