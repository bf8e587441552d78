"""The explanation of one asset, as sections of a document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

import labelqa
from labelqa.errors import UsageError, near_match
from labelqa.measures.score import Scores
from labelqa.project import Project
from labelqa.report import definitions
from labelqa.report.as_json import encoded, encoded_rows
from labelqa.report.document.blocks import Block, Cell, Column, Section, Table, Words
from labelqa.report.explanation.components import components
from labelqa.report.names import fitted
from labelqa.report.numbers import UNDEFINED, counted, value
from labelqa.report.sections.origin import rules

_PAIRS, _ROWS, _SEARCHED = 8, 15, 20_000
SCHEMA_VERSION = 1
_RELATIONS = {
    "benchmark": ("With the benchmark", "agreement of each label with the benchmark label"),
    "consensus": ("Between labelers", "agreement of every two labels by different labelers"),
    "self": ("Labelers with themselves", "agreement of two labels by one labeler"),
}
_DISPUTED_FIRST = {"wrong_class": 0, "missed": 1, "extra": 2, "near_miss": 3}


def found(project: Project, asset: str) -> dict[str, Any]:
    """Find an asset by its id, else by its name.

    Raises
    ------
    UsageError
        If there is none, or there are several; names what may be meant.
    """
    assets = project.assets
    for column in ("asset_id", "name"):
        rows = assets.filter(pl.col(column) == asset)
        if rows.height > 1:
            ids = ", ".join(f"{row['asset_id']!r} of {row['project_id']!r}" for row in rows.head(3).to_dicts())
            raise UsageError(f"{rows.height} assets are called {asset!r}: {ids}, ...; give one project at a time")
        if rows.height:
            return rows.row(0, named=True)
    names = pl.concat([assets["asset_id"], assets["name"].drop_nulls()]).head(_SEARCHED)
    raise UsageError(f"There is no asset {asset!r}{near_match(asset, names)}")


def sections(scores: Scores) -> list[Section]:
    """Explain the scores of one asset; `scores` are of it alone."""
    pairs = scores.pairs
    told = [_relation(scores, name) for name in _RELATIONS if (pairs["relation"] == name).any()]
    return [_score(scores), *told, _how(scores)]


def title(scores: Scores) -> str:
    """Name the asset."""
    row = scores.comparison.project.assets.row(0, named=True)
    name = row["name"]
    return row["asset_id"] if name is None or name == row["asset_id"] else f"{name} ({row['asset_id']})"


def lead(scores: Scores) -> str:
    """Say where the asset is from and who labeled it."""
    project = scores.comparison.project
    row = project.assets.row(0, named=True)
    size = f", {row['width']} x {row['height']}" if row["width"] and row["height"] else ""
    roles = project.labels.group_by(pl.col("role").cast(pl.String)).len().sort("role").iter_rows()
    labels = ", ".join(counted(n, f"{role} label") for role, n in roles)
    return f"Asset of {fitted(row['project_id'], 80)}{size}: {labels or 'no labels'}."


def _score(scores: Scores) -> Section:
    row = scores.assets.row(0, named=True)
    labels = scores.labels.filter(pl.col("role").cast(pl.String) == "submitted")
    said = [
        *_mean_of(row["benchmark"], "Benchmark", labels["benchmark"], "with the benchmark label"),
        *_mean_of(row["consensus"], "Consensus", labels["consensus"], "with the other labelers' labels, pair by pair"),
        *_winner(row, scores),
    ]
    if row["benchmark"] is None and row["consensus"] is None:
        said.append("No number: no two labels of this asset can be compared.")
    n_pairs = _pairs_of(scores.pairs)
    rows = labels.sort("consensus", "label_id", nulls_last=True).to_dicts()
    columns = [
        Column("labeler", [one["labeler"] or "(nobody named)" for one in rows]),
        Column("label", [one["label_id"] for one in rows]),
        *(
            Column(name, [Cell(value(one[name]), one[name]) for one in rows], is_number=True)
            for name in ("consensus", "benchmark")
        ),
        Column("pairs", [str(n_pairs.get(one["label_id"], 0)) for one in rows], is_number=True),
        Column("", ["winning" if one["label_id"] == row["winning_label"] else "" for one in rows]),
    ]
    blocks: list[Block] = [*(Words(sentence) for sentence in said), *([Table(columns)] if rows else [])]
    return Section("score", "The score", "", blocks)


def _mean_of(number: float | None, name: str, of_labels: pl.Series, what: str) -> Iterator[str]:
    if number is None:
        return
    known = of_labels.drop_nulls().sort().to_list()
    shown = " + ".join(value(one) for one in known[:6]) + (" + ..." if len(known) > 6 else "")
    mean = f"the mean of {counted(len(known), 'label')}: ({shown}) / {len(known)}" if len(known) > 1 else "of one label"
    yield f"{name} {value(number)}: {mean}. A label counts with its mean agreement {what}."


def _winner(row: dict[str, Any], scores: Scores) -> Iterator[str]:
    if row["winning_label"] is None or row["agreement_rate"] is None:
        return
    limit = scores.how["scheme"]["agree_at"]
    yield (
        f"Agreement rate {value(row['agreement_rate'])}: the share of labels that agree at {limit:g} or more with the winning "
        "label, which agrees best with the others."
    )


def _pairs_of(pairs: pl.DataFrame) -> dict[str, int]:
    of = pairs.filter(pl.col("relation") == "consensus")
    both = pl.concat([of.select(pl.col(f"label_{side}").alias("label")) for side in "ab"])
    return dict(both.group_by("label").len().iter_rows())


def _relation(scores: Scores, relation: str) -> Section:
    name, what = _RELATIONS[relation]
    pairs = scores.pairs.filter(pl.col("relation") == relation)
    shown = pairs.sort("agreement", "label_a", "label_b", nulls_last=True).head(_PAIRS)
    blocks: list[Block] = [_pair(row, scores) for row in shown.to_dicts()]
    lead = f"{what[0].upper()}{what[1:]}; least agreement first."
    if pairs.height > _PAIRS:
        blocks.append(Words(f"and {counted(pairs.height - _PAIRS, 'more pair')}; --json tells all", "faint"))
    return Section(relation, name, lead, blocks)


def _pair(pair: dict[str, Any], scores: Scores) -> Block:
    rows = _rows(scores.matches, pair)
    a, b = (fitted(pair[f"labeler_{side}"] or "(nobody named)", 40) for side in "ab")
    caption = f"{a} with {b}: {value(pair['agreement'])}"
    parts = components(rows, pair["agreement"], scores.comparison.scheme)
    if pair["both_empty"]:
        return Words(f"{caption}. Both labels are empty.")
    if len(parts) > 1:
        caption += f" = {_sum_of([part.score for part in parts])}"
    order = pl.col("outcome").replace_strict(_DISPUTED_FIRST, default=9, return_dtype=pl.Int8)
    shown = rows.sort(order, "similarity", maintain_order=True).head(_ROWS).to_dicts()
    columns = [
        Column("outcome", [_outcome(row["outcome"]) for row in shown]),
        Column(a, [_mark(row, "a") for row in shown]),
        Column(b, [_mark(row, "b") for row in shown]),
        Column("similarity", [Cell(value(row["similarity"]), row["similarity"]) for row in shown], is_number=True),
    ]
    more = f"and {counted(rows.height - _ROWS, 'more row')}; --json tells all" if rows.height > _ROWS else ""
    notes = [f"{fitted(part.name, 60)} {value(part.score)}: {part.sums}" for part in parts]
    return Table(columns, more, notes, caption)


def _sum_of(scores: list[float]) -> str:
    shown = " + ".join(value(score) for score in scores[:6]) + (" + ..." if len(scores) > 6 else "")
    return f"({shown}) / {len(scores)}"


def _rows(matches: pl.DataFrame, pair: dict[str, Any]) -> pl.DataFrame:
    same = [pl.col(name) == pair[name] for name in ("relation", "label_a", "label_b", "project_id")]
    return matches.filter(*same)


_TONES = {"matched": "good", "near_miss": "doubt", "wrong_class": "bad", "missed": "bad", "extra": "bad"}


def _outcome(outcome: str) -> Cell:
    return Cell(outcome.replace("_", " "), tone=_TONES.get(outcome, ""), hint=definitions.OUTCOMES[outcome])


def _mark(row: dict[str, Any], side: str) -> str:
    """Name what a label has: the class, and the answer to a question."""
    cls = row[f"class_{side}"]
    if cls is None:
        return UNDEFINED
    answer = row[f"answer_{side}"]
    is_link = row["kind"] in ("relation", "keypoints")
    return fitted(cls, 60) if answer is None or is_link else f"{fitted(cls, 40)}: {fitted(', '.join(answer), 80)}"


def _how(scores: Scores) -> Section:
    scheme = scores.how["scheme"]
    blocks: list[Block] = [
        Words(f"Agreement of two labels: {definitions.agreement(scheme)}."),
        Words(
            f"Matching: {definitions.matching(scheme)}. What is left is looked at once more: wrong class, near miss."
        ),
        Words(f"Scheme {fitted(scheme['name'], 60)}: {', '.join(rules(scheme))}.", "faint"),
    ]
    if scheme["note"]:
        blocks.append(Words(scheme["note"], "faint"))
    return Section("how", "How these numbers are made", "", blocks)


def as_json(scores: Scores) -> Iterator[str]:
    """Tell all of it as JSON, in pieces.

    The document is an object: `schema_version`, `labelqa_version`, `agreement` and `matching` (the definitions in words),
    `how`, and a list of objects for each of assets, labels, pairs (each with its `components`), matches and attributes.
    """
    scheme = scores.how["scheme"]
    yield f'{{\n"schema_version": {SCHEMA_VERSION},\n"labelqa_version": {encoded(labelqa.__version__)},\n'
    yield f'"agreement": {encoded(definitions.agreement(scheme))},\n'
    yield f'"matching": {encoded(definitions.matching(scheme))},\n"how": {encoded(dict(scores.how))},\n"pairs": ['
    for place, pair in enumerate(scores.pairs.to_dicts()):
        parts = components(_rows(scores.matches, pair), pair["agreement"], scores.comparison.scheme)
        told = [{"name": part.name, "score": part.score, "sums": part.sums} for part in parts]
        yield (",\n" if place else "\n") + encoded({**pair, "components": told})
    yield "\n]"
    for name, frame in (
        ("assets", scores.assets),
        ("labels", scores.labels.with_columns(pl.selectors.enum().cast(pl.String))),
        ("matches", scores.matches),
        ("attributes", scores.comparison.attributes),
    ):
        yield f',\n"{name}": ['
        yield from encoded_rows(frame)
        yield "\n]" if frame.height else "]"
    yield "\n}\n"
