"""Formats with one file for each image: whose files they are, which image a file is about, and what lies beside it.

Such files say nothing about who labeled. The folder does: `ann/1.xml` and `bob/1.xml` are two labels of one image.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from labelqa.errors import InputError
from labelqa.formats.files import File, find
from labelqa.project import Builder

PROJECT = "default"
"""The project of exports that name none."""

_PARTS = re.compile(r"[\\/]|: ")
_ARCHIVE = re.compile(r"\.(zip|tar|tgz|tar\.gz|gz)$", re.IGNORECASE)
_SORTING = frozenset(
    ["annotation", "annotations", "bbox", "coco", "data", "default", "detections", "export", "exports", "imagenet",
     "images", "jpegimages", "json", "label", "labelme", "labels", "main", "obj_test_data", "obj_train_data",
     "obj_valid_data", "obj_validation_data", "openimages", "pascal_voc", "test", "testing", "train", "training",
     "trainval", "txt", "val", "valid", "validation", "voc", "voc2007", "voc2012", "xml", "xmls", "yolo"]
)  # fmt: skip
"""Folders that sort files by split or sort and name nobody."""


def base_name(path: str) -> str:
    r"""Give the last part of a path of either style, or of a member of an archive.

    Examples
    --------
    >>> base_name("C:\\images\\1.jpg"), base_name("a.zip: train/1.jpg")
    ('1.jpg', '1.jpg')
    """
    return _PARTS.split(path.strip().rstrip("\\/"))[-1]


def stem(path: str) -> str:
    """Give the last part of a path without its suffix.

    Examples
    --------
    >>> stem("train/frame.01.jpg"), stem(".jpg")
    ('frame.01', '.jpg')
    """
    name = base_name(path)
    return name.rpartition(".")[0] or name


def labelers_of(files: Sequence[File]) -> dict[str, str | None]:
    """Name the labeler of each file by its folder.

    Where several folders or archives were given to read, and no two of one name, each is a labeler's. Else folders that
    only sort (`labels`, `train` and the like) name nobody. Of the others, the first in which the paths
    differ is the labeler's, if some file of one name lies under two of them, or if the paths have no folder in
    common; else the files are one labeler's, named by the last folder that all have in common.

    Examples
    --------
    >>> files = [File(name, 0, None, lambda: None) for name in ("x/ann/train/1.txt", "x/bob/train/1.txt")]
    >>> list(labelers_of(files).values())
    ['ann', 'bob']
    >>> list(labelers_of(files[:1]).values())
    ['ann']
    """
    if not files:
        return {}
    given = {file.name: _ARCHIVE.sub("", base_name(file.given)) for file in files if file.given not in ("", file.name)}
    names = set(given.values())
    n_given = len({file.given for file in files if file.name in given})
    if len(given) == len(files) and 1 < len(names) == n_given and not {name.lower() for name in names} & _SORTING:
        return dict(given)
    folders = {file.name: _folders(file) for file in files}
    named = {name: [part for part in parts if part.lower() not in _SORTING] for name, parts in folders.items()}
    if not any(named.values()):
        named = folders
    n_shared = _n_shared(list(named.values()))
    whose = {name: parts[n_shared] if len(parts) > n_shared else None for name, parts in named.items()}
    shared = next(iter(named.values()))[n_shared - 1] if n_shared else None
    seen = {(stem(name), labeler) for name, labeler in whose.items()}
    is_apart = shared is None or len({image for image, _ in seen}) < len(seen)
    return {name: labeler or shared if is_apart else shared for name, labeler in whose.items()}


def _folders(file: File) -> list[str]:
    """Give the folders of a file, outermost first; of one named without any, the folder that it lies in."""
    parts = [part for part in _PARTS.split(file.name)[:-1] if part not in ("", ".", "..") and not part.endswith(":")]
    if not parts and file.path is not None:
        parts = [part for part in (file.path.absolute().parent.name,) if part]
    return [_ARCHIVE.sub("", part) or part for part in parts]


def _n_shared(paths: Sequence[list[str]]) -> int:
    """Count the folders that all paths begin with."""
    first, last = min(paths), max(paths)
    return next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))


def image_ids(labelers: Mapping[str, str | None], stated: Mapping[str, str | None]) -> dict[str, str]:
    """Give each file the id of the image it is about: the image's file name, as far as that tells images apart.

    Where two files of a labeler state one name, the name of the file itself is taken instead; where that occurs twice
    too, the path, without what the paths of all files begin with and without the labeler's folder.

    Parameters
    ----------
    labelers : mapping of str to str or None
        For each file's name, the labeler.
    stated : mapping of str to str or None
        For each file's name, the name or path of the image that it states, if any.

    Examples
    --------
    >>> image_ids({"x/1.xml": "x", "x/2.xml": "x"}, {"x/1.xml": "C:/a.jpg", "x/2.xml": None})
    {'x/1.xml': 'a.jpg', 'x/2.xml': '2'}
    """
    ids = {name: base_name(image) if (image := stated.get(name)) else stem(name) for name in labelers}
    _replace_repeated(ids, labelers, stem)
    split = {name: _PARTS.split(name) for name in labelers}
    n_shared = _n_shared([parts[:-1] for parts in split.values()]) if split else 0

    def path(name: str) -> str:
        folders = split[name][n_shared:-1]
        below = folders[1:] if folders and folders[0] == labelers[name] else folders
        return "/".join([*below, stem(name)])

    _replace_repeated(ids, labelers, path)
    return ids


def _replace_repeated(ids: dict[str, str], labelers: Mapping[str, str | None], better: Callable[[str], str]) -> None:
    """Replace the ids that a labeler has twice, for all labelers, so that their labels still meet."""
    counts = Counter((labelers[name], id) for name, id in ids.items())
    repeated = {id for (_, id), n in counts.items() if n > 1}
    for name, id in ids.items():
        if id in repeated:
            ids[name] = better(name)


def read_each(files: Sequence[File], format: str, builder: Builder, read_one: Callable[[File], None]) -> None:
    """Read files of which each is about an image: one that is damaged costs itself and is a problem.

    Parameters
    ----------
    files, builder
        What to read, and into what.
    format : str
        The name of the format.
    read_one : callable
        Reads a file; must raise `InputError` before it adds anything to the builder.

    Raises
    ------
    InputError
        If no file can be read: what is said of the first one.
    """
    errors: list[InputError] = []
    for file in files:
        builder.source(file.name, format)
        try:
            read_one(file)
        except InputError as error:
            errors.append(error)
            if builder.n_skipped:
                continue  # the record at which it breaks off is counted and listed
            builder.records(1, 1)
            builder.problem(
                "error", f"{error.expected}; the file is left out", record=1, field=error.field, found=error.found,
                remedy=error.remedy,
            )  # fmt: skip
    if files and len(errors) == len(files):
        raise errors[0]


def beside(file: File, names: Callable[[str], bool], levels: int = 2) -> list[File]:
    """List the files that lie beside a file, or in the folders above it, and whose base names fit; nearest first.

    Of a member of an archive, the folders of the archive are looked through. What cannot be opened is passed over.

    Parameters
    ----------
    file : File
        The file.
    names : callable
        Tells of a base name whether it fits.
    levels : int
        How many folders above are looked into.
    """
    if file.path is None:
        archive, is_member, inner = file.name.partition(": ")
        if not is_member:
            return []
        depth = inner.count("/")
        found = [one for one in _found(Path(archive)) if names(base_name(one.name)) and one.name != file.name]
        return sorted(found, key=lambda one: (abs(one.name.count("/") - archive.count("/") - depth), one.name))
    folder = file.path.absolute().parent
    paths: list[Path] = []
    for _ in range(levels + 1):
        with suppress(OSError):
            paths += sorted(path for path in folder.iterdir() if names(path.name) and path.is_file())
        folder = folder.parent
    return [one for path in paths for one in _found(path) if one.path is not None]


def _found(path: Path) -> list[File]:
    try:
        return find([path]).files
    except InputError:
        return []
