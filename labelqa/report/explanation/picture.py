"""The explanation as a picture, and as a page with it."""

from __future__ import annotations

from collections.abc import Iterator

from labelqa.measures.score import Scores
from labelqa.report.document.blocks import Figure, Section
from labelqa.report.document.report import footer
from labelqa.report.drawing.draw import draw
from labelqa.report.drawing.folder import ImageFolder
from labelqa.report.explanation import explain
from labelqa.report.html import page as html
from labelqa.report.markup import Markup

_SIZE = 960


def svg(scores: Scores, images: ImageFolder | None) -> Iterator[str]:
    """Draw the asset whose scores these are: against the benchmark if it has one, else between labelers."""
    yield _drawn(scores, images, None) + "\n"


def page(scores: Scores, images: ImageFolder | None) -> Iterator[str]:
    """Write a page: a drawing for each way in which labels were compared, then the explanation."""
    there = set(scores.pairs["relation"])
    relations: list[str | None] = [name for name in ("benchmark", "consensus") if name in there]
    figures = [
        Figure(Markup(_drawn(scores, images, name)), "Point at a mark to see whose it is and what became of it.")
        for name in relations or [None]
    ]
    sections = [Section("picture", "The picture", "", figures), *explain.sections(scores)]
    yield from html.page(explain.title(scores), explain.lead(scores), sections, footer())


def _drawn(scores: Scores, images: ImageFolder | None, relation: str | None) -> str:
    row = scores.comparison.project.assets.row(0, named=True)
    image = images.find(row["name"], row["asset_id"]) if images else None
    return draw(scores, row["asset_id"], relation=relation, image=image, size=_SIZE).svg
