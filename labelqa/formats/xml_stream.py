"""Reading XML as a stream: one element after another in bounded memory, and nothing that XML can be misused for.

A document type declaration is refused, whatever it declares: entities can only be defined there, and no export has
one. It can stand only before the root element, so defusedxml reads the document up to there, and the fast parser of the
standard library, which builds elements, reads on. Depth, size and number of elements are limited.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from labelqa.errors import InputError
from labelqa.formats.files import File

__all__ = [
    "MAX_DEPTH",
    "MAX_ELEMENTS",
    "MAX_RECORD_BYTES",
    "DeclaredTypeError",
    "Element",
    "elements",
    "root_and_children",
]

CHUNK_BYTES = 1 << 16

MAX_DEPTH = 200
"""Elements inside elements; exports need fewer than ten."""

MAX_RECORD_BYTES = 64 << 20
"""Longest element that is given out; a track of 100,000 frames has about 20 MiB."""

MAX_ELEMENTS = 1_000_000
"""Most elements inside one that is given out."""

_CHILDREN = 50
"""How many children of the root are looked at to recognise a file."""

_EXPORT_AGAIN = "Export or copy the file again."


class DeclaredTypeError(ValueError):
    """The document has a document type declaration."""


class _LimitError(ValueError):
    """The document is beyond a limit; says which."""


class _RootSeen(Exception):  # noqa: N818 - no error: the end of the part that defusedxml reads
    """The root element has begun."""


def elements(file: File, wanted: frozenset[str], *, chunk_bytes: int = CHUNK_BYTES) -> Iterator[tuple[int, Element]]:
    """Give the elements of some names, each with its number in the file, from 1.

    An element inside another one that is given out is a part of it and does not come by itself. An element is emptied
    as soon as the next one is asked for; everything else is passed over and not kept.

    Parameters
    ----------
    file : File
        XML in UTF-8 or the encoding that it declares.
    wanted : frozenset of str
        Names of elements.
    chunk_bytes : int
        How much of the file is parsed at once.

    Raises
    ------
    InputError
        If the file is no XML, ends too early (elements that were complete have been given out before), declares a
        document type, or is beyond the limits of this module.
    """
    reading = _Reading(wanted)
    try:
        with file.open() as stream:
            # An unfinished token is scanned from its beginning each time: chunks grow while nothing is complete.
            while chunk := stream.read(max(chunk_bytes, reading.bytes_unfinished)):
                yield from reading.feed(chunk)
            yield from reading.close()
    except ParseError as error:
        is_cut = "no element found" in str(error) or "unclosed" in str(error)
        found = f"one that ends too early ({error})" if is_cut else str(error)
        expected = "a whole XML file" if is_cut else "well-formed XML"
        raise _refused(file, expected, found, _EXPORT_AGAIN, reading) from None
    except DeclaredTypeError:
        remedy = "Remove the part <!DOCTYPE ...> if you trust the file."
        raise _refused(file, "XML without a document type", "a <!DOCTYPE ...>", remedy, reading) from None
    except _LimitError as limit:
        raise _refused(file, str(limit), "more", "If this is no XML bomb, split the file.", reading) from None
    except (ValueError, LookupError) as error:  # an encoding that is not known, or not the one of the bytes
        raise _refused(file, "XML in UTF-8", str(error), _EXPORT_AGAIN, reading) from None


def root_and_children(head: bytes) -> tuple[str | None, frozenset[str]]:
    """Give the name of the root and the names of its first children, of a document that may be cut off or damaged.

    Raises
    ------
    DeclaredTypeError
        If the document has a document type declaration.

    Examples
    --------
    >>> root, children = root_and_children(b"<annotation><folder>a</folder><size><width>1</width></si")
    >>> root, sorted(children)
    ('annotation', ['folder', 'size'])
    """
    reading = _Reading(frozenset())
    try:
        for start in range(0, len(head), CHUNK_BYTES):
            for _ in reading.feed(head[start : start + CHUNK_BYTES]):
                pass
            if len(reading.children) >= _CHILDREN:
                break
    except DeclaredTypeError:
        raise
    except (ParseError, ValueError, LookupError):
        pass  # what came before shows what the file was meant to be
    return reading.root, frozenset(reading.children)


class _Prolog:
    """Reads a document up to the beginning of its root element, guarded by defusedxml."""

    def __init__(self) -> None:
        self._parser: Any = DefusedXMLParser(target=self, forbid_dtd=True)

    def start(self, tag: str, attributes: dict[str, str]) -> None:  # noqa: ARG002 - the parser calls it so
        raise _RootSeen

    def is_over(self, chunk: bytes) -> bool:
        """Read on; tell whether the root element has begun."""
        try:
            self._parser.feed(chunk)
        except _RootSeen:
            return True
        except DefusedXmlException:
            raise DeclaredTypeError from None
        return False


class _Reading:
    """A document as far as it is read."""

    def __init__(self, wanted: frozenset[str]) -> None:
        self._wanted = wanted
        self._prolog: _Prolog | None = _Prolog()
        self._parser: XMLPullParser[Any] = XMLPullParser(events=("start", "end"))
        self._open: list[Element] = []  # from the root to the wanted element, if one is open
        self._depth = 0
        self._n_held = self._bytes_held = 0
        self.bytes_unfinished = 0  # since anything began or ended
        self.n_given = 0
        self.root: str | None = None
        self.children: dict[str, None] = {}

    def feed(self, chunk: bytes) -> Iterator[tuple[int, Element]]:
        """Parse on and give the elements that are complete."""
        if self._prolog is not None and self._prolog.is_over(chunk):
            self._prolog = None
        self._parser.feed(chunk)
        self._bytes_held += len(chunk)
        self.bytes_unfinished += len(chunk)
        yield from self._events()
        # All that is complete was looked at; of every open element the last child may still be open itself.
        for element in self._open[: self._depth]:
            if not self._is_wanted(element):
                del element[:-1]
        if self._bytes_held > MAX_RECORD_BYTES:
            raise _LimitError(f"elements of at most {MAX_RECORD_BYTES >> 20} MiB")

    def close(self) -> Iterator[tuple[int, Element]]:
        """Check that the document is whole, and give what is left of it."""
        self._parser.close()
        yield from self._events()

    def _is_wanted(self, element: Element) -> bool:
        return element.tag in self._wanted

    def _events(self) -> Iterator[tuple[int, Element]]:
        events: Iterator[tuple[str, Element]] = cast("Any", self._parser.read_events())
        for event, element in events:
            self.bytes_unfinished = 0
            is_inside = len(self._open) < self._depth
            if event == "start":
                self._begin(element, is_inside)
                continue
            self._depth -= 1
            if len(self._open) <= self._depth:
                continue  # a part of a wanted element
            self._open.pop()
            if self._is_wanted(element):
                self.n_given += 1
                yield self.n_given, element
            element.clear()
            self._n_held = self._bytes_held = 0

    def _begin(self, element: Element, is_inside: bool) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _LimitError(f"elements at most {MAX_DEPTH} deep")
        if self._depth == 1:
            self.root = element.tag
        elif self._depth == 2 and len(self.children) < _CHILDREN:
            self.children.setdefault(element.tag)
        self._n_held += 1
        if self._n_held > MAX_ELEMENTS:
            raise _LimitError(f"at most {MAX_ELEMENTS} elements in one")
        is_part = is_inside or (bool(self._open) and self._is_wanted(self._open[-1]))
        if not is_part:
            self._open.append(element)


def _refused(file: File, expected: str, found: str, remedy: str, reading: _Reading) -> InputError:
    """Say why reading ended, and after which element."""
    return InputError(expected, file=file.name, record=reading.n_given or None, found=found, remedy=remedy)
