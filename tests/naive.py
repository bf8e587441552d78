"""The definitions of scoring in plain Python, one pair at a time: slow, obvious, sharing no code with labelqa.

It reads the public tables of a project and returns plain rows. Only boxes, choices and checklists.
"""

import itertools
from collections import defaultdict

TIE = 2.0**-40


def iou(a, b):
    if list(a) == list(b):
        return 1.0
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    both = max(w, 0.0) * max(h, 0.0)
    either = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both
    return both / either if either else 0.0


def best_assignment(left, right, weight):
    """All one-to-one assignments tried: greatest total, ties to the lexicographically first."""
    options = []

    def extend(k, used, chosen, total):
        if k == len(left):
            options.append((total, chosen))
            return
        for j in right:
            if j not in used and (left[k], j) in weight:
                extend(k + 1, used | {j}, [*chosen, (left[k], j)], total + weight[left[k], j])
        extend(k + 1, used, chosen, total)

    extend(0, frozenset(), [], 0.0)
    best = max(total for total, _ in options)
    return next(chosen for total, chosen in options if total > best - TIE)


def match(a, b, threshold=0.5, near=0.1):
    """Rows (id_a, id_b, similarity, outcome) of two labels' annotations, given as rows of `Project.annotations`."""
    rows = []
    left = {k: x for k, x in enumerate(a) if x["kind"] == "bbox"}
    right = {k: x for k, x in enumerate(b) if x["kind"] == "bbox"}
    similarity = {(i, j): iou(x["geometry"], y["geometry"]) for i, x in left.items() for j, y in right.items()}
    for outcome, same_class, least in (
        ("matched", True, threshold),
        ("wrong_class", False, threshold),
        ("near_miss", True, near),
    ):
        weight = {
            (i, j): s
            for (i, j), s in similarity.items()
            if i in left
            and j in right
            and s >= least
            and s > 0
            and (not same_class or left[i]["class"] == right[j]["class"])
        }
        for i, j in best_assignment(sorted({i for i, _ in weight}), sorted({j for _, j in weight}), weight):
            rows.append((left.pop(i), right.pop(j), similarity[i, j], outcome))
    rows += [(x, None, 0.0, "extra") for x in left.values()] + [(None, y, 0.0, "missed") for y in right.values()]

    asked_a, asked_b = ({x["class"]: x for x in side if x["kind"] != "bbox"} for side in (a, b))
    for question in sorted(asked_a.keys() | asked_b.keys()):
        x, y = asked_a.get(question), asked_b.get(question)
        if x and y:
            p, q = set(x["answer"]), set(y["answer"])
            s = len(p & q) / len(p | q) if p | q else 1.0
            rows.append((x, y, s, "matched" if s == 1 else "wrong_class"))
        else:
            rows.append((x, y, 0.0, "extra" if x else "missed"))
    return rows


def agreement(rows, weights=None, average="micro"):
    """Agreement of a pair from its rows."""
    weights = weights or {}
    parts = []  # (weight, score)
    classes = defaultdict(lambda: [0.0, 0, 0, 0])
    for x, y, s, outcome in rows:
        if (x or y)["kind"] != "bbox":
            parts.append((weights.get((x or y)["class"], 1.0), s))
            continue
        if x:
            classes[x["class"]][1] += 1
        if y:
            classes[y["class"]][2] += 1
        if outcome == "matched":
            classes[x["class"]][0] += s
            classes[x["class"]][3] += 1
    if average == "macro":
        parts += [(weights.get(c, 1.0), t / (na + nb - n)) for c, (t, na, nb, n) in classes.items()]
    elif classes:
        above = sum(weights.get(c, 1.0) * t for c, (t, _, _, _) in classes.items())
        below = sum(weights.get(c, 1.0) * (na + nb - n) for c, (_, na, nb, n) in classes.items())
        if below:
            parts.append((1.0, above / below))
    if not rows:
        return 1.0
    total = sum(w for w, _ in parts)
    return sum(w * s for w, s in parts) / total if total else None


def pairs(project, relation):
    """Label id pairs of a relation, sorted as the tables are."""
    found = []
    labels = [row for row in project.labels.iter_rows(named=True) if row["status"] == "submitted"]
    by_asset = defaultdict(list)
    for row in labels:
        by_asset[row["asset_id"], row["project_id"]].append(row)
    for key in sorted(by_asset):
        work = [r for r in by_asset[key] if r["role"] == "submitted"]
        here = []
        if relation == "benchmark":
            gold = [r for r in by_asset[key] if r["role"] == "benchmark"]
            here = [(w, g) for w in work for g in gold]
        else:
            for x, y in itertools.combinations(work, 2):
                if (x["labeler"] == y["labeler"]) == (relation == "self"):
                    here.append(tuple(sorted((x, y), key=lambda r: (r["labeler"], r["label_id"]))))
        found += sorted(here, key=lambda p: (p[0]["label_id"], p[1]["label_id"]))
    return [(x["label_id"], y["label_id"]) for x, y in found]


def annotations_of(project):
    """Annotations of each label, in canonical order."""
    marks = defaultdict(list)
    for row in project.annotations.iter_rows(named=True):
        marks[row["label_id"]].append(row)
    return marks
