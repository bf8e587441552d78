"""How each number is defined, in words and as a formula: the one place from which reports tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Definition:
    """A number: what it is called, what it means, and how it comes about."""

    title: str
    meaning: str
    formula: str = ""


DEFINITIONS: dict[str, Definition] = {
    "consensus": Definition(
        "Consensus",
        "How far the labelers of one asset agree, from 0 to 1.",
        "mean agreement of a label with the other labelers' labels of its asset; mean over the asset's labels; mean over assets",
    ),
    "benchmark": Definition(
        "Benchmark",
        "How far submitted labels agree with the benchmark label (ground truth) of their asset, from 0 to 1.",
        "agreement of each label with the benchmark label; mean over the asset's labels; mean over assets",
    ),
    "precision": Definition(
        "Precision",
        "Of what was drawn on assets with a benchmark, the share that is in the benchmark.",
        "matched / drawn",
    ),
    "recall": Definition(
        "Recall", "Of what is in the benchmark, the share that was drawn.", "matched / in the benchmark, once a label"
    ),
    "f1": Definition("F1", "Precision and recall in one number.", "2 TP / (2 TP + FP + FN)"),
    "mean_iou": Definition(
        "Mean IoU", "How alike matched objects are to the benchmark's.", "mean similarity of the matched"
    ),
    "accuracy": Definition(
        "Accuracy",
        "Share of all objects, drawn or in the benchmark, that are right.",
        "matched / (matched + wrong class + missed + extra)",
    ),
    "self_consistency": Definition(
        "Self-consistency",
        "How far labelers agree with themselves where they labeled an asset twice.",
        "mean agreement of two labels of one asset by the same labeler",
    ),
    "agreement_rate": Definition(
        "Agreement rate",
        "Share of an asset's labels that agree with its winning label.",
        "labels whose agreement with the winning label reaches the scheme's limit / labels",
    ),
    "winning_label": Definition(
        "Winning label",
        "The label of an asset that agrees most with the others; of equally good ones the earliest submitted.",
    ),
    "seconds_per_label": Definition(
        "Seconds a label",
        "Labeling time, with each label's idle time capped at one limit for the whole project.",
        "active seconds of submitted labels / labels submitted",
    ),
    "labels_per_hour": Definition("Labels an hour", "Pace while at work.", "labels submitted / active hours"),
    "acceptance_rate": Definition(
        "Accepted", "Share of reviewed labels whose last verdict is acceptance.", "accepted / reviewed"
    ),
    "rework_rate": Definition(
        "Sent back",
        "Share of submitted labels that a reviewer rejected at least once.",
        "rejected at least once / submitted",
    ),
    "cost_per_label": Definition("Cost a label", "Cost of labeling by the rate card.", "cost / labels submitted"),
    "forecast": Definition(
        "Forecast",
        "What is left at the pace of the last 28 calendar days, give or take their variation.",
        "labels left / labels a day",
    ),
    "interval": Definition(
        "Interval",
        "The range in square brackets. Assets are what is sampled: labels of one asset are not independent. Two intervals that "
        "overlap widely tell no difference.",
    ),
    "quadrant": Definition(
        "Speed and quality",
        "Beside the team: a labeler outside the 99.8 % funnel limits is fast or slow, high or low; inside them the "
        "difference may be chance.",
    ),
}
"""By the name of the column, in the order in which they are told."""

OUTCOMES: dict[str, str] = {
    "matched": "the same thing in both labels: similar enough, and of one class",
    "wrong_class": "the same thing, called by different classes",
    "near_miss": "of one class and in about the same place, but not similar enough",
    "missed": "only in the benchmark, or only in the second label",
    "extra": "only in the labeler's label, or only in the first",
    "best_of_a": "the best partner of an annotation of the first label",
    "best_of_b": "the best partner of an annotation of the second label",
}
"""What may have become of an annotation when two labels were compared."""


def title_of(measure: str) -> str:
    """Give the title of a measure.

    Examples
    --------
    >>> title_of("f1"), title_of("n_labels")
    ('F1', 'n labels')
    """
    known = DEFINITIONS.get(measure)
    return known.title if known else measure.replace("_", " ")


def agreement(scheme: Mapping[str, Any]) -> str:
    """Say how the agreement of two labels comes about under a scheme.

    Parameters
    ----------
    scheme : mapping
        As `Scheme.as_dict` gives it.

    Examples
    --------
    >>> from labelqa.comparison import Scheme
    >>> agreement(Scheme().as_dict()).split(": ")[-1]
    'sum of the matched similarities / (n_a + n_b - n_matched)'
    """
    mean = "weighted mean" if scheme["weights"] else "mean"
    parts = {
        "micro": "each question, and all objects together",
        "macro": "each question, and each class of objects",
        "kinds": "each question, and each kind of objects",
        "types": "each class and question, averaged within its kind first",
    }[scheme["average"]]
    if scheme["matching"] == "best":
        objects = "mean similarity of every object, on either side, with its best partner"
    else:
        below = {
            "either": "(n_a + n_b - n_matched)",
            "larger": "the larger of n_a and n_b",
            "dice": "((n_a + n_b) / 2)",
        }[scheme["denominator"]]
        objects = f"sum of the matched similarities / {below}"
    return f"{mean} of the components present in either label: {parts}: {objects}"


def matching(scheme: Mapping[str, Any]) -> str:
    """Say which objects match under a scheme."""
    how = {
        "optimal": "one to one, so that the total similarity is greatest",
        "blind": "one to one, whatever their class, so that the total similarity is greatest",
        "greedy": "one to one, the most similar first",
        "confidence": "one to one, the surest detection first",
        "best": "each with its best partner, in both directions",
    }.get(scheme["matching"], scheme["matching"])
    return f"objects of one class match at a similarity of {scheme['threshold']:g} or more, {how}"
