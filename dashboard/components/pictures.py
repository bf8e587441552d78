"""Drawings of assets on pages: as images, in which no script can run and nothing is loaded, on light ground and on dark."""

from __future__ import annotations

import base64
import re

import streamlit as st

_ROOT = re.compile(r'<svg ([^>]*?)width="([\d.]+)" height="([\d.]+)" viewBox="0 0 [\d.]+ [\d.]+"')

_PANEL = re.compile(r'<g transform="translate\(14 ([\d.]+)\)">')
_EDGE = 12.0
"""How much of the margin round a drawing is cut away from a small one."""

_BRIGHTER = {
    "#4477aa": "#6fa3d8",
    "#228833": "#4fb864",
    "#aa3377": "#d867a6",
    "#332288": "#9a8cf0",
    "#882255": "#d4699a",
    "#bb5511": "#e08247",
    "#777777": "#a3a3a3",
    "#999933": "#bdbd52",
}
"""The darker colours of labelers, on dark ground."""

LOOK = (
    ".paper{fill:none}@media (prefers-color-scheme: dark) {"
    ".drawing{color:#e4e9f1}.ground{fill:#1a212c}.ink{fill:#e4e9f1}.faint{fill:#9aa5b5}.on{fill:#10151d}"
    "[stroke='#d9d9de']{stroke:#3a4658}[fill='#d9d9de']{fill:#56637a}text[stroke='#ffffff']{stroke:#1a212c}"
    + "".join(
        f"[stroke='{one}']{{stroke:{other}}}text[fill='{one}']{{fill:{other}}}" for one, other in _BRIGHTER.items()
    )
    + "}"
)
"""The look on the page's own ground, light or dark: an image on a page follows the scheme of that page."""


def picture(svg: str, says: str) -> None:
    """Draw an asset as wide as there is room.

    Parameters
    ----------
    svg : str
        As `labelqa.draw` gives it.
    says : str
        What it shows, for people who do not see it.
    """
    st.image(_address(svg), width="stretch", alt=says)


def thumbnail(svg: str, says: str, shape: float = 0.66) -> None:
    """Draw an asset among others: all of one shape (height by width), panels that find no room left out."""
    st.image(_address(framed(svg, shape)), width="stretch", alt=says)


def framed(svg: str, shape: float) -> str:
    """Put a drawing into a frame of a shape, in the middle; what is too long ends with a panel, if there is a second."""
    found = _ROOT.search(svg)
    if found is None:
        return svg
    width, height = float(found[2]) - 2 * _EDGE, float(found[3])
    room = width * shape
    tops = [float(top) for top in _PANEL.findall(svg)] + [height]
    fits = [top - 2 * _EDGE for top in tops[1:] if 0.5 * room <= top - 2 * _EDGE <= room]
    shown = fits[-1] if fits else min(room, height - 2 * _EDGE)
    top = _EDGE - (room - shown) / 2
    clip = f'<clipPath id="shown"><rect width="{float(found[2]):g}" height="{shown + _EDGE:g}"/></clipPath>'
    head = f'<svg {found[1]}width="{width:g}" height="{room:g}" viewBox="{_EDGE:g} {top:g} {width:g} {room:g}"'
    start = svg.index(">", found.start()) + 1
    return f'{head}{svg[found.end() : start]}{clip}<g clip-path="url(#shown)">{svg[start:-6]}</g></svg>'


def _address(svg: str) -> str:
    """Write a drawing, as a data URI."""
    start = svg.index(">") + 1
    whole = f"{svg[:start]}<style>{LOOK}</style>{svg[start:]}"
    return f"data:image/svg+xml;base64,{base64.b64encode(whole.encode('utf-8', 'replace')).decode()}"
