"""One HTML page that needs nothing outside of itself: no network, no script to be read, light and dark, on paper.

The policy of the page (Content-Security-Policy) allows its own style and script, by their hashes, and images within it; anything
that a hostile name might smuggle in would be refused by the browser besides being escaped here.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

from labelqa.report.document.blocks import Section
from labelqa.report.html.blocks import section
from labelqa.report.markup import element, text


def page(title: str, lead: str, sections: Sequence[Section], footer: str) -> Iterator[str]:
    """Write a page, in pieces.

    Parameters
    ----------
    title, lead : str
        Its heading and the line below it.
    sections : sequence of Section
    footer : str
        The line at its end.
    """
    style, script = _own("page.css"), _own("page.js")
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    yield "<!doctype html>\n"
    yield '<html lang="en">\n<head>\n'
    yield element("meta", charset="utf-8") + "\n"
    yield element("meta", http_equiv="Content-Security-Policy", content=policy) + "\n"
    yield element("meta", name="viewport", content="width=device-width, initial-scale=1") + "\n"
    yield element("meta", name="color-scheme", content="light dark") + "\n"
    yield element("meta", name="referrer", content="no-referrer") + "\n"
    yield element("title", title) + "\n"
    yield f"<style>{style}</style>\n</head>\n<body>\n"
    yield element("header", element("h1", title), element("p", lead, class_="lead")) + "\n"
    if len(sections) > 1:
        links = [element("a", one.title, href=f"#{one.key}") for one in sections]
        yield element("nav", links, aria_label="Sections") + "\n"
    yield "<main>\n"
    for one in sections:
        yield section(one) + "\n"
    yield "</main>\n"
    yield element("footer", text(footer)) + "\n"
    yield f"<script>{script}</script>\n</body>\n</html>\n"


@cache
def _own(name: str) -> str:
    """Read a file of this package."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
