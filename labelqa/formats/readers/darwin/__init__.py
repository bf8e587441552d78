"""V7 Darwin JSON, 2.0 and 1.0: one file for each item, with everything that is marked on it.

An item is an asset, each of its slots one of its own if it has several; its id is its folder in the dataset and its
name. A file is one label. It is credited to whoever made most of its marks (`annotators`; a warning tells where there
were others), else to the model that made all of them (`inference`), else to whom the names of files and folders tell
(see `origins`). There are no times.

Read: polygons, boxes, ellipses (as polygons of 64 corners), lines, keypoints, skeletons, eyes, cuboids (as the eight corners
that are seen), masks with their raster layers, strings and graphs (as relations), tags (all tags of an item as one
checklist "tag"), and attributes, text, direction and properties as questions nested under their mark; through the frames
of a video, boxes as tracks, tags as intervals, other shapes frame by frame. An instance id is stated as group number.
https://docs.v7labs.com/reference/darwin-json
"""

from __future__ import annotations

from collections.abc import Sequence

from labelqa.errors import InputError
from labelqa.formats.files import File
from labelqa.formats.folders import read_each
from labelqa.formats.format import Format
from labelqa.formats.json_stream import read_records
from labelqa.formats.parts.json_pieces import json_records
from labelqa.formats.readers.darwin.items import Items
from labelqa.formats.readers.darwin.schema import Export, Head
from labelqa.formats.readers.darwin.whereabouts import Origins, origins
from labelqa.formats.sample import Sample
from labelqa.project import Builder

_MARKS = frozenset(["name", "slot_names", "tag", "polygon", "complex_polygon", "bounding_box", "frames"])


def _refuse(sample: Sample) -> str | None:
    if sample.shape not in ("object", "array", "lines"):
        return "no JSON"
    if not sample.keys:
        return "no object as the first record"
    record = sample.record
    item, image, made = record.get("item"), record.get("image"), record.get("annotations")
    is_item = isinstance(item, dict) and ("slots" in item or "source_info" in item or "name" in item)
    is_image = isinstance(image, dict) and not is_item and ("filename" in image or "original_filename" in image)
    if not is_item and not is_image:
        return "neither 'item' (2.0) nor 'image' (1.0) with a name in the first record"
    if sample.is_whole and not isinstance(made, list):
        return "no list 'annotations' in the first record"
    first = next((one for one in made or () if isinstance(one, dict) and one), None)
    if first is not None and not _MARKS & first.keys():
        return "no 'name' in the first of the 'annotations'"
    if is_image and first is None and sample.is_whole and "dataset" not in record:
        return "no 'dataset' beside 'image'"
    return None


def _read(files: Sequence[File], builder: Builder) -> None:
    found = origins(files, _item_folders(files) if len(files) > 1 else {})
    datasets: dict[str, set[str]] = {}

    def read_one(file: File) -> None:
        items = Items(builder, found.of[file.name])
        for batch in read_records(file, Export, builder):
            for record, export in batch:
                items.add(export, record)
                if items.dataset:
                    datasets.setdefault(items.asset_id, set()).add(items.dataset)
        items.note()

    read_each(files, FORMAT.name, builder, read_one)
    _note(found, datasets, builder)


def _item_folders(files: Sequence[File]) -> dict[str, str]:
    """Look up the folder of each file's item within its dataset; damaged files are told of when they are read."""
    folders = {}
    silent = Builder()
    for file in files:
        silent.source(file.name, FORMAT.name)
        try:
            for batch in read_records(file, Head, silent):
                for head in batch.records:
                    folders[file.name] = (head.item.path if head.item else head.image and head.image.path) or ""
        except InputError:
            continue
    return folders


def _note(found: Origins, datasets: dict[str, set[str]], builder: Builder) -> None:
    if found.passes:
        builder.problems.add(
            "warning",
            None,
            "one number for each labeler in file names; these are read as a further pass of the labeler numbered by "
            "the first digit",
            found=", ".join(sorted(found.passes)),
            remedy="Rename the files if these are other people.",
        )
    shared = sum(len(names) > 1 for names in datasets.values())
    if shared:
        builder.problems.add(
            "note",
            None,
            "an item in one dataset; items of one folder and name in several are read as one asset",
            n=shared,
        )


FORMAT = Format(
    name="darwin",
    title="V7 Darwin JSON",
    facts=frozenset({"who", "prediction"}),
    refuse=_refuse,
    read=_read,
    pieces=json_records,
)
