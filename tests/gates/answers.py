"""Projects whose every figure is known by construction: one question an asset, answered right or wrong."""

from labelqa.project import Builder


def answered(right, *, batches=None, metadata=None, unchecked=0):
    """Make a project: `right` gives, for each labeler, which of the first assets were answered as the benchmark is.

    `unchecked` more assets have no benchmark label and one label by each labeler.
    """
    builder = Builder()
    builder.source("made", "made")
    n = max(map(len, right.values()), default=0)
    for k in range(n + unchecked):
        asset = f"a{k:04}"
        builder.asset(
            "p",
            asset,
            batch=None if batches is None else batches[k],
            metadata=[] if metadata is None else metadata[k].items(),
        )
        if k < n:
            gold = builder.label("p", asset, f"gold-{k}", "gold", role="benchmark")
            builder.answer(gold, "choice", "seen", ["yes"])
        for labeler, marks in right.items():
            if k < len(marks) or k >= n:
                label = builder.label("p", asset, f"{labeler}-{k}", labeler)
                builder.answer(label, "choice", "seen", ["yes" if k >= n or marks[k] else "no"])
    return builder.project()
