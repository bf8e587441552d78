"""Pieces of YOLO exports: a text for each image, and the lines of lists of images; all else belongs to both parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from labelqa.errors import InputError
from labelqa.formats.files import File
from labelqa.formats.folders import stem
from labelqa.formats.image_sizes import is_image
from labelqa.formats.parts.pieces import Decided, Piece, Pieces, Whole


def pieces(files: Sequence[File], lists: Sequence[File], decided: Decided) -> Iterator[Piece]:
    """Take each text as it is, and cut the lists into their lines."""
    by_stem = decided.stems()
    for file in files:
        if file not in lists:
            yield Whole(file, decided.part_of(file))
            continue
        own = {stem(id): is_kept for _, id, is_kept in decided.assets(file).iter_rows()}
        start, end, part, record = [], [], [], []
        at = 0
        with file.open() as stream:
            for number, line in enumerate(stream, start=1):
                path = line.decode(errors="replace").strip()
                if is_image(path):
                    found = own.get(stem(path), by_stem.get(stem(path)))
                    if found is None:
                        raise InputError(
                            "images of one name that are all kept or all not, so that the list can be cut",
                            file=file.name,
                            record=number,
                            found=path,
                            remedy="Give the folders of the export one by one.",
                        )
                    start.append(at)
                    end.append(at + len(line))
                    part.append(int(found))
                    record.append(number)
                at += len(line)
        places = np.array(start, np.int64), np.array(end, np.int64)
        yield Pieces(file, *places, np.array(part, np.int8), np.array(record, np.int64))
