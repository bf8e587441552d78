"""The members of a `.tar` or `.tar.gz`, listed in one pass and checked before any of them is read.

Nothing is written to disk. A plain `.tar` is read where it lies. A packed one cannot be read from the middle, so that
its members are held in memory, each of them packed again; what does not fit is an `InputError`.
"""

from __future__ import annotations

import io
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from labelqa.errors import InputError

HEADER_BYTES = tarfile.BLOCKSIZE
"""How much of a file tells whether it is a tar archive."""

MAX_HELD_BYTES = 512 << 20
"""Most bytes of memory that the members of one packed archive may take."""

_MAX_NAME_BYTES = 1 << 20
_CHUNK = 1 << 20
_NAMES = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
"""Members that hold names and other facts about the next member; tarfile reads them whole."""


@dataclass(frozen=True)
class Member:
    """One file of an archive: its name, its size unpacked, and how to open it."""

    name: str
    size: int
    open: Callable[[], Any]


def is_tar(head: bytes) -> bool:
    """Tell a tar archive by its first block, which carries a checksum of itself.

    Examples
    --------
    >>> is_tar(b'{"image": ' + bytes(600)), is_tar(tarfile.TarInfo("a.json").tobuf())
    (False, True)
    """
    try:
        tarfile.TarInfo.frombuf(head[:HEADER_BYTES], "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        return False
    return True


def members(archive: str, stream: BinaryIO, open_plain: Callable[[], Any] | None, max_files: int) -> Iterator[Member]:
    """List the files of an archive, hidden ones left out.

    Parameters
    ----------
    archive : str
        Name of the archive, for errors.
    stream : binary stream
        The archive, unpacked; damage in it may raise as it likes.
    open_plain : callable or None
        Opens the archive again where it lies unpacked; None if it is packed.
    max_files : int
        Most files that it may hold.

    Yields
    ------
    Member
        Name and size, and how to open it; an unpacked stream.

    Raises
    ------
    InputError
        If a member is a link or a device, has a name outside of the archive's own folder, or there are too many.
    ValueError, tarfile.TarError
        If the archive is damaged or ends too early.
    """
    n_files = held = 0
    with tarfile.open(fileobj=stream, mode="r|", tarinfo=_Header, encoding="utf-8") as tar:
        for entry in tar:
            name = entry.name.encode(errors="surrogateescape").decode(errors="replace")
            _check(archive, name, entry)
            n_files += 1
            if n_files > max_files:
                raise InputError(f"at most {max_files} files", file=archive, found="more", remedy="Unpack it first.")
            path = PurePosixPath(name)
            if entry.isdir() or any(part.startswith(".") or part == "__MACOSX" for part in path.parts):
                continue
            if open_plain is not None:
                yield Member(str(path), entry.size, _part_opener(open_plain, entry.offset_data, entry.size))
                continue
            packed = _packed(tar, entry)
            held += len(packed)
            if held > MAX_HELD_BYTES:
                raise InputError(
                    f"a packed archive that takes at most {MAX_HELD_BYTES >> 20} MiB of memory",
                    file=archive,
                    remedy="Unpack it first, or make it a .zip.",
                )
            yield Member(str(path), entry.size, _held_opener(packed))


class _Header(tarfile.TarInfo):
    """A header of a member. tarfile takes a damaged one for the end of the archive; here it is an error."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _Header:
        try:
            header = super().frombuf(buf, encoding, errors)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
            raise
        except tarfile.HeaderError as error:
            raise ValueError(f"a tar archive that ends or breaks in the middle: {error}") from None
        if header.type in _NAMES and header.size > _MAX_NAME_BYTES:
            raise ValueError(f"a member name of {header.size} bytes")
        if header.size < 0:
            raise ValueError("a member of negative size")
        return header


def _check(archive: str, name: str, entry: tarfile.TarInfo) -> None:
    """Refuse what reaches out of the archive or is no plain file; nothing of it would be followed anyway."""
    slashed = name.replace("\\", "/")
    if ".." in slashed.split("/") or slashed.startswith("/") or re.match(r"[A-Za-z]:", name):
        raise InputError("names inside the archive's own folder", file=archive, found=name)
    if not (entry.isdir() or entry.type in (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE)):
        what = "a link" if entry.issym() or entry.islnk() else "a device, a pipe or a sparse file"
        raise InputError("plain files and folders only", file=archive, found=f"{name}: {what}")


def _packed(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    """Pack the content of a member."""
    content = tar.extractfile(entry)
    packer, packed, n_read = zlib.compressobj(1), bytearray(), 0
    while content is not None and (chunk := content.read(_CHUNK)):
        n_read += len(chunk)
        packed += packer.compress(chunk)
        if len(packed) > MAX_HELD_BYTES:
            break  # the caller refuses it
    return bytes(packed + packer.flush())


def _held_opener(packed: bytes) -> Callable[[], Any]:
    return lambda: _Held(packed)


def _part_opener(open_archive: Callable[[], Any], start: int, size: int) -> Callable[[], Any]:
    return lambda: _Part(open_archive(), start, size)


class _Held(io.RawIOBase):
    """A packed member as a stream."""

    def __init__(self, packed: bytes) -> None:
        self._unpacker, self._rest = zlib.decompressobj(), packed

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        chunk = self._unpacker.decompress(self._rest, len(buffer))
        self._rest = self._unpacker.unconsumed_tail
        buffer[: len(chunk)] = chunk
        return len(chunk)


class _Part(io.RawIOBase):
    """A stretch of a file as a stream."""

    def __init__(self, whole: Any, start: int, size: int) -> None:
        self._whole, self._left = whole, size
        whole.seek(start)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._left:
            return 0
        chunk = self._whole.read(min(len(buffer), self._left))
        if not chunk:
            raise EOFError("the archive ends in the middle of a file")
        self._left -= len(chunk)
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        self._whole.close()
        super().close()
