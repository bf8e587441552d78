"""Files, folders and archives as one flat list of byte streams.

Archives are opened by content, not by suffix, and nothing is written to disk: a `.zip`, `.tar` or `.tar.gz` becomes its
members, a `.gz` its content. An archive inside an archive is not opened. Every stream is guarded: a damaged or hostile
archive ends in an `InputError`, never in a full memory.
"""

from __future__ import annotations

import difflib
import gzip
import io
import lzma
import os
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

from labelqa.errors import InputError
from labelqa.formats import tarball
from labelqa.project import parquet

MAX_FILES = 100_000
"""Most files in one folder or archive."""

MAX_BYTES = 256 << 30
"""Most bytes that one compressed file or archive may unpack to."""

MAX_RATIO = 300
"""Most bytes unpacked for each packed byte; JSON exports reach 60, a bomb about 1,000."""

RATIO_FREE_BYTES = 64 << 20
"""The ratio is looked at only beyond so many bytes: little data may compress to almost nothing."""

_BUFFER = 1 << 20
_SUFFIXES = re.compile(r"(\.(gz|tgz|tar|zip|json|ndjson|jsonl|csv|tsv|parquet|xml|txt))+$", re.IGNORECASE)
_DAMAGE = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,  # includes NotImplementedError: a compression method that zipfile does not know
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
    tarfile.TarError,
    lzma.LZMAError,
)
"""Everything that opening or unpacking a damaged file was seen to raise."""


@dataclass(frozen=True)
class File:
    """One readable file: a file on disk, the content of a `.gz`, or a member of an archive.

    Parameters
    ----------
    name : str
        The name shown to people: the path as given, or "a.zip: inner.json".
    size : int
        Bytes on disk (of a member: unpacked), the whole that progress is measured by.
    path : Path or None
        Where it lies on disk as it is; None if it is packed.
    watch : callable, optional
        Called while the file is read with the bytes done so far, out of `size`.
    beside : mapping of str to File, optional
        The PNG files among the given paths, by name with and without suffix; see `pictures.by_name`.
    given : str
        The path it was found under, as it was given.
    """

    name: str
    size: int
    path: Path | None
    _open: Callable[[], _Source] = field(repr=False)
    watch: Callable[[int], None] | None = field(default=None, repr=False, compare=False)
    beside: Mapping[str, File] = field(default_factory=dict, repr=False, compare=False)
    given: str = field(default="", repr=False, compare=False)

    @property
    def stem(self) -> str:
        """The bare name without folders and format suffixes.

        Examples
        --------
        >>> File("exports/ann.json.gz", 0, None, lambda: None).stem
        'ann'
        """
        base = re.split(r"[\\/]|: ", self.name)[-1]
        return _SUFFIXES.sub("", base) or base

    def open(self) -> BinaryIO:
        """Open the unpacked content; reading it raises `InputError` where the file is damaged or not readable."""
        try:
            source = self._open()
        except _DAMAGE as error:
            raise _unreadable(self.name, error) from None
        return cast(BinaryIO, io.BufferedReader(_Guard(self, source), _BUFFER))

    def head(self, size: int) -> bytes:
        """Give the first bytes, unpacked."""
        with self.open() as stream:
            return stream.read(size)


@dataclass(frozen=True)
class Found:
    """What lies under the given paths: exports, and folders that hold a written project."""

    files: list[File]
    projects: list[Path]


def find(paths: Iterable[str | Path]) -> Found:
    """List the files under paths: files, folders (recursively, hidden ones skipped), `.gz` and members of archives.

    A file reached twice is listed once. The list is sorted by name.

    Raises
    ------
    InputError
        If a path does not exist or cannot be opened, or an archive is damaged or beyond the limits of this module.
    """
    files: dict[Path, list[File]] = {}
    projects: dict[Path, Path] = {}
    for given, path in on_disk(paths):
        try:
            if path.is_dir():
                projects.setdefault(path.resolve(), path)
            else:
                files.setdefault(path.resolve(), _given(given, _opened(path)))
        except (OSError, ValueError, RuntimeError) as error:
            raise _unreadable(shown(given), error) from None
    listed = sorted((file for group in files.values() for file in group), key=lambda file: file.name)
    return Found(listed, sorted(projects.values()))


def on_disk(paths: Iterable[str | Path]) -> Iterator[tuple[Path, Path]]:
    """List the files under paths as they lie on disk, and folders that hold a written project, in order.

    Each comes with the path under which it was found; nothing is opened.

    Raises
    ------
    InputError
        If a path does not exist, cannot be listed, or holds too many files.
    """
    for given in map(Path, paths):
        try:
            if given.is_dir():
                yield from ((given, inner) for inner in _walk(given) if inner.is_dir() or inner.is_file())
            elif given.is_file():
                yield given, given
            else:
                raise _missing(given)
        except (OSError, ValueError, RuntimeError) as error:
            # ValueError: a NUL in the path; RuntimeError: a symbolic link to itself
            raise _unreadable(shown(given), error) from None


def _given(path: Path, files: list[File]) -> list[File]:
    return [replace(file, given=shown(path)) for file in files]


def shown(path: Path) -> str:
    r"""Give a path as text; bytes in it that are no text are replaced.

    Examples
    --------
    >>> shown(Path("exports/caf\udce9.json"))
    'exports/caf�.json'
    """
    return str(path).encode(errors="surrogateescape").decode(errors="replace")


@dataclass
class _Source:
    """An open stream, what it is unpacked from, and how far that is."""

    stream: Any
    packed: Callable[[], int] | None = None
    close: Callable[[], None] = lambda: None


class _Guard(io.RawIOBase):
    """A stream that counts what it gives out and turns every failure into an `InputError`."""

    def __init__(self, file: File, source: _Source) -> None:
        self._file, self._source, self._done = file, source, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            n = int(self._source.stream.readinto(buffer))
            packed = self._done + n if self._source.packed is None else self._source.packed()
        except _DAMAGE as error:
            raise _unreadable(self._file.name, error) from None
        self._done += n
        if self._source.packed is not None:
            self._check(packed)
        if self._file.watch is not None:
            self._file.watch(min(packed, self._file.size))
        return n

    def _check(self, packed: int) -> None:
        too_dense = self._done > RATIO_FREE_BYTES and self._done > MAX_RATIO * packed
        if too_dense or self._done > MAX_BYTES:
            found = f"{self._done} bytes from {packed} packed ones"
            raise _beyond_limits(self._file.name, found)

    def close(self) -> None:
        if not self.closed:
            self._source.stream.close()
            self._source.close()
        super().close()


def _walk(folder: Path) -> Iterator[Path]:
    """Give the files of a folder, and the folders in it that hold a written project; each real folder once."""
    n_files = 0
    seen: set[Path] = set()
    for root, names, files in os.walk(folder, followlinks=True, onerror=_raise):
        here = Path(root)
        real = here.resolve()
        if real in seen:  # a symbolic link back, or a second way to the same folder
            names.clear()
            continue
        seen.add(real)
        if parquet.is_project(here):
            names.clear()
            yield here
            continue
        names[:] = sorted(name for name in names if not name.startswith("."))
        n_files += len(files)
        if n_files > MAX_FILES:
            raise _beyond_limits(shown(folder), f"more than {MAX_FILES} files")
        for name in sorted(files):
            path = here / name
            if path.is_symlink() and not path.exists():
                raise InputError("a file", file=shown(path), found="a symbolic link that leads nowhere")
            if path.is_file() and not name.startswith("."):
                yield path


def _raise(error: OSError) -> None:
    raise error


def _opened(path: Path) -> list[File]:
    """Look into a file on disk: a list of one, or the members of an archive."""
    name, size = shown(path), path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(tarball.HEADER_BYTES)
    if head[:2] == b"\x1f\x8b":
        content = File(name, size, None, lambda: _gunzipped(path))
        return _tar_members(content) if _is_packed_tar(content) else [content]
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _members(path)
    plain = File(name, size, path, lambda: _Source(path.open("rb", buffering=0)))
    return _tar_members(plain) if tarball.is_tar(head) else [plain]


def _gunzipped(path: Path) -> _Source:
    packed = path.open("rb")
    return _Source(gzip.GzipFile(fileobj=packed, mode="rb"), packed.tell, packed.close)


def _is_packed_tar(file: File) -> bool:
    try:
        return tarball.is_tar(file.head(tarball.HEADER_BYTES))
    except InputError:  # damaged; told when it is read
        return False


def _tar_members(archive: File) -> list[File]:
    """List the files in a `.tar` or `.tar.gz`, which is gone through once to its end."""
    files = []
    open_plain = None if archive.path is None else partial(archive.path.open, "rb")
    try:
        with archive.open() as stream:
            for member in tarball.members(archive.name, stream, open_plain, MAX_FILES):
                name = f"{archive.name}: {member.name}"
                files.append(File(name, member.size, None, _tar_member_opener(member)))
            while stream.read(_BUFFER):  # whatever follows tells whether the archive is whole
                pass
    except _DAMAGE as error:
        raise _unreadable(archive.name, error) from None
    return files


def _tar_member_opener(member: tarball.Member) -> Callable[[], _Source]:
    return lambda: _Source(member.open())


def _members(path: Path) -> list[File]:
    """List the files in a `.zip`; its table of contents is checked whole before anything is unpacked."""
    try:
        archive = zipfile.ZipFile(path)
    except _DAMAGE as error:
        raise _unreadable(shown(path), error) from None
    entries = [entry for entry in archive.infolist() if not entry.filename.endswith("/")]
    if len(entries) > MAX_FILES:
        raise _beyond_limits(shown(path), f"{len(entries)} files")
    if sum(entry.file_size for entry in entries) > MAX_BYTES:
        raise _beyond_limits(shown(path), f"{sum(entry.file_size for entry in entries)} bytes unpacked")
    files = []
    for entry in entries:
        parts = PurePosixPath(entry.filename.replace("\\", "/")).parts
        name = f"{shown(path)}: {entry.filename}"
        if ".." in parts or parts[:1] == ("/",) or re.match(r"[A-Za-z]:", entry.filename):
            raise InputError("names inside the archive's own folder", file=shown(path), found=entry.filename)
        if entry.file_size > RATIO_FREE_BYTES and entry.file_size > MAX_RATIO * entry.compress_size:
            raise _beyond_limits(name, f"{entry.file_size} bytes from {entry.compress_size} packed ones")
        if entry.flag_bits & 1:
            raise InputError("a file without password", file=name, remedy="Unpack it first.")
        if not any(part.startswith(".") or part == "__MACOSX" for part in parts):
            files.append(File(name, entry.file_size, None, _member_opener(archive, entry)))
    return files


def _member_opener(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Callable[[], _Source]:
    # No guard on the density here: zipfile gives out no more bytes than the table of contents says.
    return lambda: _Source(archive.open(entry))


def _missing(path: Path) -> InputError:
    siblings = [inner.name for inner in path.parent.iterdir()] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, siblings, n=1)
    if path.exists():
        return InputError("a file or a folder", file=shown(path), found="something else (a device or a pipe)")
    remedy = f"Did you mean {shown(path.parent / near[0])!r}?" if near else None
    return InputError("an existing file or folder", file=shown(path), remedy=remedy)


def _unreadable(name: str, error: Exception) -> InputError:
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return InputError("a file that can be read to its end", file=name, found=reason)


def _beyond_limits(name: str, found: str) -> InputError:
    return InputError(
        f"at most {MAX_FILES} files, {MAX_BYTES >> 30} GiB, and {MAX_RATIO} bytes for each packed byte",
        file=name,
        found=found,
        remedy="If this is no archive bomb, unpack it first.",
    )
