"""Kinds of annotation: what a mark is, and how alike two of them are. One kind a file; see README.md.

Examples
--------
>>> from labelqa.kinds import kinds
>>> kinds()["bbox"]
BBox()
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from types import ModuleType

from labelqa.kinds.kind import Kind, LinkKind, ObjectKind, QuestionKind

__all__ = ["Kind", "LinkKind", "ObjectKind", "QuestionKind", "kinds"]


def __getattr__(name: str) -> ModuleType:
    """Import a kind's module when it is first named, so that `labelqa.kinds.bbox.iou` is at hand."""
    if name in {info.name for info in pkgutil.iter_modules(__path__)}:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@cache
def kinds() -> dict[str, Kind]:
    """Find every kind: each module of this package that defines `KIND`.

    Returns
    -------
    dict of str to Kind
        By name, sorted.
    """
    modules = (importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__))
    found: list[Kind] = [module.KIND for module in modules if hasattr(module, "KIND")]
    return {kind.name: kind for kind in sorted(found, key=lambda kind: kind.name)}
