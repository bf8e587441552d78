"""What a file holds and labelqa does not read yet: counted by kind, so that nothing is dropped in silence."""

from __future__ import annotations

from array import array
from collections import Counter

from labelqa.project import Builder

_KINDS = 100
"""How many kinds of a file are told apart; a damaged file may hold any number."""

_KIND_CHARACTERS = 60


class Unread:
    """Counts, for one file, what is not read; `note` makes one problem of each kind.

    Parameters
    ----------
    read : str
        What is read instead, as in "bbox, radio and checklist".

    Examples
    --------
    >>> unread, builder = Unread("bbox"), Builder()
    >>> builder.source("a.json", "example")
    >>> unread.add("polygon", 3)
    >>> unread.add("polygon", 7, n=2)
    >>> unread.note(builder)
    >>> builder.problems.frame().select("severity", "record", "found", "expected", "n").rows()
    [('note', 3, "'polygon'", 'bbox; polygon is not read yet', 3)]
    """

    def __init__(self, read: str) -> None:
        self._read = read
        self._counts: Counter[str] = Counter()
        self._first: dict[str, int] = {}
        self._labels = array("q")
        self._n_of_label = array("q")

    def add(self, kind: str, record: int, *, n: int = 1, label: int | None = None) -> None:
        """Count `n` things of a kind, met in a record; with the number of the label whose marks they are."""
        if n == 0:
            return
        if label is not None:
            self._labels.append(label)
            self._n_of_label.append(n)
        kind = kind[:_KIND_CHARACTERS] if kind.isprintable() else repr(kind[:_KIND_CHARACTERS])
        if kind not in self._counts and len(self._counts) >= _KINDS:
            kind = "any other kind"
        self._counts[kind] += n
        self._first.setdefault(kind, record)

    def note(self, builder: Builder) -> None:
        """Note one problem of each kind, at the record that had it first, and which labels are incomplete."""
        builder.unread(self._labels, self._n_of_label)
        for kind, n in self._counts.items():
            builder.problem("note", f"{self._read}; {kind} is not read yet", record=self._first[kind], found=kind, n=n)
