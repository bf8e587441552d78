"""What a rule can be about: the measures of each level, their units, and whether the assets behind them are known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from labelqa.errors import UsageError, near_match
from labelqa.measures.coco.figures import NAMES as COCO
from labelqa.measures.workforce.tally import COLUMNS

METADATA = "metadata."
"""What a level begins with that groups the assets by a metadata key: `metadata.weather`."""

_EXACT = ("precision", "recall", "f1", "mean_iou", "accuracy")
_SCORES = ("consensus", "benchmark", *_EXACT)
_COUNTED = ("n_matched", "n_drawn", "n_expected")

OBJECTS = (*_EXACT, *_COUNTED)
"""Measures that count objects found and missed."""


@dataclass(frozen=True)
class Level:
    """One table of rows that a rule holds for.

    Parameters
    ----------
    names : tuple of str
        Columns that name a row; the first of `main` is the one that `of` chooses by.
    sampled : tuple of str
        Measures of which the cells of every asset are known: a bound can be put on them.
    plain : tuple of str
        Measures that are taken as they are.
    work : tuple of str
        Measures of the table of the same name in a workforce, taken as they are.
    main : str
        Column by whose values `of` chooses; empty if it cannot.
    evidence : str
        What decides if the rule does not say.
    size : str
        Column that counts what a plain measure of a row comes from.
    """

    names: tuple[str, ...]
    sampled: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    work: tuple[str, ...] = ()
    main: str = ""
    evidence: str = "assure"
    size: str = "n_assets"

    @property
    def measures(self) -> tuple[str, ...]:
        """All measures of this level."""
        return (*self.sampled, *self.plain, *self.work)


def _work(*there: str) -> tuple[str, ...]:
    """Name the measures of work that the scores of the level do not have already."""
    not_numbers = ("time_source", "undefined")
    ends = ("_low", "_high")
    return tuple(name for name in COLUMNS if name not in (*there, *not_numbers) and not name.endswith(ends))


def _levels() -> dict[str, Level]:
    plain = ("n_assets", "n_labels", "n_pairs", "n_benchmark", *_COUNTED, "n_self", *COCO)
    of_project = ("n_annotations", "n_assets_consensus", "n_assets_benchmark", *plain)
    every = (*_SCORES, "self_consistency")
    groups = ("n_assets", "n_labels")
    of_class = ("n_annotations", "n_assets_consensus", "n_assets_benchmark", *_COUNTED)
    return {
        "project": Level(("project_id",), every, of_project, _work(*every, *of_project), "project_id"),
        "labeler": Level(("labeler",), every, plain, _work(*every, *plain), "labeler", "detect"),
        "class": Level(("class", "kind"), _SCORES[:5], of_class, (), "class", size="n_annotations"),
        "attribute": Level(
            ("class", "question", "kind"), _SCORES[:2], ("n_consensus",), (), "question", size="n_consensus"
        ),
        "pair": Level(("labeler_a", "labeler_b"), ("agreement",), ("n_assets", "n_pairs"), (), "", "detect"),
        "batch": Level(("project_id", "batch"), _SCORES, groups, _work(*_SCORES, *groups), "batch"),
        "dataset": Level(("project_id", "dataset"), _SCORES, groups, _work(*_SCORES, *groups), "dataset"),
        "asset": Level(
            ("project_id", "asset_id"),
            (),
            (*_SCORES[:2], "agreement_rate", "n_labels", *OBJECTS),
            (),
            "asset_id",
            "estimate",
            "n_labels",
        ),
        "label": Level(
            ("project_id", "asset_id", "label_id", "labeler"), (), _SCORES[:2], (), "label_id", "estimate", ""
        ),
    }


_BY_KEY = Level(("metadata",), _SCORES, ("n_assets", "n_labels"), (), "metadata")


@cache
def levels() -> dict[str, Level]:
    """Give the levels by name; `metadata.KEY` comes in addition."""
    return _levels()


def level_of(name: str) -> Level:
    """Look up a level.

    Raises
    ------
    UsageError
        If there is none of that name.

    Examples
    --------
    >>> level_of("labeler").names, level_of("metadata.weather").names
    (('labeler',), ('metadata',))
    """
    if name.startswith(METADATA) and len(name) > len(METADATA):
        return _BY_KEY
    if name not in levels():
        known = [*levels(), f"{METADATA}KEY"]
        raise UsageError(f"A level is one of {', '.join(known)}, not {name!r}{near_match(name, known)}")
    return levels()[name]


def unit_of(measure: str) -> str:
    """Say what a measure is counted in: a share (0 to 1), a count (whole) or an amount (from 0 on).

    Examples
    --------
    >>> unit_of("consensus"), unit_of("rework_rate"), unit_of("n_labels"), unit_of("seconds_per_label")
    ('share', 'share', 'count', 'amount')
    """
    if measure.startswith("n_"):
        return "count"
    if measure in (*_SCORES, *COCO, "self_consistency", "agreement") or measure.endswith("_rate"):
        return "share"
    return "amount"


_WORK_SIZES = {
    "n_reviewed": ("acceptance", "first_acceptance", "rejection_rate", "rejected_cost", "review_"),
    "n_approval_times": ("hours_to_approval",),
    "n_costed": ("cost", "rework_cost"),
    "n_timed": ("seconds_", "raw_seconds", "labels_per_hour", "annotations_per_hour", "labeling_", "active_"),
}


def size_of(measure: str, level: Level) -> str:
    """Name the column that counts what a plain measure comes from; empty if a row is one thing.

    Examples
    --------
    >>> size_of("acceptance_rate", level_of("labeler")), size_of("consensus", level_of("asset"))
    ('n_reviewed', 'n_labels')
    """
    if measure in level.work:
        for size, beginnings in _WORK_SIZES.items():
            if measure.startswith(beginnings):
                return size
        return "n_labels"
    return level.size
