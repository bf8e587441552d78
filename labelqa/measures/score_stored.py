"""Scoring a project that stays in its folder, part by part: memory goes by the size of a part, not of the project."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from labelqa.comparison import Comparison, Scheme
from labelqa.comparison.comparer import Progress
from labelqa.errors import UsageError, near_match
from labelqa.measures.estimate import Estimator, Uncertainty
from labelqa.measures.kept import Written
from labelqa.measures.on_ray import on_ray
from labelqa.measures.quality.scored import Scored
from labelqa.measures.quality.scoring import RELATIONS, Rollups, Scoring, Sums
from labelqa.measures.score import COCO, LARGE, Scores, how_made, with_coco
from labelqa.measures.written import Writer
from labelqa.project.project import known_names
from labelqa.project.stored_project import Stored
from labelqa.project.threads import in_order

_BY_RELATION = ("pairs", "matches")
"""Tables that are sorted by relation first."""


@dataclass(frozen=True, eq=False)
class Done:
    """What came of a part: its sums, its rows of the tables that are wanted, and the number of rows of each large table."""

    number: int
    sums: Sums
    rows: Mapping[str, pl.DataFrame]
    heights: Mapping[str, int]


@dataclass(frozen=True, eq=False)
class PartScorer:
    """Scores parts of a stored project by their number, anywhere."""

    stored: Stored
    scoring: Scoring
    tables: tuple[str, ...]

    def __call__(self, number: int) -> Done:
        """Read a part and score it."""
        ids = "matches" in self.tables or self.scoring.comparer.looks_at_ids
        part = self.stored.part(number, annotations=("annotation_id",) if ids else ())
        sums, scored = self.scoring.score(part)
        comparison = scored.comparison
        heights = {
            "assets": part.project.assets.height,
            "labels": part.project.tables["labels"].height,
            "pairs": len(comparison.pair_rows),
            "matches": len(comparison.rows),
        }
        return Done(number, sums, {name: _rows(name, scored, comparison) for name in self.tables}, heights)


Engine = Callable[[PartScorer, int], Iterator[Done]]
"""Runs a scorer for each of so many parts, and gives what came of them in order."""


def on_threads(scorer: PartScorer, n_parts: int) -> Iterator[Done]:
    """Score the parts on the threads of this process."""
    return in_order(scorer, range(n_parts))


ENGINES: Mapping[str, Engine] = {"threads": on_threads, "ray": on_ray}


def score_stored(
    source: str | Path | Stored,
    folder: str | Path,
    scheme: Scheme | str | Path | Mapping[str, Any] | None = None,
    *,
    tables: Iterable[str] = ("assets", "labels", "pairs"),
    interval: str = "cluster",
    confidence: float = 0.95,
    seed: int = 0,
    engine: str | Engine = "threads",
    progress: Progress | None = None,
) -> Scores:
    """Score a project in the folder that `Project.write` made of it, in memory that does not grow with it.

    The scores are those of `labelqa.score`, to the bit. Large tables are written to files as parts are done.

    Parameters
    ----------
    source : str, Path or Stored
        The project's folder, or its URL on a file system that fsspec knows.
    folder : str or Path
        Where the large tables are written as Parquet files; made if need be. Files of their names are replaced.
    tables : iterable of str
        Which of assets, labels, pairs and matches are written. Others are made in memory when somebody looks at them;
        `Scores.scan` looks at tables that were written without reading them.
    scheme, interval, confidence, seed, progress
        As of `labelqa.score`. Intervals other than `cluster` keep 24 bytes for each asset and group in memory, and the
        scheme `coco` reads the project into memory for its figures.
    engine : "threads", "ray" or a callable
        What runs the parts: the threads of this process, or a Ray cluster (`RAY_ADDRESS`, else one of this machine) whose
        nodes all see `source`.

    Returns
    -------
    Scores

    Raises
    ------
    UsageError
        If an argument is unknown or out of range, or the folder cannot be written to.
    InputError
        If the project cannot be read.
    """
    run = _engine(engine)
    uncertainty, rules = Uncertainty(interval, confidence, seed), Scheme.of(scheme)
    stored = source if isinstance(source, Stored) else Stored.at(source)
    wanted = tuple(known_names("large table", tables, pl.Series(LARGE)) or ())
    scorer = PartScorer(stored, Scoring.of(stored.head, stored.project_ids, rules), wanted)
    rollups = Rollups(scorer.scoring, Estimator(stored, uncertainty))
    heights: Counter[str] = Counter()
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
        with Writer(target, {name: _relations(stored) if name in _BY_RELATION else () for name in wanted}) as writer:
            for done in run(scorer, len(stored.bounds)):
                rollups.add(done.sums)
                writer.add(done.rows)
                heights.update(done.heights)
                if progress:
                    progress(int(stored.bounds.asset[done.number + 1]), stored.n_assets)
    except OSError as error:
        raise UsageError(f"{target}: cannot be written to: {error.strerror or error}") from error
    made = dict(rollups.tables(stored.head.ontology))
    if rules.name == COCO:
        made |= with_coco(made, stored.project())
    kept = Written(stored, rules, target, wanted, {name: heights[name] for name in LARGE})
    return Scores(made, kept, how_made(rules, uncertainty, stored.head))


def _engine(engine: str | Engine) -> Engine:
    """Give an engine by name."""
    if callable(engine):
        return engine
    if engine not in ENGINES:
        raise UsageError(f"An engine is one of {', '.join(ENGINES)}, not {engine!r}{near_match(engine, ENGINES)}")
    return ENGINES[engine]


def _relations(stored: Stored) -> tuple[str, ...]:
    """Tell which relations may occur, in order."""
    return RELATIONS if "benchmark" in stored.roles else RELATIONS[1:]


def _rows(table: str, scored: Scored, comparison: Comparison) -> pl.DataFrame:
    """Name the rows of a large table."""
    if table == "assets":
        return scored.assets()
    if table == "labels":
        return scored.labels()
    return comparison.pairs if table == "pairs" else comparison.matches
