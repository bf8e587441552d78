"""Always the same answer to a question, where the others vary."""

from __future__ import annotations

import numpy as np
import polars as pl

from labelqa.kinds.kind import Ints
from labelqa.measures.workforce.findings.seen import Seen
from labelqa.measures.workforce.findings.tested import Row, Tested
from labelqa.stats.binomial import trials_tail
from labelqa.stats.grouped import divided, total_by

FINDING = "same_answer"
SHARE = 0.95
"""Of a labeler's answers from which they are called always the same."""
LEAST_ANSWERS = 10

METHOD = (
    f"one answer in at least {SHARE:.0%} of {LEAST_ANSWERS} or more answers to a question about the whole asset, and more "
    "often than if the answers of each asset were dealt out among its labelers at random: exact permutation test (sum of "
    "independent trials), times the number of answers that occur"
)
_ASKED = ("checklist", "choice", "rating", "taxonomy")


def same_answer(seen: Seen) -> Tested:
    """Test every labeler and question."""
    table = _answers(seen)
    if not table.height:
        return Tested.nothing(FINDING, METHOD, "no question is answered")
    question, answer, n_answers = _numbered(table)
    asset, labeler = table["asset"].to_numpy().astype(np.int64), table["labeler"].to_numpy().astype(np.int64)
    # Share of the answer among all labels of the asset: the chance that a deal gives it to this labeler.
    _, spot = _paired(question, asset)
    _, cell = _paired(spot, answer)
    who, group = _paired(labeler, question)
    who_answers, of_group = _paired(group, answer)
    count = np.bincount(of_group)
    # The commonest answer of each labeler, the first of several.
    order = np.lexsort((who_answers[:, 1], -count, who_answers[:, 0]))
    modal = order[np.diff(who_answers[order, 0], prepend=-1) > 0]
    size = np.bincount(group)
    share = count[modal] / size
    eligible = np.flatnonzero((size >= LEAST_ANSWERS) & (share >= SHARE))
    n_in_spot = np.bincount(spot)
    given = np.full(len(who), -1)
    given[who_answers[modal, 0]] = who_answers[modal, 1]
    # How often each asset's labelers gave the answer that this group is about, whoever did.
    sizes_of_cell = np.bincount(cell)
    cell_key = np.zeros(len(sizes_of_cell), np.int64)
    n_all = int(answer.max()) + 1
    cell_key[cell] = spot * n_all + answer
    wanted = spot * n_all + given[group]
    order = np.argsort(cell_key)
    at = order[np.searchsorted(cell_key[order], wanted).clip(max=len(order) - 1)]
    chance = np.where(cell_key[at] == wanted, sizes_of_cell[at], 0) / n_in_spot[spot]
    if not len(eligible):
        return Tested.nothing(FINDING, METHOD, f"nobody gives one answer in {SHARE:.0%} of {LEAST_ANSWERS} or more")
    expected = divided(total_by(group, chance, len(who)), size)
    by_group = chance[np.argsort(group, kind="stable")]
    starts = np.append(0, np.cumsum(size))
    tails = [trials_tail(by_group[starts[g] : starts[g + 1]], int(count[modal[g]])) for g in eligible.tolist()]
    p = np.minimum(np.array(tails) * n_answers[who[eligible, 1]], 1.0)
    names = table.select("question", "project_id")
    first = np.full(int(question.max()) + 1, len(question))
    np.minimum.at(first, question, np.arange(len(question)))
    text_of = np.zeros(n_all, np.int64)
    text_of[answer] = np.arange(len(answer))
    shown = names[first[who[eligible, 1]]]
    rows = pl.DataFrame(
        {
            "finding": FINDING,
            "labeler": seen.names.gather(who[eligible, 0]),
            "class": shown["question"],
            "other_class": table["answer"].gather(text_of[given[eligible]]),
            "project_id": shown["project_id"],
            "effect": share[eligible],
            "unit": "share of answers",
            "limit": expected[eligible],
            "n": size[eligible],
            "p_value": p,
            "row": eligible,
        }
    )

    def tell(row: Row) -> str:
        return (
            f"{row['labeler']} answers {row['class']} with {row['other_class']!r} in {row['effect']:.0%} of {row['n']} "
            f"labels; on these assets {row['limit']:.0%} of the answers are that"
        )

    def behind(row: Row) -> pl.DataFrame:
        mine = np.flatnonzero((group == row["row"]) & (answer == given[row["row"]]))
        mine = mine[np.lexsort((mine, chance[mine]))]
        labels = seen.labels_behind(table["label"].to_numpy()[mine].astype(np.int64), 1.0 - chance[mine])
        return labels.with_columns(table["annotation_id"].gather(mine))

    return Tested(FINDING, rows, tell, behind, METHOD)


def _answers(seen: Seen) -> pl.DataFrame:
    """Take each labeler's first answer to each question about a whole asset."""
    project = seen.comparison.project
    work = pl.DataFrame(
        {
            "label": np.arange(len(seen.work.asset), dtype=np.uint32),
            "asset": seen.work.asset,
            "labeler": seen.work.labeler,
            "counts": seen.work.counts,
        }
    ).filter(pl.col("counts") & (pl.col("labeler") >= 0))
    asked = project.ontology.with_row_index("concept").filter(pl.col("kind").is_in(_ASKED))
    text = pl.when(pl.col("kind") == "rating").then(pl.col("geometry").list.first().cast(pl.String))
    return (
        project.tables["annotations"]
        .filter(pl.col("parent_id").is_null() & pl.col("place").is_null())
        .join(asked.select("concept", "kind", "project_id", question="class"), on="concept", maintain_order="left")
        .join(work, on="label", maintain_order="left")
        .with_columns(text.otherwise(pl.col("answer").list.join(", ")).alias("answer"))
        .filter(pl.col("answer").is_not_null())
        .unique(["labeler", "asset", "concept"], keep="first", maintain_order=True)
        .select("label", "asset", "labeler", "annotation_id", "concept", "question", "project_id", "answer")
    )


def _numbered(table: pl.DataFrame) -> tuple[Ints, Ints, Ints]:
    """Number questions, and answers within them end to end; count the answers of each question."""
    question = table["concept"].rank("dense").to_numpy().astype(np.int64) - 1
    answer = table.select(pl.struct("concept", "answer").rank("dense")).to_series().to_numpy().astype(np.int64) - 1
    pairs, _ = _paired(question, answer)
    return question, answer, np.bincount(pairs[:, 0])


def _paired(first: Ints, second: Ints) -> tuple[Ints, Ints]:
    """Give the distinct pairs, sorted, [n, 2], and the number of each row's pair."""
    base = int(second.max(initial=0)) + 1
    key, place = np.unique(first * base + second, return_inverse=True)
    return np.stack([key // base, key % base], axis=1), place.astype(np.int64)
