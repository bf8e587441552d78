"""What to know about the numbers: flagged times, the rate card, problems of the input, how they were made."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from labelqa.measures.workforce.workforce import Workforce
from labelqa.report.names import fitted
from labelqa.report.numbers import counted
from labelqa.report.page import Page
from labelqa.report.sections import origin, problems


def draw(work: Workforce, page: Page) -> Iterator[RenderableType]:
    """Give the parts of this section."""
    yield from problems.draw(work.scores, page)
    lines = []
    outliers, overlaps = (int(work.project[name].sum()) for name in ("n_outliers", "n_overlaps"))
    if outliers:
        lines.append(f"{counted(outliers, 'label')} of extreme time: flagged, not left out")
    if overlaps:
        lines.append(
            f"{counted(overlaps, 'label')} that state more seconds than passed since the labeler's submission before"
        )
    rates = work.how["rates"]
    if rates and rates["strangers"]:
        named = ", ".join(fitted(name, page.width // 2) for name in rates["strangers"][:3])
        lines.append(f"the rate card names {counted(len(rates['strangers']), 'labeler')} not in the project: {named}")
    if lines:
        yield Text()
        for line in lines:
            yield Text(line, style="yellow")
    yield from origin.draw(work.scores, page)
