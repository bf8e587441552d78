"""Labels compared as CVAT does it, mark by mark: what the comparer does with the pools of `labelqa.kinds.families.cvat`.

One assignment for each pool and frame, blind to classes; the parts of an object stand together for it.
"""

import inspect

import numpy as np
import polars as pl
from scipy.optimize import linear_sum_assignment

from labelqa.comparison import Comparison, Scheme
from labelqa.comparison.labels import Labels
from labelqa.comparison.match import EXTRA, MATCHED, MISSED, NOBODY, WRONG_CLASS, Rows
from labelqa.comparison.pairs import pair_labels
from labelqa.kinds.families.cvat import POOLS, columns

THRESHOLD = 0.4


def annotations_of(project):
    """Give the annotations with all that CVAT's pools look at; `class` is the number of the class's name."""
    stored = project.tables["annotations"]
    asset = project.tables["labels"]["asset"].gather(stored["label"])
    ontology = project.ontology.select("kind", name="class")[stored["concept"].to_numpy()]
    frame = stored.with_columns(asset, *ontology, *project.assets.select(pl.col("width", "height").gather(asset)))
    number = pl.col("name").rank("dense").cast(pl.Int64)
    return frame.with_columns(**columns(frame).to_dict()).with_columns(
        number.alias("class"), row=pl.int_range(pl.len())
    )


def compared(project, *, same_class_first=False):
    """Compare the labels with the benchmark; `same_class_first` is what CVAT does since 2026."""
    frame = annotations_of(project).filter(pl.col("parent_id").is_null())
    pairs = pair_labels(project, Labels.of(project), ("benchmark",))
    found = []
    for pair, (label_a, label_b) in enumerate(zip(pairs.label_a, pairs.label_b, strict=True)):
        for pool in POOLS:
            mine = frame.filter(pl.col("kind").cast(pl.String).is_in(pool.members))
            for place in mine["place"].unique():
                here = mine.filter(pl.col("place").eq_missing(place) & pl.col("label").is_in([label_a, label_b]))
                found += [(pair, *row) for row in _matched(pool.kind, here, label_a, same_class_first)]
        found += [(pair, *row) for row in _tags(frame, label_a, label_b)]
    pair, a, b, similarity, outcome = (np.array([row[k] for row in found]) for k in range(5))
    rows = Rows(pair.astype(np.int64), a.astype(np.int64), b.astype(np.int64), similarity, outcome.astype(np.uint8))
    given = {"rows": rows.sorted(), "attribute_rows": Rows.joined([]), "pair_rows": pairs, "project": project}
    given |= {"agreement": np.zeros(len(pairs)), "scheme": Scheme(threshold=THRESHOLD, near_threshold=THRESHOLD)}
    return Comparison(**{name: given.get(name) for name in inspect.signature(Comparison).parameters})


def _matched(kind, here, label_a, same_class_first):
    values = kind.values(here)
    leader = kind.leaders(values)
    leader = np.arange(here.height) if leader is None else leader
    cls, row, on_a = here["class"].to_list(), here["row"].to_list(), (here["label"] == label_a).to_list()
    left = [k for k in range(here.height) if leader[k] == k and on_a[k]]
    right = [k for k in range(here.height) if leader[k] == k and not on_a[k]]
    one, other = (np.repeat(left, len(right)), np.tile(right, len(left))) if left and right else ([], [])
    similarity = kind.similarity(values, np.array(one, int), np.array(other, int)).reshape(len(left), len(right))
    near = np.where(similarity >= THRESHOLD, similarity, 0.0)
    same = np.array([[cls[a] == cls[b] for b in right] for a in left]).reshape(near.shape)
    met = _assigned(near * same) if same_class_first else set()
    free = np.ones_like(near)
    for i, j in met:
        free[i, :] = free[:, j] = 0.0
    met |= _assigned(near * free)
    parts = {k: [row[m] for m in range(here.height) if leader[m] == k] for k in [*left, *right]}
    for i, j in sorted(met):
        outcome = MATCHED if same[i, j] else WRONG_CLASS
        yield from ((a, b, similarity[i, j], outcome) for a in parts[left[i]] for b in parts[right[j]])
    for i in set(range(len(left))) - {i for i, _ in met}:
        yield from ((a, NOBODY, 0.0, EXTRA) for a in parts[left[i]])
    for j in set(range(len(right))) - {j for _, j in met}:
        yield from ((NOBODY, b, 0.0, MISSED) for b in parts[right[j]])


def _assigned(near):
    return {(int(i), int(j)) for i, j in zip(*linear_sum_assignment(-near), strict=True) if near[i, j] > 0}


def _tags(frame, label_a, label_b):
    questions = frame.filter(pl.col("kind").cast(pl.String) == "checklist")
    for place in questions["place"].unique():
        here = questions.filter(pl.col("place").eq_missing(place))
        a, b = (here.filter(label=label).select("row", "answer").rows() for label in (label_a, label_b))
        if a and b:
            given, true = set(a[0][1]), set(b[0][1])
            alike = len(given & true) / len(given | true) if given | true else 1.0
            yield a[0][0], b[0][0], alike, MATCHED if given == true else WRONG_CLASS
        elif a or b:
            yield (a[0][0], NOBODY, 0.0, EXTRA) if a else (NOBODY, b[0][0], 0.0, MISSED)
