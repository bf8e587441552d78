"""The summary that `labelqa workforce` prints."""

from __future__ import annotations

from labelqa.measures.workforce.workforce import Workforce
from labelqa.report.page import Page
from labelqa.report.workforce import (
    calendar_days,
    findings,
    issues,
    notes,
    outlook,
    overview,
    people,
    prelabels,
    reviewers,
)

_SECTIONS = (overview, findings, people, calendar_days, reviewers, issues, prelabels, outlook, notes)


def summary(work: Workforce, page: Page | None = None) -> str:
    """Draw the summary of a workforce.

    Parameters
    ----------
    work : Workforce
    page : Page, optional
        How wide, and whether with colour; 100 cells without colour if not given.

    Returns
    -------
    str
        Lines that end in a newline. Names in them are made safe to print on a terminal.

    Examples
    --------
    >>> import labelqa
    >>> from labelqa.measures.workforce.workforce import workforce
    >>> print(summary(workforce(labelqa.demo(assets=30, labelers=3))).splitlines()[0])
    demo
    """
    page = page or Page()
    return page.draw(part for section in _SECTIONS for part in section.draw(work, page))
