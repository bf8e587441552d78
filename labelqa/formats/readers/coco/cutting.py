"""Pieces of COCO files: images and annotations of instances files, results; all else belongs to both parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
import polars as pl

from labelqa.errors import InputError
from labelqa.formats.files import File
from labelqa.formats.json_stream import read_members, read_records
from labelqa.formats.parts.json_pieces import Spans, member_spans, record_spans
from labelqa.formats.parts.pieces import KEPT, REJECTED, UNREAD, Decided, Parts, Piece, Pieces
from labelqa.formats.readers.coco.annotations import id_texts
from labelqa.formats.readers.coco.schema import Id
from labelqa.formats.sample import sample
from labelqa.project import Builder

_SCHEMA = {"record": pl.Int64, "image": pl.String}


class _Image(msgspec.Struct, gc=False):
    id: Id


class _OfImage(msgspec.Struct, gc=False):
    image_id: Id


def pieces(files: Sequence[File], decided: Decided) -> Iterator[Piece]:
    """Cut files into images and what refers to them, by the image's id."""
    results = [file for file in files if sample(file).shape == "array"]
    known: dict[str, bool] = {}
    for file in files:
        if file in results:
            continue
        ids = _ids(file)
        kept = _kept(ids["images"], decided.assets(file))
        if results:
            _check_same(kept, known, results[0])
        spans = [one for one in member_spans(file) if one.key in ids]
        counts = {key: sum(len(one.start) for one in spans if one.key == key) for key in ids}
        parts = {key: _parts(of_image, kept, counts[key]) for key, of_image in ids.items()}
        known.update(kept)
        yield _cut(file, spans, parts)
    for file in results:
        rows = pl.DataFrame(schema=_SCHEMA)
        for batch in read_records(file, _OfImage, _scratch(file)):
            rows = rows.vstack(_rows(batch.numbers, [one.image_id for one in batch.records]))
        _, span = record_spans(file)
        own = _kept(rows.clear(), decided.assets(file))
        yield _cut(file, [span], {"": _parts(rows, own or known, len(span.start))})


def _check_same(kept: dict[str, bool], known: dict[str, bool], results: File) -> None:
    """Refuse results that mean an image of one of two files, of which one is kept and one is not."""
    torn = next((image for image in kept if known.get(image, kept[image]) != kept[image]), None)
    if torn is not None:
        raise InputError(
            "ids of images that mean one thing in all files, so that the results can be cut",
            file=results.name,
            found=torn,
            remedy="Cut the results together with the instances file they belong to, and no other.",
        )


def _ids(file: File) -> dict[str, pl.DataFrame]:
    """Read the image that each image and annotation is about: record, image."""
    found = {"images": pl.DataFrame(schema=_SCHEMA), "annotations": pl.DataFrame(schema=_SCHEMA)}
    for batch in read_members(file, {"images": _Image, "annotations": _OfImage}, _scratch(file)):
        ids = [one.id if isinstance(one, _Image) else one.image_id for one in batch.records]
        found[batch.key] = found[batch.key].vstack(_rows(batch.numbers, ids))
    return found


def _rows(numbers: Sequence[int], ids: Sequence[Id]) -> pl.DataFrame:
    return pl.DataFrame([pl.Series("record", numbers, dtype=pl.Int64), id_texts(ids).alias("image")])


def _scratch(file: File) -> Builder:
    """Make a builder for problems that were told already."""
    builder = Builder()
    builder.source(file.name, "coco")
    return builder


def _kept(images: pl.DataFrame, assets: pl.DataFrame) -> dict[str, bool]:
    """Tell of each image whether its asset is kept; where no list tells of images, their ids are those of the assets."""
    named = assets.filter(pl.col("record").is_null()).select("asset_id", "is_kept")
    listed = assets.join(images, on="record").select("image", "is_kept")
    return {**dict(named.iter_rows()), **dict(listed.iter_rows())}


def _parts(rows: pl.DataFrame, kept: dict[str, bool], n: int) -> Parts:
    """Give the part of each of n records."""
    parts = np.full(n, UNREAD, np.int8)
    part = {image: KEPT if is_kept else REJECTED for image, is_kept in kept.items()}
    of_image = rows["image"].replace_strict(part, default=UNREAD, return_dtype=pl.Int8)
    parts[rows["record"].to_numpy() - 1] = of_image.to_numpy()
    return parts


def _cut(file: File, spans: Sequence[Spans], parts: dict[str, Parts]) -> Pieces:
    """Lay the lists end to end; those of one name are numbered on."""
    done = dict.fromkeys(parts, 0)
    part, number = [np.empty(0, np.int8)], [np.empty(0, np.int64)]
    for one in spans:
        first, n = done[one.key], len(one.start)
        part.append(parts[one.key][first : first + n])
        number.append(np.arange(first + 1, first + n + 1))
        done[one.key] = first + n
    start, end = (
        np.concatenate([np.empty(0, np.int64), *(getattr(one, side) for one in spans)]) for side in ("start", "end")
    )
    chain = np.repeat(np.arange(len(spans)), [len(one.start) for one in spans])
    return Pieces(file, start, end, np.concatenate(part), np.concatenate(number), chain)
