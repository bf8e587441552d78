"""Projects for tests: random ones, small and full of ties, and shuffled ones."""

import numpy as np
from hypothesis import settings

from labelqa.project import Builder

settings.register_profile("labelqa", deadline=None, max_examples=60)
settings.load_profile("labelqa")


def random_project(seed, *, n_assets=6, n_labelers=4, shuffled=None):
    """Make a small project on a coarse grid, so that equal similarities, equal boxes and empty labels abound.

    `shuffled` gives the seed of an order in which the same records are handed over.
    """
    rng = np.random.default_rng(seed)
    records = []
    for asset in range(n_assets):
        for labeler in range(n_labelers + 1):
            for again in range(1 + (rng.random() < 0.1)):
                role = "benchmark" if labeler == n_labelers else "submitted"
                if role == "benchmark" and (again or rng.random() < 0.4):
                    continue
                marks = []
                for k in range(int(rng.integers(0, 5))):
                    x, y = rng.integers(0, 4, 2) * 5.0
                    w, h = rng.integers(0, 4, 2) * 5.0
                    given = f"m{k}" if rng.random() < 0.5 else None
                    marks.append(("bbox", str(rng.choice(["cat", "dog"])), (x, y, x + w, y + h), given))
                if rng.random() < 0.7:
                    marks.append(("choice", "weather", [str(rng.choice(["sun", "rain"]))], None))
                if rng.random() < 0.7:
                    chosen = [a for a in ("ice", "fog", "dark") if rng.random() < 0.5]
                    marks.append(("checklist", "hazards", chosen, None))
                records.append((f"a{asset}", f"l{asset}-{labeler}-{again}", f"p{labeler}", role, marks))
    order = np.random.default_rng(shuffled)
    if shuffled is not None:
        records = [records[k] for k in order.permutation(len(records))]
    builder = Builder()
    builder.source("random", "random")
    for asset, label_id, labeler, role, marks in records:
        builder.asset("p", asset, width=40, height=40)
        label = builder.label("p", asset, label_id, labeler, role=role, created_at=f"2026-01-0{1 + len(marks)}")
        places = range(len(marks)) if shuffled is None else order.permutation(len(marks))
        for place in places:
            kind, cls, value, given = marks[place]
            if kind == "bbox":
                builder.bbox(label, cls, *value, annotation_id=given)
            else:
                builder.answer(label, kind, cls, value, annotation_id=given)
    return builder.project()
