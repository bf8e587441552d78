"""A folder of images: the only place that images of assets are read from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from labelqa.errors import UsageError

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff")
MOST_FILES = 500_000
"""Files that are looked at in a folder."""


class ImageFolder:
    """The images below a folder, found by the name or id of their asset.

    An image is found by its path below the folder, else by its file name, with or without suffix, where only one has it. A
    link that leads out of the folder leads nowhere.

    Parameters
    ----------
    folder : str or Path

    Raises
    ------
    UsageError
        If there is no such folder.
    """

    def __init__(self, folder: str | Path) -> None:
        self._root = Path(folder).resolve()
        if not self._root.is_dir():
            raise UsageError(f"{folder}: there is no such folder of images")
        self._by_name: dict[str, Path | None] = {}
        for path in self._images():
            below = path.relative_to(self._root).as_posix()
            for name in {below, below.rpartition(".")[0]}:
                self._by_name[name] = path
        for path in self._images():
            for name in {path.name, path.stem}:
                known = self._by_name.get(name, path)
                self._by_name[name] = path if known == path else None

    def _images(self) -> Iterator[Path]:
        n_seen = 0
        for folder, below, names in os.walk(self._root):
            below.sort()
            for name in sorted(names):
                n_seen += 1
                if n_seen > MOST_FILES:
                    return
                if name.lower().endswith(SUFFIXES):
                    yield Path(folder, name)

    def find(self, *names: str | None) -> Path | None:
        """Find the image of an asset by any of its names; None if there is none, or several would do."""
        for name in names:
            base = (name or "").replace("\\", "/").lstrip("/")
            for one in (base, base.rpartition("/")[2]):
                path = self._by_name.get(one) if one else None
                if path is not None and path.resolve().is_relative_to(self._root) and path.is_file():
                    return path
        return None
