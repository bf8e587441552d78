"""The report: every section there is something to say in, in the order in which a reader needs them."""

from __future__ import annotations

from collections.abc import Iterator

import labelqa
from labelqa.report.document.blocks import Section
from labelqa.report.document.sections import (
    agreement,
    assets,
    classes,
    data,
    definitions,
    findings,
    headline,
    labelers,
    verdict,
    work,
)
from labelqa.report.document.told import Told
from labelqa.report.numbers import counted

_SECTIONS = (verdict, headline, findings, labelers, agreement, classes, assets, work, data, definitions)


def sections(told: Told) -> list[Section]:
    """Give the sections of a report."""
    found = (one.section(told) for one in _SECTIONS)
    return [section for section in found if section is not None]


def title(told: Told) -> str:
    """Name a report after its project, or say how many there are."""
    projects = told.scores.project
    if projects.height == 1:
        return f"Labeling quality: {projects['project_id'][0]}"
    return f"Labeling quality: {counted(projects.height, 'project')}"


def lead(told: Told) -> str:
    """Say what the report is of: files and dates. No clock is asked, so that the same export gives the same bytes."""
    project = told.scores.comparison.project
    times = project.labels.filter(project.labels["role"] == "submitted")["created_at"].drop_nulls()
    said = [counted(project.sources.height, "file")]
    if len(times):
        first, last = times.dt.strftime("%Y-%m-%d").sort().gather([0, -1])
        said.append(f"labels submitted {first}" if first == last else f"labels submitted {first} to {last}")
    return f"From {', '.join(said)}."


def footer() -> str:
    """Say what made it."""
    return f"labelqa {labelqa.__version__}"


def as_html(told: Told) -> Iterator[str]:
    """Write a report as one HTML page that needs nothing outside of itself, in pieces.

    Examples
    --------
    >>> from labelqa.measures.workforce.workforce import workforce
    >>> scores = labelqa.score(labelqa.demo(assets=10, labelers=2))
    >>> "".join(as_html(Told(scores, workforce(scores.comparison.project, scores=scores))))[:15]
    '<!doctype html>'
    """
    from labelqa.report.html.page import page

    yield from page(title(told), lead(told), sections(told), footer())
