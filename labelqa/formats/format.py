"""What a format is: a name, what its exports tell, and two functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from labelqa.formats.files import File
from labelqa.formats.parts.pieces import Decided, Piece, whole_files
from labelqa.formats.sample import Sample
from labelqa.project import Builder

Fact = Literal["who", "when", "seconds", "review", "benchmark", "prediction"]


@dataclass(frozen=True)
class Format:
    """A format that can be read. Each module in `labelqa.formats.readers` makes one and calls it `FORMAT`.

    Parameters
    ----------
    name : str
        The name to choose it by, as in `--format labelbox`.
    title : str
        The name for people.
    facts : frozenset of str
        What exports of this format may tell beyond the annotations: who labeled, when, for how many seconds, reviews,
        which labels are a benchmark, and which are predictions of a model.
    refuse : callable
        Says in words why a file is not of this format, from its sample; None if it is.
    read : callable
        Reads files of this format, in the order given, into a builder.
    belongs : callable, optional
        Tells of a file that no format reads whether it belongs to an export of this format: a list of classes, an
        image. Found in a folder, such files are passed over.
    pieces : callable, optional
        Cuts files that were read, all of them, into pieces of the part that is kept and the part that is not; see
        `labelqa.formats.parts`. By default a file falls to one part as a whole.
    """

    name: str
    title: str
    facts: frozenset[Fact]
    refuse: Callable[[Sample], str | None]
    read: Callable[[Sequence[File], Builder], None]
    belongs: Callable[[File], bool] = lambda _: False
    pieces: Callable[[Sequence[File], Decided], Iterable[Piece]] = whole_files
