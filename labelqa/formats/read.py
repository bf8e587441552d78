"""Reading: from paths and frames to one project."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from labelqa.errors import FormatError, InputError, UsageError
from labelqa.formats.crossed import with_crossed
from labelqa.formats.detect import detect, format_named
from labelqa.formats.files import File, find, shown
from labelqa.formats.format import Format
from labelqa.formats.pictures import by_name, is_picture
from labelqa.formats.sample import sample
from labelqa.project import Builder, Project, parquet

Progress = Callable[[int, int, str], None]
"""Called with the bytes done, the bytes in all, and the name of the file being read."""

CACHED = "the cache"
"""Stands for the name of a file where a cache was read instead."""


def read(
    source: Any,
    format: str | None = None,
    benchmark: str | Iterable[str] | None = None,
    progress: Progress | None = None,
    cache: str | Path | None = None,
) -> Project:
    """Read exports into one project.

    Parameters
    ----------
    source : path, pandas or polars DataFrame, or several of them
        Files, folders (searched through), `.gz` and `.zip`, and folders written by `Project.write`. The format of
        each file is told from its content. Frames are read as the plain table is. PNG files are no exports, but
        masks that an export names: `[export, folder]`.
    format : str, optional
        Read every file as this format, and do not guess.
    benchmark : str or iterable of str, optional
        Labelers whose labels are ground truth.
    progress : callable, optional
        Called as reading goes on with bytes done, bytes in all, and the file's name.
    cache : path, optional
        A folder in which large exports that were read are kept as Parquet: the same files are then read from there. A
        file that has changed is read anew. None: nothing is kept.

    Returns
    -------
    Project
        What could be read; `Project.problems` lists what could not.

    Raises
    ------
    InputError
        If nothing can be read from a file that was named; `FormatError` if no format fits it.
    UsageError
        If there is no such format or labeler.

    Examples
    --------
    >>> import polars as pl
    >>> frame = pl.DataFrame({"asset_id": ["a", "a"], "labeler": ["ann", "bob"], "class": ["q", "q"],
    ...                       "kind": ["choice", "choice"], "answer": ["yes", "no"]})
    >>> read(frame)
    <Project: 1 assets, 2 labels, 2 annotations, 2 labelers>
    """
    wanted = None if format is None else format_named(format)
    frames, paths = sorted_out(source)
    if cache and not frames:
        project = _cached(paths, wanted, progress, cache)
    else:
        project = _read(paths, frames, wanted, progress, Builder()).project
    return project if benchmark is None else project.with_benchmark(benchmark)


@dataclass(frozen=True)
class Export:
    """What was found under some paths, and the project that it makes.

    Parameters
    ----------
    project : Project
    files : mapping of Format to list of File
        What was read, by format.
    damaged : list of File
        Files that could not be opened; they are among the problems.
    others : list of File
        Files in folders and archives that are no exports, pictures among them.
    projects : list of Path
        Folders that labelqa has written a project to.
    origins : polars.DataFrame
        Which records of `files` are about which assets; see `Builder.origins`.
    """

    project: Project
    files: Mapping[Format, list[File]]
    damaged: list[File]
    others: list[File]
    projects: list[Path]
    origins: pl.DataFrame


def read_export(
    source: Any,
    format: str | None = None,
    benchmark: str | Iterable[str] | None = None,
    progress: Progress | None = None,
) -> Export:
    """Read exports as `read` does, and tell which records are about which assets."""
    wanted = None if format is None else format_named(format)
    frames, paths = sorted_out(source)
    export = _read(paths, frames, wanted, progress, Builder(with_origins=True))
    return export if benchmark is None else replace(export, project=export.project.with_benchmark(benchmark))


def _cached(paths: list[Path], wanted: Format | None, progress: Progress | None, folder: str | Path) -> Project:
    """Look into a cache first, and keep there what had to be read."""
    from labelqa.formats.cache import Cache

    project, is_kept = Cache(folder).through(
        paths,
        None if wanted is None else wanted.name,
        parquet.read,
        lambda: _read(paths, [], wanted, progress, Builder()).project,
        Project.write,
    )
    if is_kept and progress is not None:
        progress(1, 1, CACHED)
    return project


def _read(
    paths: list[Path], frames: list[Any], wanted: Format | None, progress: Progress | None, builder: Builder
) -> Export:
    """Read paths and frames."""
    given = collect(paths, frames, wanted, progress, builder)
    with _faults():
        projects = [parquet.read(folder) for folder in given.projects]
    if frames or given.groups:
        projects.append(with_crossed(builder.project()))
    return Export(
        projects[0] if len(projects) == 1 else Project.concat(projects),
        given.groups,
        given.damaged,
        given.others,
        given.projects,
        builder.origins() if builder.wants_mentions else pl.DataFrame(),
    )


@dataclass(frozen=True)
class Given:
    """What was found under some paths; as in `Export`."""

    groups: Mapping[Format, list[File]]
    damaged: list[File]
    others: list[File]
    projects: list[Path]


def collect(
    paths: list[Path], frames: list[Any], wanted: Format | None, progress: Progress | None, builder: Builder
) -> Given:
    """Let readers fill a builder; projects that labelqa has written are left to the caller."""
    with _faults():
        found = find(paths)
        if not frames and not found.files and not found.projects:
            raise InputError("an export", file=shown(paths[0]), found="no file at all")
        exports, pictures = _with_pictures(found.files)
        if found.files and not exports and not frames and not found.projects:
            raise InputError("an export", file=shown(paths[0]), found="nothing but PNG files")
        groups, left_out = _by_format(exports, wanted, {shown(path) for path in paths}, builder)
        with _collection_paused():
            for reader, files in (_watched(groups, progress) if progress else groups).items():
                reader.read(files, builder)
            if frames:
                _read_frames(frames, builder)
    return Given(
        groups,
        [file for file, is_damaged in left_out if is_damaged],
        [*(file for file, is_damaged in left_out if not is_damaged), *pictures],
        found.projects,
    )


@contextmanager
def _faults() -> Iterator[None]:
    """Tell of files that cannot be read."""
    try:
        yield
    except OSError as error:
        raise InputError("a file that can be read", file=error.filename, found=error.strerror or str(error)) from None


@contextmanager
def _collection_paused() -> Iterator[None]:
    """Pause the search for reference cycles: decoding makes many objects and no cycles, and a quarter of the time goes."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _with_pictures(files: list[File]) -> tuple[list[File], list[File]]:
    """Set PNG files apart, which are no exports, and hand them to the others, which may name them as masks."""
    pictures = [file for file in files if is_picture(file.name)]
    beside = by_name(pictures)
    return [replace(file, beside=beside) for file in files if not is_picture(file.name)], pictures


def sorted_out(source: Any) -> tuple[list[Any], list[Path]]:
    """Tell frames from paths."""
    given = list(source) if isinstance(source, (list, tuple, set, frozenset)) else [source]
    frames = [one for one in given if _is_frame(one)]
    others = [one for one in given if not _is_frame(one)]
    for one in others:
        if not isinstance(one, (str, Path)):
            raise UsageError(f"Give a path, a DataFrame or a list of them to read, not {type(one).__name__}")
    if not given:
        raise UsageError("Give at least one path or DataFrame to read")
    return frames, [Path(one) for one in others]


def _is_frame(one: object) -> bool:
    """Tell a pandas or polars frame without importing either."""
    return type(one).__module__.partition(".")[0] in ("pandas", "polars") and hasattr(one, "columns")


def _read_frames(frames: list[Any], builder: Builder) -> None:
    from labelqa.formats.readers.table import read_frame

    for number, frame in enumerate(frames, start=1):
        read_frame(frame, builder, "table" if len(frames) == 1 else f"table {number}")


def _by_format(
    files: list[File], wanted: Format | None, named: set[str], builder: Builder
) -> tuple[dict[Format, list[File]], list[tuple[File, bool]]]:
    """Group the files by their format; give those that are left out, too, and whether that is a loss.

    A file that was named must fit. One that was found in a folder or archive and does not fit is listed as a
    problem, as long as another one fits.
    """
    groups: dict[Format, list[File]] = {}
    left_out: list[tuple[File, InputError]] = []
    for file in files:
        try:
            if wanted is None:
                reader = detect(file)
            elif file.name in named or (reason := wanted.refuse(sample(file))) is None:
                reader = wanted
            else:
                raise FormatError(file.name, {wanted.name: reason})
        except InputError as refused:
            if file.name in named or len(files) == 1:
                raise
            left_out.append((file, refused))
        else:
            groups.setdefault(reader, []).append(file)
    if left_out and not groups:
        raise InputError(
            "an export",
            file=left_out[0][0].name.partition(": ")[0],
            found=f"{len(left_out)} files, none of which is one",
            remedy=f"The first of them: {left_out[0][1]}",
        )
    losses: list[tuple[File, bool]] = []
    for file, error in left_out:
        is_known = any(reader.belongs(file) for reader in groups)
        if not is_known:
            _note(file, error, builder)
        losses.append((file, not is_known and not isinstance(error, FormatError)))
    return dict(sorted(groups.items(), key=lambda group: group[0].name)), losses


def _note(file: File, error: InputError, builder: Builder) -> None:
    """List a file that is left out; one that fits no format may well be none, any other one is a loss."""
    if isinstance(error, FormatError):
        reasons = "; ".join(f"{name}: {reason}" for name, reason in error.refusals.items())
        builder.problems.add("warning", file.name, f"an export; the file is left out ({reasons})")
    else:
        builder.problems.add("error", file.name, f"{error.expected}; the file is left out", found=error.found)


def _watched(groups: dict[Format, list[File]], progress: Progress) -> dict[Format, list[File]]:
    """Let the files report how far they are read."""
    total = sum(file.size for files in groups.values() for file in files)
    done = 0
    watched: dict[Format, list[File]] = {}
    for reader, files in groups.items():
        watched[reader] = []
        for file in files:
            watched[reader].append(replace(file, watch=partial(_report, progress, done, total, file.name)))
            done += file.size
    return watched


def _report(progress: Progress, before: int, total: int, name: str, done: int) -> None:
    progress(before + done, total, name)
