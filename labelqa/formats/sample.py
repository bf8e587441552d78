"""What the head of a file shows: its shape and its first record. Computed once, judged by every format."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, Literal

import msgspec

from labelqa.formats.files import File

HEAD_BYTES = 1 << 20
"""How much of a file is looked at to recognise it."""

Shape = Literal["object", "array", "lines", "csv", "parquet", "xml", "archive", "utf-16", "empty", "unknown"]

TRUNCATED = "Input data was truncated"
"""What msgspec says of JSON that ends too early."""

_TRIED = 20
_BOM = b"\xef\xbb\xbf"
_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_ARCHIVES = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
_MARKUP = ("{", "[", "<")
_DELIMITERS = ",;\t|"
_FAULTS: dict[str, str] = {
    "archive": "an archive of a kind that is not opened, or inside another archive; unpack it first",
    "utf-16": "text in UTF-16 or UTF-32; save it as UTF-8",
    "empty": "an empty file",
}
_DECLARED_TYPE = (
    "XML with a document type, which can hide entities; remove the part <!DOCTYPE ...> if you trust the file"
)


@dataclass(frozen=True)
class Sample:
    r"""The head of a file, as formats see it to accept or refuse the file.

    Parameters
    ----------
    head : bytes
        The first bytes.
    is_whole : bool
        Whether these are all.

    Examples
    --------
    >>> sample = Sample(b'{"info": {}, "annotations": [{"image_id": 1, "bbox": [1, 2,', is_whole=False)
    >>> sample.shape, sample.record
    ('object', {'info': {}, 'annotations': [{'image_id': 1, 'bbox': [1, 2]}]})
    >>> Sample(b"image,labeler,class\n1,ann,cat\n", is_whole=True).header
    ('image', 'labeler', 'class')
    >>> Sample(b"<annotations><version>1.1</version><meta><task>", is_whole=False).root
    'annotations'
    """

    head: bytes
    is_whole: bool

    @cached_property
    def shape(self) -> Shape:
        """What kind of file it is; JSON is an object, an array or lines of objects."""
        head = self.text
        start = head.lstrip()[:4]
        if not start:
            return "empty"
        if self._is_wide:
            return "utf-16"
        if self.head.startswith(b"PAR1"):
            return "parquet"
        if self.head.startswith(_ARCHIVES) or self.head[257:262] == b"ustar":
            return "archive"
        if start.startswith(b"["):
            return "array"
        if start.startswith(b"{"):
            return "lines" if _is_lines(head.lstrip()) else "object"
        if start.startswith(b"<"):
            return "xml"
        return "csv" if self.header else "unknown"

    @cached_property
    def record(self) -> Any:
        """The first record of JSON: first element, first line or the object itself, as far as the head shows it.

        None if there is none or it is damaged beyond recognition.
        """
        if self.shape == "array":
            # A damaged element must not hide what the file is.
            for element in islice(_elements(self.text), _TRIED):
                if (found := _loads(element)) is not None:
                    return found
            elements = _parsed(self.text)
            return elements[0] if isinstance(elements, list) and elements else None
        if self.shape == "object":
            return _parsed(self.text)
        if self.shape == "lines":
            # A damaged first line must not hide what the file is.
            for line in self.text.split(b"\n")[:_TRIED]:
                if isinstance(found := _parsed(line), dict) and found:
                    return found
        return None

    @property
    def keys(self) -> frozenset[str]:
        """Keys of the first record that the head shows; of an object, its members; of XML, children of the root."""
        if self.shape == "xml":
            return self._xml[1] if self._xml else frozenset()
        return frozenset(self.record) if isinstance(self.record, dict) else frozenset()

    @property
    def root(self) -> str | None:
        """The name of the root element of XML, as far as the head shows it; None if it is no XML."""
        return self._xml[0] if self._xml else None

    @cached_property
    def delimiter(self) -> str:
        """The delimiter of a CSV file: the commonest of comma, semicolon, tab and bar in its first line."""
        line = self._first_line
        return max(_DELIMITERS, key=line.count)

    @cached_property
    def header(self) -> tuple[str, ...] | None:
        """The column names of a CSV file; None if the first line is none of at least two columns."""
        line = self._first_line
        if line.startswith(_MARKUP):
            return None
        try:
            row = next(csv.reader([line], delimiter=self.delimiter), [])
        except csv.Error:
            return None
        return tuple(name.strip() for name in row) if len(row) > 1 else None

    @property
    def text(self) -> bytes:
        """The head without a byte order mark."""
        return self.head.removeprefix(_BOM)

    @property
    def fault(self) -> str | None:
        """Why no format can read the file, if that shows already."""
        if self.shape == "xml" and self._xml is None:
            return _DECLARED_TYPE
        return _FAULTS.get(self.shape)

    @cached_property
    def _xml(self) -> tuple[str | None, frozenset[str]] | None:
        """Root and children of XML; None if it declares a document type."""
        if self.shape != "xml":
            return None, frozenset()
        from labelqa.formats.xml_stream import DeclaredTypeError, root_and_children

        try:
            return root_and_children(self.text.lstrip())
        except DeclaredTypeError:
            return None

    @property
    def _is_wide(self) -> bool:
        first = self.head[:4]
        return first.startswith(_WIDE_BOMS) or (b"\0" in first and first.replace(b"\0", b"")[:1] in (b"{", b"[", b"<"))

    @cached_property
    def _first_line(self) -> str:
        line, newline, _ = self.text.lstrip().partition(b"\n")
        if (not newline and not self.is_whole) or b"\0" in line:
            return ""
        try:
            return line.decode("utf-8").strip()
        except UnicodeDecodeError:
            return ""


def sample(file: File) -> Sample:
    """Look at the head of a file."""
    head = file.head(HEAD_BYTES)
    return Sample(head, is_whole=len(head) < HEAD_BYTES)


def _is_lines(text: bytes) -> bool:
    """Tell JSON lines from one object: the first line is a whole object and something follows it.

    A damaged first line counts if it ends and the next one begins as lines of objects do.
    """
    first, _, rest = text.partition(b"\n")
    if not first.rstrip().endswith(b"}") or not rest.strip():
        return False
    return rest.startswith(b"{") or isinstance(_loads(first), dict)


_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\Z)|[\[\]{},]', re.DOTALL)


def _parsed(text: bytes) -> Any:
    """Parse JSON that may be cut off: what is complete is kept and the open brackets are closed.

    Examples
    --------
    >>> _parsed(b'[{"a": 1, "b": [2, {"c": 3, "d": "unfin')
    [{'a': 1, 'b': [2, {'c': 3}]}]
    """
    whole = _loads(text)
    if whole is not None:
        return whole
    end, closing = 0, bytearray()
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token[:1] == b'"':
            continue
        if token in b"[{":
            closing += b"]" if token == b"[" else b"}"
        elif token != b"," and closing:
            closing.pop()
        end = match.start() if token == b"," else match.end()
        if not closing:
            break
    return _loads(text[:end] + closing[::-1])


def _elements(text: bytes) -> Iterator[bytes]:
    """Cut the complete elements out of a list that may be cut off.

    Examples
    --------
    >>> list(_elements(b'[{"a": [1, 2]}, {"b": "]"}, {"c": 3'))
    [b'{"a": [1, 2]}', b'{"b": "]"}']
    """
    start = depth = 0
    for match in _TOKEN.finditer(text):
        token = match[0]
        depth += (token in b"[{") - (token in b"]}")
        if depth == 1 and token == b"[":
            start = match.end()
        elif (depth == 1 and token == b",") or depth <= 0:
            if element := text[start : match.start()].strip():
                yield element
            start = match.end()
        if depth <= 0:
            return


def _loads(text: bytes | bytearray) -> Any:
    """Parse JSON leniently - the record is only looked at, so NaN and the like do not matter; None if it fails."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        if str(error) == TRUNCATED:
            return None
    except (ValueError, RecursionError):
        pass
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
