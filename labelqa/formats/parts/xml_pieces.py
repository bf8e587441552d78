"""Pieces of XML: elements of some names, numbered as `xml_stream.elements` does."""

from __future__ import annotations

from xml.parsers import expat

import numpy as np

from labelqa.errors import InputError
from labelqa.formats.files import File
from labelqa.formats.parts.pieces import CHUNK_BYTES
from labelqa.kinds.kind import Ints


def element_spans(file: File, wanted: frozenset[str], passed_over: frozenset[str]) -> tuple[Ints, Ints]:
    """Find elements that are not inside another one: bytes [start, end) of each, int64 [K], with the space before it.

    Parameters
    ----------
    file : File
        XML that was read already, so that it is known to be well-formed and without a document type.
    wanted : frozenset of str
        Names of elements.
    passed_over : frozenset of str
        Names of elements inside which nothing is looked for.

    Raises
    ------
    InputError
        If the file does not end as it should.
    """
    finder = _Finder(wanted, passed_over)
    try:
        with file.open() as stream:
            for chunk in iter(lambda: stream.read(CHUNK_BYTES), b""):
                finder.parser.Parse(chunk, False)
            finder.parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise InputError(
            "a whole XML file to cut", file=file.name, found=str(error), remedy="Export or copy the file again."
        ) from None
    return np.array(finder.starts, np.int64), np.array(finder.ends, np.int64)


class _Finder:
    """Notes where elements start and end; an element ends where the next event is."""

    def __init__(self, wanted: frozenset[str], passed_over: frozenset[str]) -> None:
        self.starts: list[int] = []
        self.ends: list[int] = []
        self._wanted, self._passed_over = wanted, passed_over
        self._inside: list[str] = []  # the wanted or passed over element that is open, and what is open in it
        self._is_ending = False
        self._blank_from: int | None = None
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.DefaultHandler = self._other

    def _at(self) -> int:
        """Where this event is; the element that ended before it ends here."""
        at = self.parser.CurrentByteIndex
        if self._is_ending:
            self.ends.append(at)
            self._is_ending = False
        return at

    def _start(self, tag: str, _: object) -> None:
        at = self._at()
        if self._inside:
            self._inside.append(tag)
        elif tag in self._wanted or tag in self._passed_over:
            self._inside.append(tag)
            if tag in self._wanted:
                self.starts.append(at if self._blank_from is None else self._blank_from)
        self._blank_from = None

    def _end(self, _: str) -> None:
        self._at()
        self._blank_from = None
        if self._inside:
            tag = self._inside.pop()
            self._is_ending = not self._inside and tag in self._wanted

    def _text(self, text: str) -> None:
        at = self._at()
        if text.isspace():
            self._blank_from = at if self._blank_from is None else self._blank_from
        else:
            self._blank_from = None

    def _other(self, _: str) -> None:
        self._at()
        self._blank_from = None
