"""Why a number is undefined, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from labelqa.report.numbers import UNDEFINED

REASONS = {
    "no_pair": "nobody else labeled the same assets",
    "no_benchmark": "no benchmark label on the same assets",
    "nothing_drawn": "nothing was drawn",
    "nothing_in_benchmark": "nothing is in the benchmark",
    "nothing_drawn_or_in_benchmark": "nothing was drawn, and nothing is in the benchmark",
    "nothing_matched": "no object was matched",
    "no_repeat": "nobody labeled an asset twice",
    "no_rates": "no rate card was given",
    "no_rate": "the rate card has no rate for it",
    "no_review": "nothing was reviewed",
    "no_accepted_label": "no label was accepted",
    "no_verdict_on_a_label": "reviews are of assets, not of labels",
    "no_timed_label": "no label has a time",
    "no_timed_annotation": "no label with annotations has a time",
    "no_review_time": "no review has a time",
    "no_approval_time": "no approval has a time",
    "no_prelabel": "there are no pre-labels",
    "no_confidence": "pre-labels have no confidence",
    "not_in_export": "it is not in this export",
    "one_asset": "an interval needs two assets",
}

_NAMES = {"mean_iou": "mean IoU", "f1": "F1", "self_consistency": "self-consistency"}


def reason_of(measure: str, undefined: str | None) -> str | None:
    """Tell in words why a measure is undefined, from the column `undefined` of a table of scores.

    Examples
    --------
    >>> reason_of("consensus", "consensus: no_pair; f1: nothing_drawn")
    'nobody else labeled the same assets'
    """
    return next((_in_words(code) for name, code in _entries(undefined) if name == measure), None)


def notes(undefined: Iterable[str | None], with_interval: Sequence[str], bare: Sequence[str] = ()) -> list[str]:
    """Explain every dash in some rows, one line a reason.

    Parameters
    ----------
    undefined : iterable of str or None
        The column `undefined` of these rows.
    with_interval, bare : sequence of str
        The measures that are shown with their interval, and without.

    Examples
    --------
    >>> notes(["benchmark: no_benchmark; recall: no_benchmark", "benchmark interval: one_asset"], ["benchmark"], ["recall"])
    ['- benchmark, recall: no benchmark label on the same assets', '[-] an interval needs two assets']
    """
    values: dict[str, dict[str, None]] = {}
    intervals: dict[str, None] = {}
    for row in undefined:
        for name, code in _entries(row):
            if name in with_interval or name in bare:
                values.setdefault(code, {})[_NAMES.get(name, name)] = None
            elif name.removesuffix(" interval") in with_interval:
                intervals[code] = None
    return [
        *(f"{UNDEFINED} {', '.join(names)}: {_in_words(code)}" for code, names in values.items()),
        *(f"[{UNDEFINED}] {_in_words(code)}" for code in intervals),
    ]


def _entries(undefined: str | None) -> Iterator[tuple[str, str]]:
    """Take `measure: code; measure interval: code` apart."""
    for entry in (undefined or "").split("; "):
        name, colon, code = entry.partition(": ")
        if colon:
            yield name, code


def _in_words(code: str) -> str:
    return REASONS.get(code, code.replace("_", " "))
