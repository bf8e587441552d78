"""labelqa: do labelers agree, are they right - from the export of your labeling tool.

>>> import labelqa
>>> project = labelqa.demo(assets=50, labelers=4, seed=0)      # or labelqa.read("export.ndjson")
>>> scores = labelqa.score(project)
>>> scores.labelers["labeler"].to_list()
['ana@example.com', 'ben@example.com', 'chen@example.com', 'dara@example.com']

Every name here is imported when it is used first, so `import labelqa` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labelqa import kinds as kinds
    from labelqa.coco import CocoFigures, coco_eval
    from labelqa.comparison import Comparison, Scheme
    from labelqa.comparison.comparer import compare
    from labelqa.errors import FormatError, InputError, LabelqaError, UsageError
    from labelqa.formats.read import read
    from labelqa.formats.store import store
    from labelqa.formats.write import write
    from labelqa.gates.gate import gate
    from labelqa.gates.policy import Policy
    from labelqa.gates.starting import starting_policy
    from labelqa.gates.verdict import Verdicts
    from labelqa.measures.score import Scores, score
    from labelqa.measures.score_stored import score_stored
    from labelqa.measures.workforce.workforce import Workforce, workforce
    from labelqa.project import Project
    from labelqa.report.drawing.draw import Drawing, draw
    from labelqa.report.drawing.folder import ImageFolder
    from labelqa.report.tables import as_csv
    from labelqa.simulation import demo
    from labelqa.stats.ratio import cluster_interval

    __version__: str

__all__ = [
    "CocoFigures",
    "Comparison",
    "Drawing",
    "FormatError",
    "ImageFolder",
    "InputError",
    "LabelqaError",
    "Policy",
    "Project",
    "Scheme",
    "Scores",
    "UsageError",
    "Verdicts",
    "Workforce",
    "__version__",
    "as_csv",
    "cluster_interval",
    "coco_eval",
    "compare",
    "demo",
    "draw",
    "gate",
    "read",
    "score",
    "score_stored",
    "starting_policy",
    "store",
    "workforce",
    "write",
]

_HOMES = {
    "CocoFigures": "labelqa.coco",
    "Comparison": "labelqa.comparison",
    "Drawing": "labelqa.report.drawing.draw",
    "FormatError": "labelqa.errors",
    "ImageFolder": "labelqa.report.drawing.folder",
    "InputError": "labelqa.errors",
    "LabelqaError": "labelqa.errors",
    "Policy": "labelqa.gates.policy",
    "Project": "labelqa.project",
    "Scheme": "labelqa.comparison",
    "Scores": "labelqa.measures.score",
    "UsageError": "labelqa.errors",
    "Verdicts": "labelqa.gates.verdict",
    "Workforce": "labelqa.measures.workforce.workforce",
    "as_csv": "labelqa.report.tables",
    "cluster_interval": "labelqa.stats.ratio",
    "coco_eval": "labelqa.coco",
    "compare": "labelqa.comparison.comparer",
    "demo": "labelqa.simulation",
    "draw": "labelqa.report.drawing.draw",
    "gate": "labelqa.gates.gate",
    "read": "labelqa.formats.read",
    "score": "labelqa.measures.score",
    "score_stored": "labelqa.measures.score_stored",
    "starting_policy": "labelqa.gates.starting",
    "store": "labelqa.formats.store",
    "workforce": "labelqa.measures.workforce.workforce",
    "write": "labelqa.formats.write",
}
"""The module each name lives in."""


def __getattr__(name: str) -> Any:
    """Import a name of the public face on first use (PEP 562) and keep it."""
    if name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name]), name)
    elif name == "kinds":
        value = importlib.import_module("labelqa.kinds")
    elif name == "__version__":
        value = _version()
    else:
        raise AttributeError(f"module 'labelqa' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "kinds"})


def _version() -> str:
    """Look the version up where the installation recorded it; a source tree that is not installed has none."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("labelqa")
    except PackageNotFoundError:
        return "0+unknown"
