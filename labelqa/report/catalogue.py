"""The formats: what each is called, what its exports tell, and whether it can be written."""

from __future__ import annotations

from typing import Any, get_args

from labelqa.formats.detect import formats
from labelqa.formats.format import Fact
from labelqa.formats.write import writable
from labelqa.report.page import Column, Page, table

FACTS: tuple[str, ...] = get_args(Fact)
"""What exports may tell beyond the annotations."""


def as_data() -> list[dict[str, Any]]:
    """Give one row a format: name, title, facts, and whether it can be read and written.

    Examples
    --------
    >>> next(row for row in as_data() if row["name"] == "coco")["is_written"]
    True
    """
    read, written = formats(), writable()
    return [
        {
            "name": name,
            "title": (read.get(name) or written[name]).title,
            "facts": [fact for fact in FACTS if name in read and fact in read[name].facts],
            "is_read": name in read or name == "parquet",
            "is_written": name in written,
        }
        for name in sorted({*read, *written})
    ]


def as_text(page: Page) -> str:
    """Draw the formats as a table."""
    rows = as_data()
    columns = [
        Column("name", [row["name"] for row in rows], is_name=True),
        Column("title", [row["title"] for row in rows], is_name=True, is_folded=True),
        *(Column(fact, [_yes(row, fact) for row in rows]) for fact in FACTS),
        Column("written", ["yes" if row["is_written"] else "-" for row in rows]),
    ]
    return page.draw([table(columns, page)])


def markdown() -> str:
    """Write the formats as a Markdown table, as it stands in the README."""
    header = ["format", "name", *FACTS, "written"]
    lines = [f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
    for row in as_data():
        facts = ["" if _yes(row, fact) == "-" else "yes" for fact in FACTS]
        cells = [row["title"], f"`{row['name']}`", *facts, "yes" if row["is_written"] else ""]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _yes(row: dict[str, Any], fact: str) -> str:
    """Say whether exports tell something; a folder written by labelqa tells whatever the project did."""
    return "yes" if fact in row["facts"] or row["name"] == "parquet" else "-"
