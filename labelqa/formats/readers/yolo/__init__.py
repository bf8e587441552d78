"""YOLO labels: a text for each image, a line for each box, outline, turned box (four corners), pose or detection.

The labeler is the folder (see `labelqa.formats.folders`). An empty text, or an image that `train.txt` lists and that has
none, is an empty label: looked at, nothing found. Class names come from the nearest `data.yaml`, `*.names` or
`classes.txt` beside the labels or up to three folders above.

Coordinates are fractions of the image. To have them in pixels, read a table with the columns `image,width,height`
together with the labels, or keep the images beside them (in the same folder, or in `images` beside `labels`). Where no
size is known, coordinates stay fractions, in a frame of 1 x 1 (a warning): the overlap of two boxes is the same, but
they cannot meet boxes of another format. Four corners are a rotated box only if the size is known, else a polygon.
https://docs.ultralytics.com/datasets/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from labelqa.errors import InputError
from labelqa.formats.files import File, find
from labelqa.formats.folders import PROJECT, base_name, beside, image_ids, labelers_of, read_each, stem
from labelqa.formats.format import Format
from labelqa.formats.image_sizes import ImageSizes, is_image, is_table, size_of
from labelqa.formats.parts.pieces import Decided, Piece
from labelqa.formats.readers.yolo.classes import Classes, classes_for, is_class_file, is_darknet, is_description
from labelqa.formats.readers.yolo.cutting import pieces as cut
from labelqa.formats.readers.yolo.lines import is_label_line, is_oriented, parsed, texts
from labelqa.formats.sample import Sample, sample
from labelqa.project import Builder

__all__ = ["FORMAT"]

_NAME_COLUMNS = ("image", "file_name", "filename", "file")
_TRIED = 20


def refuse(sample: Sample) -> str | None:
    """Say why a file is no label of YOLO, and nothing that belongs to labels."""
    return None if _part(sample) else "no lines of a class number and fractions, no data.yaml and no list of images"


def _part(sample: Sample) -> str | None:
    """Tell which part of an export a file is: labels, sizes, description or images."""
    if sample.shape not in ("csv", "unknown"):
        return None
    if is_table(sample.header, _NAME_COLUMNS):
        return "sizes"
    try:
        text = sample.text.decode("utf-8", errors="strict" if sample.is_whole else "ignore")
    except UnicodeDecodeError:
        return None
    lines = [line for line in text.splitlines() if line.strip()][:_TRIED]
    if sum(map(is_label_line, lines)) * 2 >= len(lines):
        return "labels"
    if is_description(text) or is_darknet(text):
        return "description"
    return "images" if all(map(is_image, lines)) else None


def pieces(files: Sequence[File], decided: Decided) -> Iterable[Piece]:
    """Cut an export; see `labelqa.formats.parts`."""
    return cut(files, [file for file in files if _part(sample(file)) == "images"], decided)


def belongs(file: File) -> bool:
    """Tell whether a file is a list of classes, an image, or an empty label."""
    name = base_name(file.name)
    return is_image(name) or is_class_file(name) or (name.endswith(".txt") and not file.size)


def read(files: Sequence[File], builder: Builder) -> None:
    """Read labels with what belongs to them."""
    parts: dict[str, list[File]] = {"labels": [], "sizes": [], "description": [], "images": []}
    for file in files:
        parts[_part(sample(file)) or "labels"].append(file)
    sizes = ImageSizes()
    for file in parts["sizes"]:
        builder.source(file.name, FORMAT.name)
        sizes.add_table(file, builder)
    for file in parts["description"]:
        builder.source(file.name, FORMAT.name)
    _Export(parts["labels"], parts["images"], parts["description"], sizes, builder).read()


class _Export:
    """Labels that are read together."""

    def __init__(
        self,
        labels: list[File],
        lists: list[File],
        descriptions: list[File],
        sizes: ImageSizes,
        builder: Builder,
    ) -> None:
        self._lists, self._descriptions, self._sizes, self._builder = lists, descriptions, sizes, builder
        self._labels = _with_empty(labels)
        labelers = labelers_of([*self._labels, *lists])
        self._labelers = {file.name: labelers[file.name] for file in self._labels}
        self._list_labelers = {file.name: labelers[file.name] for file in lists}
        self._listed = {file.name: self._images_of(file) for file in lists}
        self._images = {file.name: self._image_of(file) for file in self._labels}
        self._ids = image_ids(self._labelers, self._images)
        self._classes: dict[str, Classes] = {}
        self._are_oriented = _are_oriented(self._labels)
        self._n_sizeless = 0

    def read(self) -> None:
        """Read all labels, then add an empty one for every image that is listed and has none."""
        if not self._labels and not any(self._listed.values()):
            self._builder.problem("error", "labels beside the class file or the sizes; nothing is read")
            return
        read_each(self._labels, FORMAT.name, self._builder, self._read_label)
        self._add_listed()
        if self._n_sizeless:
            self._builder.problem(
                "warning",
                "the sizes of all images; where they are not known, coordinates are fractions of the image",
                field="image",
                n=self._n_sizeless,
                remedy="Read a table with the columns image,width,height together with the labels.",
            )

    def _read_label(self, file: File) -> None:
        builder, labeler, asset_id = self._builder, self._labelers[file.name], self._ids[file.name]
        lines = list(texts(file)) if file.size else []
        classes = self._classes_of(file)
        size = self._size_of(file)
        label = self._add(asset_id, self._images[file.name], labeler, size)
        builder.records(max(1, len(lines)))
        self._n_sizeless += size is None and bool(lines)
        nameless: set[int] = set()
        for number, text in lines:
            try:
                line = parsed(text, size, classes.keypoints, are_oriented=self._are_oriented)
            except ValueError as error:
                builder.problem("error", f"{error}; the line is left out", record=number, field="line", found=text)
                builder.records(0, 1)
                builder.unread([label], [1])
                continue
            if line.cls not in classes.names:
                nameless.add(line.cls)
            if line.score is not None and labeler is not None:
                builder.labeler(labeler, is_model=True)
            cls = classes.names.get(line.cls, str(line.cls))
            for place, mark in enumerate(line.marks):
                id = f"{number}" if not place else f"{number}.{place}"
                builder.annotation(
                    label, mark.kind, cls, mark.geometry, parts=mark.parts, annotation_id=id, score=line.score
                )
        if nameless:
            found = ", ".join(map(str, sorted(nameless)))
            expected = "a name for the class in a data.yaml, *.names or classes.txt; its number is taken"
            builder.problem("warning", expected, field="class", found=found)

    def _add(self, asset_id: str, image: str | None, labeler: str | None, size: tuple[float, float] | None) -> int:
        """Add an image and its label."""
        width, height = size or (None, None)
        name = base_name(image) if image else None
        self._builder.asset(PROJECT, asset_id, name=name, width=width, height=height, record=1)
        return self._builder.label(PROJECT, asset_id, f"{labeler or ''}/{asset_id}", labeler, record=1)

    def _images_of(self, file: File) -> dict[str, str]:
        """Read a list of images: path by stem."""
        try:
            return {stem(text): text for _, text in texts(file) if is_image(text)}
        except InputError:
            return {}

    def _image_of(self, file: File) -> str | None:
        """Find the name of the image that a label is about: in the lists, else of the image beside it."""
        image = stem(file.name)
        for name, listed in self._listed.items():
            is_whose = self._list_labelers[name] == self._labelers[file.name] or not self._is_somebodys(name)
            if is_whose and image in listed:
                return listed[image]
        found = self._sizes.image_beside(file, image)
        return found.name if found else None

    def _is_somebodys(self, name: str) -> bool:
        """Tell whether a list lies in the folder of a labeler, or in one above."""
        return not self._labels or self._list_labelers[name] in self._labelers.values()

    def _size_of(self, file: File) -> tuple[float, float] | None:
        told = self._sizes.told(self._images[file.name] or "", stem(file.name))
        if told is not None:
            return told
        image = self._sizes.image_beside(file, stem(file.name))
        return size_of(image) if image is not None else None

    def _classes_of(self, file: File) -> Classes:
        """Find the class file, once for each folder, and declare its classes."""
        folder = file.name[: len(file.name) - len(base_name(file.name))]
        if folder not in self._classes:
            self._classes[folder] = classes_for(file, self._descriptions)
        return self._classes[folder]

    def _add_listed(self) -> None:
        """Add an empty label for every image that is listed and has no text; note those of lists that are nobody's."""
        done = {(labeler, stem(name)) for name, labeler in self._labelers.items()}
        labeled = {image for _, image in done}
        for file in self._lists:
            self._builder.source(file.name, FORMAT.name)
            listed = self._listed[file.name]
            self._builder.records(len(listed))
            if not self._is_somebodys(file.name):
                if n := len(listed.keys() - labeled):
                    expected = (
                        "a label of each image in the list; it lies above all labelers, so nobody is taken for it"
                    )
                    self._builder.problem("note", expected, field="image", n=n)
                continue
            labeler = self._list_labelers[file.name]
            for image, path in listed.items():
                if (labeler, image) not in done:
                    done.add((labeler, image))
                    self._add(base_name(path), path, labeler, self._sizes.told(path))


def _with_empty(labels: list[File]) -> list[File]:
    """Add the empty texts that lie in the folders of labels; they show no format by themselves."""
    folders: dict[str, File] = {}
    for file in labels:
        folders.setdefault(file.name[: len(file.name) - len(base_name(file.name))], file)
    known = {file.name for file in labels}
    return sorted([*labels, *(one for file in folders.values() for one in _empty_beside(file, known))], key=_name)


def _name(file: File) -> str:
    return file.name


def _empty_beside(file: File, known: set[str]) -> Iterator[File]:
    """List the empty texts in the folder of a label."""
    folder = file.name[: len(file.name) - len(base_name(file.name))]
    if file.path is not None:
        for path in sorted(file.path.parent.iterdir()):
            if path.suffix == ".txt" and path.is_file() and not path.stat().st_size:
                yield from (one for one in find([f"{folder}{path.name}"]).files if one.name not in known)
        return
    for one in beside(file, lambda name: name.endswith(".txt")):
        in_folder = one.name[: len(one.name) - len(base_name(one.name))] == folder
        if in_folder and not one.size and one.name not in known:
            yield one


def _are_oriented(labels: Sequence[File]) -> bool:
    """Tell whether all lines have four corners; most exports show on their first line that they have not."""
    n_lines = 0
    for file in labels:
        try:
            for _, text in texts(file):
                n_lines += 1
                if not is_oriented(text):
                    return False
        except InputError:
            continue
    return n_lines > 0


FORMAT = Format(
    name="yolo",
    title="YOLO (text labels with a class file)",
    facts=frozenset({"who", "prediction"}),
    refuse=refuse,
    read=read,
    belongs=belongs,
    pieces=pieces,
)
