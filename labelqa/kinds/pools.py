"""Pools: which kinds of annotation meet each other under a scheme, and how alike they are.

By default each kind is a pool of its own. `regions="together"` lets people's boxes, rotated boxes, polygons and masks
meet, since the same thing is drawn with different tools. A family replaces similarities by those of a vendor.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import polars as pl

from labelqa.errors import UsageError, near_match
from labelqa.kinds import kinds
from labelqa.kinds.kind import Kind

REGIONS = ("bbox", "mask", "polygon", "rotated_bbox")
"""Kinds that mark an area of the frame."""

FAMILIES = ("labelqa", "cvat", "label_studio")
"""Whose similarities there are. A family other than our own is a module of `labelqa.kinds.families` with `POOLS`."""


@dataclass(frozen=True)
class Pool:
    """Kinds that meet each other.

    Parameters
    ----------
    name : str
        As it stands in tables.
    kind : Kind
        Compares them.
    members : tuple of str
        Names of the kinds.
    """

    name: str
    kind: Kind
    members: tuple[str, ...]


def pools(
    family: str = "labelqa",
    regions: str = "apart",
    options: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[Pool]:
    """Give every kind its pool.

    Parameters
    ----------
    family : str
        Whose similarities; one of `FAMILIES`.
    regions : "apart" or "together"
        Whether the `REGIONS` meet each other.
    options : mapping of kind name to options
        What to set otherwise than by default, as in `{"point": {"tolerance": 5.0}}`.

    Returns
    -------
    list of Pool
        Sorted by name; each kind is in one of them.

    Raises
    ------
    UsageError
        If there is no such family, kind or option.

    Examples
    --------
    >>> [pool.name for pool in pools() if pool.name.startswith("r")]
    ['ranking', 'rating', 'relation', 'rotated_bbox']
    >>> next(pool.members for pool in pools(regions="together") if pool.name == "region")
    ('bbox', 'mask', 'polygon', 'rotated_bbox')
    """
    if family not in FAMILIES:
        raise UsageError(f"There is no family of similarities {family!r}{near_match(family, FAMILIES)}")
    by_name = {name: Pool(name, kind, (name,)) for name, kind in _with_options(options or {}).items()}
    theirs: list[Pool] = []
    if regions == "together":
        from labelqa.kinds.region import Region

        theirs.append(Pool("region", Region(), REGIONS))
    if family != "labelqa":
        theirs += importlib.import_module(f"labelqa.kinds.families.{family}").POOLS
    for pool in theirs:
        for name in pool.members:
            by_name[name] = pool
    return sorted(dict.fromkeys(by_name.values()), key=lambda pool: pool.name)


def surroundings(family: str) -> Callable[[pl.DataFrame], pl.DataFrame] | None:
    """Give the function by which a family looks at all annotations at once, if it has one.

    It takes the annotations table with the columns asset (row), width, height, kind and class besides, and gives further
    columns for the `values` of its kinds, one row each.
    """
    if family == "labelqa":
        return None
    found: Callable[[pl.DataFrame], pl.DataFrame] | None = getattr(
        importlib.import_module(f"labelqa.kinds.families.{family}"), "columns", None
    )
    return found


def _with_options(options: Mapping[str, Mapping[str, Any]]) -> dict[str, Kind]:
    """Give the kinds with other options."""
    known = kinds()
    for name, chosen in options.items():
        if name not in known:
            raise UsageError(f"Scheme: there is no kind {name!r}{near_match(name, known)}")
        names = [field.name for field in fields(known[name])]
        if not isinstance(chosen, Mapping):
            raise UsageError(f"Scheme: kinds.{name} is a table of options, not {chosen!r}")
        for option in chosen:
            if option not in names:
                offered = f"it has {', '.join(names)}" if names else "it has none"
                raise UsageError(
                    f"Scheme: the kind {name} has no option {option!r}{near_match(option, names)} ({offered})"
                )
    try:
        return {name: replace(kind, **options.get(name, {})) for name, kind in known.items()}
    except (TypeError, ValueError) as error:
        raise UsageError(f"Scheme: {error}") from None
