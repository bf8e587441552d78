"""Ids as labelqa keeps them: text, whatever the export has."""

from __future__ import annotations

Id = str | int | None
"""An id in an export: text, a number, or missing."""


def id_text(value: Id) -> str | None:
    """Give an id as text; None if there is none.

    Examples
    --------
    >>> id_text(0), id_text("a-1"), id_text(""), id_text(None)
    ('0', 'a-1', None, None)
    """
    return None if value is None or value == "" else str(value)


def derived_label_id(asset_id: str, labeler: str | None, position: int) -> str:
    """Make an id for a label that has none, from what tells it from other labels whatever the order of files.

    Examples
    --------
    >>> derived_label_id("image-1", "ann", 0)
    'image-1/ann/0'
    """
    return f"{asset_id}/{labeler or ''}/{position}"
