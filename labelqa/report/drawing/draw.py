"""`labelqa.draw`: every label of one asset, one over the other, with what became of each mark."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from labelqa.comparison import Comparison
from labelqa.errors import UsageError
from labelqa.measures.score import Scores
from labelqa.report.drawing import frame, stretches, votes
from labelqa.report.drawing import legend as legends
from labelqa.report.drawing.images import Photo
from labelqa.report.drawing.panel import Panel
from labelqa.report.drawing.scene import Scene, Wanted, asset_row, scene
from labelqa.report.drawing.styles import FAINT, FONT, INK, PAPER, Paint, write
from labelqa.report.markup import Markup, element
from labelqa.report.names import fitted
from labelqa.report.numbers import count, counted, value

LEAST_SIZE, MOST_SIZE = 240, 2_000
_MARGIN = 14

_TOLD = {
    "benchmark": ("against the benchmark", "label"),
    "prediction": ("against the pre-label", "label"),
    "review": ("against the version after review", "label"),
    "consensus": ("between labelers", "pair"),
    "self": ("labelers with themselves", "pair"),
}


@dataclass(frozen=True)
class Drawing:
    """A drawing of one asset.

    Parameters
    ----------
    svg : str
        A whole SVG document: text escaped, no script, no reference to anything outside of it. It may be put into an HTML
        page as it is; a style sheet there may set `color` and the fill of its classes paper, ground, ink and faint.
    """

    svg: str

    def _repr_svg_(self) -> str:
        """Show itself in a notebook."""
        return self.svg

    def __repr__(self) -> str:
        return f"<Drawing: SVG of {len(self.svg):,} characters>"


def draw(
    scores: Scores | Comparison,
    asset_id: str,
    *,
    project_id: str | None = None,
    relation: str | None = None,
    labelers: str | Iterable[str] | None = None,
    classes: str | Iterable[str] | None = None,
    outcomes: str | Iterable[str] | None = None,
    image: bytes | str | Path | None = None,
    size: int = 720,
    legend: bool = True,
) -> Drawing:
    """Draw the labels of one asset one over the other, and where they disagree.

    Each labeler has a colour. What became of a mark - matched, wrong class, near miss, missed, extra - is told by line,
    filling and a sign; it is what most of the labels say that it was compared with, and its title (shown when it is pointed
    at) says it in full. The benchmark is dotted. Shapes are drawn over the asset's frame, stretches of text and time as
    bars, answers to questions as votes.

    Parameters
    ----------
    scores : Scores or Comparison
    asset_id : str
    project_id : str, optional
        Needed where several projects have an asset of that id.
    relation : "benchmark", "consensus", "prediction", "review" or "self", optional
        Which pairs of labels are looked at; by default the first of these that the asset has.
    labelers : str or iterable of str, optional
        Only these, and only the pairs between them (and with the benchmark).
    classes, outcomes : str or iterable of str, optional
        Only marks of these classes, or with these outcomes.
    image : bytes, str or Path, optional
        The asset's image, as the bytes of a file or its path. It is drawn behind the marks, made smaller, and carried
        within the drawing.
    size : int
        Width in pixels, 240 to 2,000.
    legend : bool
        Whether it says above what it is, and below who drew it and what the looks mean; small pictures beside each other
        do without.

    Returns
    -------
    Drawing

    Raises
    ------
    UsageError
        If a name is unknown, the size is out of range, or the image cannot be read.

    Examples
    --------
    >>> import labelqa
    >>> scores = labelqa.score(labelqa.demo(assets=20, labelers=3, seed=1))
    >>> drawing = labelqa.draw(scores, scores.assets["asset_id"][0])
    >>> drawing.svg.startswith("<svg xmlns=")
    True
    """
    if isinstance(size, bool) or not isinstance(size, int) or not LEAST_SIZE <= size <= MOST_SIZE:
        raise UsageError(f"size is a whole number of pixels from {LEAST_SIZE} to {MOST_SIZE:,}, not {size!r}")
    comparison = scores.comparison if isinstance(scores, Scores) else scores
    wanted = Wanted.of(comparison, relation, labelers, classes, outcomes)
    seen = scene(comparison, asset_row(comparison, asset_id, project_id), wanted)
    behind = None if image is None else Photo(image)
    key = repr((seen.project_id, seen.asset_id, wanted, size, legend))
    paint = Paint("h" + hashlib.blake2b(key.encode(errors="surrogatepass"), digest_size=4).hexdigest())

    def parts() -> Iterator[Panel]:
        if legend:
            yield _heading(seen)
        yield from frame.panels(seen, paint, size, behind)
        yield from stretches.panels(seen, paint, size)
        yield from votes.panels(seen, size)
        if legend:
            yield legends.panel(seen, paint, size)

    return Drawing(_document(seen, paint, size, parts()))


def _heading(seen: Scene) -> Panel:
    title = seen.asset_id if seen.name is None or seen.name == seen.asset_id else f"{seen.name} ({seen.asset_id})"
    return Panel(
        46,
        Markup(
            write(0, 14, fitted(title, 70), 14, font_weight=600)
            + write(0, 33, _summary(seen), fill=FAINT, class_="faint")
        ),
    )


def _summary(seen: Scene) -> str:
    if seen.relation is None:
        told = f"{counted(len(seen.labels), 'label')}, compared with none"
    else:
        how, noun = _TOLD[seen.relation]
        told = f"agreement {how} {value(seen.agreement)}, mean of {counted(seen.n_pairs, noun)}"
    if seen.n_drawn < seen.n_marks:
        told += f"; {count(seen.n_drawn)} of {counted(seen.n_marks, 'mark')} drawn"
    return told


def _document(seen: Scene, paint: Paint, size: int, panels: Iterator[Panel]) -> str:
    y = float(_MARGIN)
    parts = []
    for panel in panels:
        parts.append(element("g", panel.content, transform=f"translate({_MARGIN} {y:.1f})"))
        y += panel.height
    width, height = size + 2 * _MARGIN, round(y + _MARGIN / 2)
    title = f"The labels of {fitted(seen.asset_id, 70)}: {_summary(seen)}"
    return element(
        "svg",
        element("title", title),
        paint.hatchings(seen),
        element("rect", width=width, height=height, rx=8, fill=PAPER, class_="paper"),
        parts,
        xmlns="http://www.w3.org/2000/svg",
        class_="drawing",
        role="img",
        width=width,
        height=height,
        viewBox=f"0 0 {width} {height}",
        color=INK,
        font_family=FONT,
    )
