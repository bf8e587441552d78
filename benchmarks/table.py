"""The tables in README.md: rows that were measured replace those of the same name and size, others stay."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
from collections.abc import Sequence
from pathlib import Path

from benchmarks.contender import rivals
from benchmarks.duel import Duel
from benchmarks.measure import Cost
from benchmarks.stages import Row

README = Path(__file__).with_name("README.md")

_HEADS = {
    "rivals": (
        "rival | assets | CPU s | labelqa CPU s | CPU ratio | with building | wall ratio | peak MB | labelqa MB | results",
        "---|--:|--:|--:|--:|--:|--:|--:|--:|---",
    ),
    "labelqa": (
        "labelqa | assets | CPU s | wall s | CPU ms per 1,000 assets | peak MB | more",
        "---|--:|--:|--:|--:|--:|---",
    ),
    "work": ("rival | what is timed | building | results", "---|---|---|---"),
}
_KEY_CELLS = 2

_CHECKS = {
    "equal": "equal to labelqa's, checked before timing",
    "float32": "equal but for single precision, checked before timing",
    "greedy": "greedy matching: the difference is shown",
    "other": "another quantity: not compared",
}


def rival_row(duel: Duel) -> str:
    """Make the row of a duel."""
    theirs, ours = (Cost.median([one.score for one in rounds]) for rounds in (duel.theirs, duel.ours))
    ratios = duel.ratios()
    spread = f" ({_figures(min(ratios))} to {_figures(max(ratios))})" if len(ratios) > 1 else " (once)"
    versions = " ".join(version for package, version in duel.versions.items() if package not in ("numpy", "scipy"))
    return _row(
        f"{duel.contender.title} {versions}".strip(),
        f"{duel.recipe.assets:,}",
        _seconds(theirs.cpu),
        _seconds(ours.cpu),
        f"**{_figures(duel.ratio())}**{spread}",
        _figures(duel.ratio(built=True)) if duel.contender.building else "",
        _figures(duel.ratio(wall=True)),
        f"{duel.theirs[-1].peak:,.0f}",
        f"{duel.ours[-1].peak:,.0f}",
        duel.compared,
    )


def stage_row(row: Row) -> str:
    """Make the row of a stage."""
    return _row(
        row.stage,
        f"{row.assets:,}",
        _seconds(row.cost.cpu),
        _seconds(row.cost.wall),
        f"{1e6 * row.cost.cpu / row.assets:,.0f}",
        "" if row.peak is None else f"{row.peak:,.0f}",
        row.note,
    )


def work_table() -> str:
    """Describe the rivals."""
    rows = [_row(one.title, one.work, one.building, _CHECKS[one.check]) for one in rivals().values()]
    return "\n".join([*_head("work"), *rows])


def machine() -> str:
    """Describe the machine and the versions in a line."""
    versions = [f"{name} {importlib.metadata.version(name)}" for name in ("numpy", "scipy", "polars", "msgspec")]
    return (
        f"{os.cpu_count()} cores, {_processor()}, {platform.system()}, Python {platform.python_version()}, "
        f"{', '.join(versions)}."
    )


def updated(text: str, measured: dict[str, list[str]], *, fresh: bool) -> str:
    """Put measured rows of each table into a text, between its markers."""
    for name, rows in measured.items():
        kept = {} if fresh else _rows_by_key(_between(text, name))
        every = {**kept, **_rows_by_key("\n".join(rows))}
        text = _replaced(text, name, "\n".join([*_head(name), *(every[key] for key in sorted(every, key=_order))]))
    return _replaced(_replaced(text, "work", work_table()), "machine", machine())


def shown(name: str, rows: Sequence[str]) -> str:
    """Give a table by itself."""
    return "\n".join([*_head(name), *rows])


def _processor() -> str:
    try:
        info = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or platform.machine()
    found = re.search(r"^model name\s*: (.*)$", info, re.MULTILINE)
    return found.group(1) if found else platform.machine()


def _head(name: str) -> list[str]:
    return [f"| {line} |" if " | " in line else f"|{line}|" for line in _HEADS[name]]


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _rows_by_key(table: str) -> dict[tuple[str, str], str]:
    """Read rows back; versions do not count, so that a new version replaces an old one."""
    found = {}
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) > _KEY_CELLS and cells[1] != "assets":
            found[re.sub(r"(?<= )\d+\.[\d.]+(\w*)$", "", cells[0]).strip(), cells[1]] = line
    return found


def _order(key: tuple[str, str]) -> tuple[str, int]:
    return key[0], int(key[1].replace(",", ""))


def _between(text: str, name: str) -> str:
    return text.partition(f"<!-- {name} -->")[2].partition(f"<!-- /{name} -->")[0]


def _replaced(text: str, name: str, content: str) -> str:
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, _, rest = text.partition(start)
    return f"{before}{start}\n{content}\n{end}{rest.partition(end)[2]}"


def _seconds(value: float) -> str:
    return f"{value:.3f}" if value < 10 else f"{value:.1f}"


def _figures(value: float) -> str:
    return f"{value:.2g}" if value < 10 else f"{value:,.0f}"
