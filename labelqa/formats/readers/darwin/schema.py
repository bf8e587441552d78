"""The parts of a Darwin file that are read, as msgspec decodes them; anything may be missing or null."""

from __future__ import annotations

from typing import Any

import msgspec

from labelqa.formats.ids import Id


class Struct(msgspec.Struct, gc=False):
    """Base: what is not named here is skipped; nothing refers in circles, so garbage collection is spared."""


class Point(Struct):
    """A point in pixels."""

    x: float
    y: float


class Box(Struct):
    """A box in pixels."""

    x: float
    y: float
    w: float
    h: float


class Polygon(Struct):
    """Rings of corners. 2.0 has `paths`; 1.0 has `path`, one ring or a list of them, and `additional_paths`."""

    paths: list[list[Point]] | None = None
    path: list[Point | list[Point]] | None = None
    additional_paths: list[list[Point]] | None = None


class Ellipse(Struct):
    """An ellipse; its angle is in radians, clockwise as seen on the screen."""

    center: Point
    radius: Point
    angle: float | None = None


class Line(Struct):
    """A line through points."""

    path: list[Point] | None = None
    paths: list[list[Point]] | None = None


class Node(Struct):
    """A point of a skeleton."""

    x: float
    y: float
    name: str | None = None
    occluded: bool | None = None


class Skeleton(Struct):
    """Points with names."""

    nodes: list[Node]


class Cuboid(Struct):
    """A box seen in perspective: its front and its back."""

    front: Box
    back: Box


class RasterLayer(Struct):
    """All masks of a frame in one layer: pairs of value and run length, row by row; and which mask has which value."""

    dense_rle: list[int]
    mask_annotation_ids_mapping: dict[str, int]
    total_pixels: int | None = None


class Source(Struct):
    """One of the annotations that a string joins."""

    id: Id = None


class String(Struct):
    """Annotations joined to a string, in reading order."""

    sources: list[Source | str]


class GraphNode(Struct):
    """An annotation under a name."""

    id: Id = None
    name: Id = None


class Edge(Struct):
    """An arrow between named nodes."""

    start: Id = None
    end: Id = None


class Graph(Struct):
    """Annotations and arrows between them."""

    nodes: list[GraphNode] | None = None
    edges: list[Edge] | None = None


class Text(Struct):
    """A text about a mark."""

    text: str | None = None


class Instance(Struct):
    """The number of an object, the same wherever it is seen."""

    value: Id = None


class Vector(Struct):
    """A direction: an angle in radians and a length in pixels."""

    angle: float | None = None
    length: float | None = None


class Model(Struct):
    """A model that made a mark."""

    id: Id = None
    name: str | None = None


class Inference(Struct):
    """That a model made a mark, and how sure it was."""

    confidence: float | None = None
    model: Model | None = None


class Person(Struct):
    """Somebody who worked on a mark."""

    email: Id = None
    full_name: str | None = None
    id: Id = None
    name: str | None = None
    role: str | None = None


class Property(Struct):
    """One value of a property of a mark or of the item; `frame_index` is a frame, or "global"."""

    name: Id = None
    value: Any = None
    frame_index: Any = None


class Marks(Struct):
    """A shape with what hangs on it: an annotation on an image, or one frame of an annotation on a video."""

    bounding_box: Box | None = None
    polygon: Polygon | None = None
    complex_polygon: Polygon | None = None
    ellipse: Ellipse | None = None
    line: Line | None = None
    keypoint: Point | None = None
    skeleton: Skeleton | None = None
    eye: Skeleton | None = None
    cuboid: Cuboid | None = None
    tag: Any = None
    mask: Any = None
    raster_layer: RasterLayer | None = None
    string: String | None = None
    graph: Graph | None = None
    attributes: list[str] | None = None
    text: Text | None = None
    instance_id: Instance | None = None
    directional_vector: Vector | None = None
    inference: Inference | None = None
    keyframe: bool | None = None


class Annotation(Marks):
    """One mark, on an image or through the frames of a video."""

    id: Id = None
    name: str | None = None
    slot_names: list[str] | None = None
    annotators: list[Person] | None = None
    reviewers: list[Person] | None = None
    properties: list[Property] | None = None
    frames: dict[str, Marks] | None = None
    sections: dict[str, Marks] | None = None
    ranges: list[list[int]] | None = None
    segments: list[list[int]] | None = None
    hidden_areas: list[list[int]] | None = None
    interpolated: bool | None = None


class Image(Struct):
    """The item in 1.0."""

    filename: str | None = None
    original_filename: str | None = None
    path: str | None = None
    width: float | None = None
    height: float | None = None


class Slot(Struct):
    """A file of the item in 2.0."""

    slot_name: Id = None
    width: float | None = None
    height: float | None = None


class Dataset(Struct):
    """The dataset that the item is in."""

    name: str | None = None
    slug: str | None = None


class SourceInfo(Struct):
    """Where the item comes from."""

    item_id: Id = None
    dataset: Dataset | str | None = None


class Item(Struct):
    """The item in 2.0."""

    name: str | None = None
    path: str | None = None
    source_info: SourceInfo | None = None
    slots: list[Slot] | None = None


class Head(Struct):
    """What tells which item a file is about."""

    image: Image | None = None
    item: Item | None = None


class Export(Head):
    """One file: an item with everything marked on it."""

    dataset: Dataset | str | None = None
    annotations: list[msgspec.Raw] | None = None
    properties: list[Property] | None = None
