"""Splitting an export: what is kept goes to one place, the rest to another, nothing is lost and nothing doubled."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

import polars as pl

from labelqa.errors import InputError, UsageError
from labelqa.formats.files import File
from labelqa.formats.folders import stem
from labelqa.formats.image_sizes import is_image
from labelqa.formats.parts.pieces import BOTH, KEPT, REJECTED, UNREAD, Decided, Piece, Pieces, Whole
from labelqa.formats.read import Export
from labelqa.project import parquet
from labelqa.project.subset import with_assets

_SUFFIX = re.compile(r"\.(zip|tar|tgz|tar\.gz)$", re.IGNORECASE)
_UNREAD = {"file": pl.String(), "record": pl.Int64()}


@dataclass(frozen=True)
class Split:
    """What came of splitting.

    Parameters
    ----------
    unread : polars.DataFrame
        file, record: what could not be read, and is among what is not kept; record is null for a file.
    """

    unread: pl.DataFrame


def check_targets(targets: Sequence[str | Path | None]) -> None:
    """Refuse targets that exist, that are one, or whose folder does not exist.

    Raises
    ------
    UsageError
        With the first one found.
    """
    named = [Path(target) for target in targets if target is not None]
    for place, target in enumerate(named):
        if target.exists() and not (target.is_dir() and not any(target.iterdir())):
            raise UsageError(f"{target} exists; give the name of a new file or folder")
        if not target.absolute().parent.is_dir():
            raise UsageError(f"{target.parent} is no folder; make it first")
        if target.absolute() in [other.absolute() for other in named[:place]]:
            raise UsageError(f"{target}: two parts cannot be written to one place")


def split(
    export: Export,
    kept: pl.DataFrame,
    keep: str | Path | None,
    rejects: str | Path | None,
    check: Callable[[list[str]], None] = lambda _: None,
) -> Split:
    """Write the part of an export that is about some assets, and the rest, in the export's own format.

    Records, rows and elements are the bytes of the export as they stand. A part of one file of many records is a file,
    else a folder in which every file has its name. What is about no asset, such as a header or a list of classes, is in
    both parts; what could not be read goes with what is not kept. The same input gives the same bytes.

    Parameters
    ----------
    export : Export
    kept : polars.DataFrame
        project_id and asset_id of the assets that are kept.
    keep, rejects : str or Path, optional
        Where the parts go: new files or folders.
    check : callable, optional
        Is given the paths of the kept part, and of pictures that were given beside the export, before that part gets its
        name; what it raises is raised, and nothing is written.

    Raises
    ------
    InputError
        If the export cannot be cut so: a record is about assets of both parts, or a file breaks off.
    UsageError
        If a place cannot be written to.
    """
    check_targets([keep, rejects])
    decided = Decided(export.origins, kept, export.project.sources)
    pieces = [piece for reader, files in export.files.items() for piece in reader.pieces(files, decided)]
    pieces += [Whole(file, UNREAD) for file in export.damaged]
    is_file = len(pieces) == 1 and isinstance(pieces[0], Pieces) and _is_alone(export, pieces[0].file)
    if not is_file:
        pieces += _others(export.others, pieces, decided)
    targets = [(part, target) for part, target in ((KEPT, keep), (REJECTED, rejects)) if target is not None]
    try:
        with ExitStack() as stack:
            drafts: dict[int, Path] = {}
            for part, target in targets:
                inner = tempfile.TemporaryDirectory(dir=Path(target).absolute().parent, prefix=".labelqa-")
                drafts[part] = Path(stack.enter_context(inner)) / Path(target).name
            if is_file and not any(_is_folder(target) for _, target in targets):
                _write(pieces[0], drafts)
            else:
                _write_folders(export, pieces, drafts, kept)
            if KEPT in drafts and kept.height:
                beside = {file.given for file in export.others} if is_file else set()
                check([str(drafts[KEPT]), *sorted(beside)])
            for part, target in targets:
                if Path(target).is_dir():
                    Path(target).rmdir()
                shutil.move(drafts[part], target)
    except OSError as error:
        raise UsageError(
            f"{error.filename or keep or rejects}: cannot be written to: {error.strerror or error}"
        ) from error
    lost = [(piece.file.name, record) for piece in pieces for record in piece.unread]
    return Split(pl.DataFrame(lost, schema=_UNREAD, orient="row"))


def _is_alone(export: Export, file: File) -> bool:
    """Tell whether the export is one file that was given by its name."""
    return file.given == file.name and not export.projects


def _is_folder(target: str | Path) -> bool:
    return str(target).endswith(("/", os.sep)) or Path(target).is_dir()


def _others(others: Sequence[File], pieces: Sequence[Piece], decided: Decided) -> Iterator[Whole]:
    """Let the image of an asset go where its file goes, and anything else to both parts."""
    by_stem: dict[str, int] = {}
    for piece in pieces:
        if isinstance(piece, Whole) and piece.part in (KEPT, REJECTED):
            name = stem(piece.file.name)
            by_stem[name] = piece.part if by_stem.get(name, piece.part) == piece.part else BOTH
    for file in others:
        if decided.has_assets(file):
            yield Whole(file, decided.part_of(file))
        else:
            yield Whole(file, by_stem.get(stem(file.name), BOTH) if is_image(file.name) else BOTH)


# --- writing -------------------------------------------------------------------------------------------------------


def _write(piece: Piece, drafts: dict[int, Path]) -> None:
    with ExitStack() as stack:
        piece.write([(part, stack.enter_context(_stream(draft))) for part, draft in drafts.items()])


def _stream(path: Path) -> BinaryIO:
    """Open a file for writing; one called .gz is packed, without a time in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix.lower() == ".gz":
        return cast(BinaryIO, _Packed(path))
    return path.open("xb")


class _Packed(gzip.GzipFile):
    """A packed file that says nothing of where and when it was made."""

    def __init__(self, path: Path) -> None:
        self._file: Any = path.open("xb")
        super().__init__(filename="", mode="wb", fileobj=self._file, mtime=0)

    def close(self) -> None:
        """Close the file as well."""
        super().close()
        self._file.close()


def _write_folders(export: Export, pieces: Sequence[Piece], drafts: dict[int, Path], kept: pl.DataFrame) -> None:
    """Write every file of which something falls to a part under its own name."""
    names = _names([piece.file for piece in pieces], export.projects)
    for part, draft in drafts.items():
        draft.mkdir()
        for folder in export.projects:
            project = parquet.read(folder)
            assets = project.assets.select("project_id", "asset_id")
            mine = assets.join(kept, on=assets.columns, how="semi" if part == KEPT else "anti")
            if mine.height:
                with_assets(project, mine).write(draft / names[str(folder)])
    for piece in pieces:
        _write(piece, {part: draft / names[piece.file.name] for part, draft in drafts.items() if piece.n(part)})


def _names(files: Sequence[File], projects: Sequence[Path]) -> dict[str, PurePosixPath]:
    """Name each file in the folder of a part: as given, from the last folder that was named, or that all have in common."""
    given = {file.name: Path(file.given or file.name).absolute() for file in files}
    given |= {str(folder): folder.absolute() for folder in projects}
    roots = sorted(set(given.values()))
    names = {root: PurePosixPath(_SUFFIX.sub("", root.name)) for root in roots}
    if len(set(names.values())) < len(roots):
        shared = os.path.commonpath([root.parent for root in roots])
        names = {root: PurePosixPath(_SUFFIX.sub("", root.relative_to(shared).as_posix())) for root in roots}
    found: dict[str, PurePosixPath] = {name: names[root] for name, root in given.items()}
    for file in files:
        found[file.name] = found[file.name] / _inside(file, given[file.name])
    taken: dict[PurePosixPath, str] = {}
    for name, path in found.items():
        if taken.setdefault(path, name) != name:
            raise InputError("files of different names", file=name, found=taken[path], remedy="Give them one by one.")
    return found


def _inside(file: File, root: Path) -> PurePosixPath:
    """Name a file below what was given."""
    outer, _, inner = file.name.partition(": ") if file.path is None else (file.name, "", "")
    below = Path(outer).absolute().relative_to(root)
    packed = [_SUFFIX.sub("", part) if inner else part for part in below.parts]
    parts = [part for part in (*packed, *re.split(r"[\\/]", inner)) if part not in ("", ".", "..")]
    return PurePosixPath(*parts)
