"""What a mark is read in: its image, the pictures of its masks, the words of its document, and what is noted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from labelqa.formats.pictures import Pictures
from labelqa.formats.unread import Unread
from labelqa.project import Builder

_MAP = "pixels; marks on a map are in its own unit (degrees), and read as they are"
_TOKENS = "characters; words selected in a document are counted by their ids, as spans of words of a page"
_PERCENT = "points; a box in percent of its page is read with the page's dimensions"
_KEY_FRAMES = "segments of a track; without them its boxes are read in the frames that are written only"
_TOO_LONG = "at most {} boxes between key frames in a file; of further tracks only the frames that are written are read"
_FOLDER = "a PNG of each mask, named by its feature id; {} is not read yet"


class Mark(NamedTuple):
    """The value of an annotation, laid out as its kind says, and its place."""

    kind: str
    geometry: Sequence[float] = ()
    parts: Sequence[int] | None = None
    answer: Sequence[str] | None = None
    place: str | None = None


class NoPictureError(Exception):
    """No picture was given for a mask."""


class Notes:
    """Counts, for one file, what was read in a way worth knowing; `note` makes a problem of each sort."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, str | None], list[int]] = {}

    def add(self, expected: str, record: int, *, severity: str = "note", remedy: str | None = None, n: int = 1) -> None:
        """Count something met in a record."""
        self._counts.setdefault((severity, expected, remedy), [record, 0])[1] += n

    def note(self, builder: Builder) -> None:
        """Note one problem of each sort, at the record that had it first."""
        for (severity, expected, remedy), (record, n) in self._counts.items():
            builder.problem(severity, expected, record=record, remedy=remedy, n=n)


@dataclass
class Reading:
    """One file being read."""

    builder: Builder
    pictures: Pictures
    unread: Unread = field(default_factory=lambda: Unread("a documented kind of annotation"))
    notes: Notes = field(default_factory=Notes)
    masks: dict[str, list[int]] = field(default_factory=dict)
    runs: dict[str, int] = field(default_factory=dict)
    """The label of each run of boxes that was cut out of the rows being read, by the text that stands for it."""
    n_filled_in: int = 0
    """Boxes of tracks computed between key frames."""

    def mask_not_given(self, kind: str, label: int, record: int) -> None:
        """Count a mask for which there is no picture."""
        self.builder.unread([label], [1])
        self.masks.setdefault(kind, [record, 0])[1] += 1

    def note(self) -> None:
        """Note what was counted, at the end of the file."""
        self.unread.note(self.builder)
        self.notes.note(self.builder)
        for kind, (record, n) in self.masks.items():
            remedy = "Read the export together with the folder of the PNG files: [export, folder]."
            self.builder.problem("note", _FOLDER.format(kind), record=record, found=kind, remedy=remedy, n=n)


@dataclass
class Scene:
    """One data row: what its marks have in common."""

    reading: Reading
    record: int
    size: tuple[float | None, float | None] = (None, None)
    is_sound: bool = False
    tokens: Mapping[tuple[str | None, str], int] = field(default_factory=dict)
    """Where a word stands among the words of its page that anybody selected."""
    frame: str | None = None
    """The frame or slice that is being read."""

    def note_map(self) -> None:
        """Note that a mark lies on a map."""
        self.reading.notes.add(_MAP, self.record)

    def note_tokens(self) -> None:
        """Note that a mark is made of words."""
        self.reading.notes.add(_TOKENS, self.record)

    def note_percent(self) -> None:
        """Note that a box was given in percent."""
        self.reading.notes.add(_PERCENT, self.record, severity="warning")

    def note_no_segments(self) -> None:
        """Note a track of which nobody knows what is between its boxes."""
        self.reading.notes.add(_KEY_FRAMES, self.record)

    def note_too_long(self, most: int) -> None:
        """Note a track that is not filled in."""
        self.reading.notes.add(_TOO_LONG.format(most), self.record, severity="warning")

    def note_drawn_backwards(self, width: float, height: float) -> None:
        """Note a box of negative width or height."""
        self.reading.builder.problem(
            "warning",
            "a width and height from 0; read as drawn from the opposite corner",
            record=self.record,
            field="bounding_box",
            found=f"{width} x {height}",
        )
