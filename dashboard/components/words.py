"""What every column is called, means and looks like: the definitions shown on hover, in tiles, tables and charts."""

from __future__ import annotations

from typing import NamedTuple


class Word(NamedTuple):
    """A column: its title, what it means, and its form (score, count, amount, seconds, money, share, text, time)."""

    title: str
    meaning: str
    form: str


WORDS: dict[str, Word] = {
    "project_id": Word("Project", "The labeling project.", "text"),
    "asset_id": Word("Asset", "What is labeled: the tool's own key of it.", "text"),
    "labeler": Word("Labeler", "The person or model that made the label.", "text"),
    "labeler_a": Word("Labeler", "The labeler on side a.", "text"),
    "labeler_b": Word("Other labeler", "The labeler on side b.", "text"),
    "class": Word("Class", "Class of the object, or the question.", "text"),
    "kind": Word("Kind", "Kind of annotation: bbox, polygon, choice …", "text"),
    "batch": Word("Batch", "The batch the asset was sent in.", "text"),
    "period": Word("Period", "When it begins, in the time zone of the dashboard.", "time"),
    "consensus": Word(
        "Consensus",
        "Mean agreement between labelers of one asset, 0 to 1: of labels over pairs, assets over labels, then over assets.",
        "score",
    ),
    "benchmark": Word(
        "Benchmark", "Mean agreement of labels with the benchmark (ground truth) of their asset, 0 to 1.", "score"
    ),
    "confused": Word(
        "Confused",
        "Of the objects that both labelers call by one of the two classes, the share to which each gives another.",
        "score",
    ),
    "n_met": Word("Objects", "Objects of two labels that are of one of the two classes to either.", "count"),
    "answered": Word("Answered", "Share of those asked who answer.", "score"),
    "n_answered": Word("Answers", "Labels, or objects, in which the question is answered.", "count"),
    "n_asked": Word("Asked", "Labels that were not skipped; of a question about objects, the objects.", "count"),
    "asked_of": Word("Asked of", "The class under which the question stands; else every label.", "text"),
    "use": Word(
        "Use",
        "rare: fewer than 10 annotations, or a tenth of what it had if all classes were used alike; never: not used at all.",
        "text",
    ),
    "first_acceptance_rate": Word(
        "Accepted at once", "Share of reviewed labels whose first verdict is acceptance.", "score"
    ),
    "hours_to_approval": Word("Hours to approval", "Mean hours from submission to the first acceptance.", "amount"),
    "n_approval_times": Word("Approvals", "Accepted labels whose times are known.", "count"),
    "benchmark_agreement": Word(
        "Right by the benchmark",
        "Share of a reviewer's verdicts that say what the benchmark says: acceptance of a label that agrees with it, rejection "
        "of one that does not.",
        "score",
    ),
    "reviewer": Word("Reviewer", "Who gave the verdict.", "text"),
    "n_reviews": Word("Verdicts", "Verdicts on labels.", "count"),
    "n_accepted": Word("Accepting", "Verdicts of acceptance.", "count"),
    "n_rejected": Word("Rejecting", "Verdicts of rejection.", "count"),
    "n_own": Word("On own labels", "Verdicts on labels of the reviewer's own.", "count"),
    "n_elsewhere": Word("Elsewhere", "Verdicts on assets as a whole, and on labels that are no one's work.", "count"),
    "n_sent_back": Word("Sent back", "Labels rejected at least once.", "count"),
    "n_hours": Word("Timed", "Verdicts of which the hours are known.", "count"),
    "median_hours": Word("Median hours", "From submission to verdict.", "amount"),
    "category": Word("Category", "What sort of issue.", "text"),
    "state": Word("State", "open or resolved.", "text"),
    "n_issues": Word("Issues", "Issues raised.", "count"),
    "n_dated": Word("Dated", "Issues whose days are known.", "count"),
    "median_days": Word(
        "Median days",
        "Of open issues up to the last moment in the export; of others from being raised to resolved.",
        "amount",
    ),
    "longest_days": Word("Longest", "Days of the oldest open issue, or of the one that took longest.", "amount"),
    "kept_rate": Word("Kept", "Share of pre-labels that were submitted as they are.", "score"),
    "edited_rate": Word("Edited", "Share of pre-labels that were moved, reshaped or renamed.", "score"),
    "deleted_rate": Word("Deleted", "Share of pre-labels to which nothing submitted corresponds.", "score"),
    "added_rate": Word("Added", "Share of what was submitted that had no pre-label.", "score"),
    "iou": Word(
        "IoU", "Mean similarity of pre-label and submitted object where both are there, those kept included.", "score"
    ),
    "seconds_saved": Word(
        "Saved a label",
        "Seconds of labels without a pre-label, of the same labeler and about as many annotations, less those of aided ones. "
        "No experiment: where easy assets were pre-labeled, their ease counts as the model's merit.",
        "seconds",
    ),
    "n_prelabels": Word("Pre-labels", "Annotations of the model that labelers found on their assets.", "count"),
    "n_submitted": Word("Submitted", "Annotations submitted in labels with a pre-label.", "count"),
    "n_both": Word("In both", "Pre-labels kept or edited.", "count"),
    "n_unaided": Word("Unaided", "Labels without a pre-label that they are compared with.", "count"),
    "advice": Word(
        "Pre-label?",
        "no: most pre-labels are deleted or labels get slower, beyond doubt; yes: most are of use, and labels are not slower "
        "beyond doubt.",
        "text",
    ),
    "confidence": Word("Confidence", "The model's confidence in its pre-label.", "text"),
    "fate": Word("Became", "What became of the pre-labels.", "text"),
    "n_doubts": Word("Held against it", "What most labelers hold against the benchmark of the asset.", "count"),
    "precision": Word("Precision", "Of what was drawn, the share that is in the benchmark.", "score"),
    "recall": Word("Recall", "Of what is in the benchmark, the share that was drawn.", "score"),
    "f1": Word("F1", "2 matched / (drawn + in the benchmark).", "score"),
    "accuracy": Word("Accuracy", "Matched / (matched + wrong class + missed + extra), against the benchmark.", "score"),
    "mean_iou": Word("Mean IoU", "Mean similarity of the objects that matched the benchmark's.", "score"),
    "agreement": Word("Agreement", "Mean agreement of the labels of two labelers on the assets they share.", "score"),
    "agreement_rate": Word("Agreement rate", "Share of an asset's labels that agree with its winning label.", "score"),
    "self_consistency": Word(
        "Self-consistency", "Agreement of labelers with themselves where they labeled an asset twice.", "score"
    ),
    "acceptance_rate": Word("Accepted", "Share of reviewed labels whose last verdict is acceptance.", "score"),
    "rework_rate": Word("Rework", "Share of submitted labels sent back at least once.", "score"),
    "n_assets": Word("Assets", "Assets, labeled or not.", "count"),
    "n_assets_consensus": Word("Assets", "Assets with two labels or more.", "count"),
    "n_assets_benchmark": Word("Assets", "Assets with a benchmark label and a labeler's.", "count"),
    "n_consensus": Word("Labels", "Labels that were compared with another labeler's.", "count"),
    "n_timed": Word("Labels", "Labels whose time is known.", "count"),
    "n_labels": Word(
        "Labels", "Labels submitted and not skipped; benchmark labels and pre-labels are no one's work.", "count"
    ),
    "n_annotations": Word("Annotations", "Annotations in the labels submitted.", "count"),
    "n_skipped": Word("Skipped", "Labels in which the labeler passed.", "count"),
    "n_pairs": Word("Pairs", "Pairs of labels of one asset that were compared.", "count"),
    "n_benchmark": Word("On benchmark", "Labels that were compared with a benchmark label.", "count"),
    "n_matched": Word("Matched", "Annotations that match the benchmark's.", "count"),
    "n_drawn": Word("Drawn", "Annotations drawn on assets with a benchmark.", "count"),
    "n_expected": Word("Expected", "Annotations in the benchmark of the assets labeled.", "count"),
    "n_reviewed": Word("Reviewed", "Labels that a reviewer judged.", "count"),
    "n": Word("n", "How many are behind the number.", "count"),
    "seconds_per_label": Word("Seconds a label", "Active seconds (idle time capped) per label submitted.", "seconds"),
    "labels_per_hour": Word("Labels an hour", "Labels submitted per active hour (idle time capped).", "amount"),
    "labels_per_day": Word("Labels a day", "Labels submitted per day with work.", "amount"),
    "active_seconds": Word("Active time", "Labeling time, each label's idle time capped.", "seconds"),
    "active_hours": Word("Active hours", "Labeling time in hours, each label's idle time capped.", "amount"),
    "raw_hours": Word("Hours, raw", "Labeling time in hours as the export gives it, idle time and all.", "amount"),
    "hours": Word("Hours", "From the first to the last label of the sitting.", "amount"),
    "n_sittings": Word("Sittings", "Stretches of work without a break of half an hour.", "count"),
    "began_at": Word("Began", "When the first label of the sitting was submitted.", "time"),
    "ended_at": Word("Ended", "When its last label was submitted.", "time"),
    "learning": Word("Learning", "Change of seconds a label with each doubling of the labels done.", "share"),
    "fatigue": Word("Fatigue", "Change of seconds a label with each hour since the sitting began.", "share"),
    "fading": Word("Fading", "Change of consensus with each hour since the sitting began.", "score"),
    "labeling_seconds": Word("Time", "Labeling time as the export gives it.", "seconds"),
    "cost": Word("Cost", "Cost of labeling at the rates of the rate card.", "money"),
    "cost_per_accepted_label": Word(
        "Cost an accepted label", "Cost of the labels reviewed over those whose last verdict is acceptance.", "money"
    ),
    "cost_per_label": Word("Cost a label", "Cost of labeling per label submitted.", "money"),
    "similarity": Word("Similarity", "How alike the two annotations are, 0 to 1.", "score"),
    "outcome": Word(
        "Outcome",
        "matched, wrong class, near miss (right thing, wrong place), missed (only side b), extra (only side a).",
        "text",
    ),
    "undefined": Word("Undefined", "What is undefined in the row, and why.", "text"),
    "created_at": Word("Submitted", "When the label was submitted.", "time"),
    "quadrant": Word("Beside the team", "Speed and quality outside the team's 99.8 % funnel limits, or usual.", "text"),
    "rank_low": Word("Rank from", "Best rank that cannot be ruled out, for all labelers at once (95 %).", "count"),
    "rank_high": Word("Rank to", "Worst rank that cannot be ruled out, for all labelers at once (95 %).", "count"),
    "n_wrong_class": Word("Wrong class", "Same object, another class.", "count"),
    "n_near_miss": Word("Near miss", "Same class, but too far apart to match.", "count"),
    "n_missed": Word("Missed", "Only the second label has it.", "count"),
    "n_extra": Word("Extra", "Only the first label has it.", "count"),
    "value": Word("Value", "The measured value.", "score"),
    "bound": Word("Bound", "The one-sided 95 % bound that decides.", "amount"),
}


def word(column: str) -> Word:
    """Look a column up; a name that nobody described is shown as it is."""
    return WORDS.get(column) or Word(column.removeprefix("n_").replace("_", " ").capitalize(), "", "other")


def meaning(column: str) -> str:
    """Give the definition of a column."""
    return word(column).meaning
