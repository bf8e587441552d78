"""The summary that `labelqa score` prints: what to know and what to look at first."""

from __future__ import annotations

from labelqa.measures.score import Scores
from labelqa.report.page import Page
from labelqa.report.sections import assets, attributes, confusions, labelers, origin, problems, projects

_SECTIONS = (projects, labelers, confusions, attributes, assets, problems, origin)


def summary(scores: Scores, page: Page | None = None) -> str:
    """Draw the summary of scores.

    Parameters
    ----------
    scores : Scores
    page : Page, optional
        How wide, and whether with colour; 100 cells without colour if not given.

    Returns
    -------
    str
        Lines that end in a newline. Names in them are made safe to print on a terminal.

    Examples
    --------
    >>> import labelqa
    >>> print(summary(labelqa.score(labelqa.demo(assets=30, labelers=3))).splitlines()[0])
    demo
    """
    page = page or Page()
    return page.draw(part for section in _SECTIONS for part in section.draw(scores, page))
