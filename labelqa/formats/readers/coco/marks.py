"""From the columns of a file to annotations of labels: which shape each is read as, and what is not read."""

from __future__ import annotations

import polars as pl

from labelqa.formats.boxes import from_sizes
from labelqa.formats.readers.coco.annotations import SIDES, Annotations
from labelqa.formats.readers.coco.notes import Notes
from labelqa.formats.readers.coco.outlines import read_outlines, read_pictures
from labelqa.formats.readers.coco.points import read_points
from labelqa.formats.unread import Unread
from labelqa.project import Builder, schema
from labelqa.project.validate import MAX_COORDINATE

_READ = {"box": "bbox", "outline": "bbox, polygon and mask", "keypoints": "bbox, polygon, mask and keypoints"}
_WITHOUT = {"box": "bbox", "outline": "bbox or segmentation", "keypoints": "bbox, segmentation or keypoints"}
_MAX_AREA = MAX_COORDINATE**2
_BOX = pl.concat_list(SIDES).cast(pl.List(pl.String)).list.join(", ")
_IS_FAR = pl.max_horizontal(pl.col(SIDES).abs()) > MAX_COORDINATE
_HAS_BOX = pl.col("x").is_not_null() & ~_IS_FAR
_OWN_AREA = ((pl.col("x") + pl.col("w")) - pl.col("x")).abs() * ((pl.col("y") + pl.col("h")) - pl.col("y")).abs()
"""Area of a box as it is stored, by its sides."""


class Marks:
    """Makes annotations of the rows of one file and notes what is wrong with them.

    Parameters
    ----------
    annotations : Annotations
        What was collected.
    shape : str
        The most detailed shape to read.
    exact : bool
        See `Reading`.
    is_result : bool
        Whether it is by a model: a list of results.
    builder : Builder
    """

    def __init__(self, annotations: Annotations, shape: str, exact: bool, is_result: bool, builder: Builder) -> None:
        self._annotations, self._beside = annotations, annotations.file.beside
        self._shape, self._exact, self._is_result = shape, exact, is_result
        self._builder = builder
        self._notes = Notes(annotations.member, builder)

    def add(self, images: pl.DataFrame, categories: pl.DataFrame) -> pl.DataFrame:
        """Add the annotations; those that refer to nothing or hold nothing are noted.

        Labels of which something is left out are marked as incomplete, so that nobody takes them for empty.

        Parameters
        ----------
        images : polars.DataFrame
            `image` (an id), `label` (a number), `width`, `height`, one row an image.
        categories : polars.DataFrame
            `category` (an id), `class` (a name), `points` (names of keypoints), one row a category.

        Returns
        -------
        polars.DataFrame
            `class` and `kind` of what was added, the most frequent first.
        """
        rows = self._annotations.rows().with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
        if self._exact or (self._is_result and rows["annotation_id"].null_count() == rows.height):
            rows = rows.with_columns(number=pl.col("record").cast(pl.String))  # as pycocotools numbers results
        else:
            rows = rows.with_columns(number="annotation_id")
        images = images.select("image", "label", "width", "height")
        rows = rows.join(images, on="image", how="left", maintain_order="left")
        rows = rows.join(categories, on="category", how="left", maintain_order="left")
        rows = self._checked(rows)
        points, outlines, boxes = self._values(rows)
        kept = rows.select("row", "label", "number", "class", "score", "is_crowd", "area", *SIDES)
        boxes, drawn = (
            values.join(kept, on="row", how="left", maintain_order="left")
            for values in (boxes, pl.concat([outlines, points], how="diagonal"))
        )
        boxes, drawn = boxes.with_columns(stated=self._box_stated(boxes)), drawn.with_columns(stated=self._stated())
        self._note_stated(drawn)
        found = pl.concat([boxes, drawn], how="diagonal").sort("row") if drawn.height else boxes
        missing = [name for name in schema.VALUE if name not in found.columns]
        found = found.with_columns(pl.lit(None, schema.ANNOTATIONS[name].dtype).alias(name) for name in missing)
        names = ("label", "kind", "class", *schema.VALUE, "score", "is_crowd", "stated")
        self._builder.annotations_frame(found.select(*names, annotation_id="number"))
        seen = found.group_by("class", "kind").len()
        return seen.sort("len", "kind", "class", descending=[True, False, False]).select("class", "kind")

    # --- faults ----------------------------------------------------------------------------------------------------

    def _checked(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Keep the rows that refer to an image and a category of the file; take out areas that are none."""
        nowhere = pl.col("label").is_null()
        self._notes.lost(rows.filter(nowhere), "image_id", "image", "the id of an image of the instances file")
        rows = rows.filter(~nowhere)
        nameless = pl.col("class").is_null() & pl.any_horizontal(pl.col(self._wanted()).is_not_null())
        self._notes.lost(rows.filter(nameless), "category_id", "category", "the id of a category of the instances file")
        rows = rows.filter(~nameless)
        is_area = pl.col("area").is_between(0.0, _MAX_AREA)
        bad = rows.filter(~is_area)
        self._notes.add(bad, "area", pl.col("area").cast(pl.String), "an area of 0 or more; read as unknown", "warning")
        return rows.with_columns(area=pl.when(is_area).then("area"))

    def _wanted(self) -> list[str]:
        """Name the columns of which one at least is read."""
        wanted = ["x", "torn"]
        if self._shape != "box" or self._exact:
            wanted += ["segmentation", "picture"]
        return [*wanted, "keypoints"] if self._shape == "keypoints" else wanted

    # --- shapes ----------------------------------------------------------------------------------------------------

    def _values(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        """Read keypoints, of the rest outlines, and of the rest boxes; count what is left."""
        has_points = pl.col("keypoints").is_not_null() & pl.lit(self._shape == "keypoints")
        points, bad_points = read_points(rows.filter(has_points), self._is_result, self._notes)
        left = _without(rows, points)
        has_outline = pl.col("segmentation").is_not_null()
        if self._shape == "box":
            has_outline &= pl.col("x").is_null() & pl.lit(self._exact)
        outlines, bad_outlines = read_outlines(left.filter(has_outline), self._exact, self._notes)
        left = _without(left, outlines)
        if self._shape != "box" or self._exact:
            pictured = read_pictures(left, self._beside, self._notes)
            outlines, left = pl.concat([outlines, pictured]), _without(left, pictured)
        is_box = pl.col("x").is_not_null() & pl.col("picture").is_null() & ~_IS_FAR
        boxes = left.filter(is_box)
        self._note_boxes(rows)
        boxes = boxes.select("row", kind=pl.lit("bbox"), geometry=from_sizes(*map(pl.col, SIDES)))
        self._count(rows, _without(left, boxes), points, outlines, bad_points, bad_outlines)
        return points, outlines, boxes

    def _note_boxes(self, rows: pl.DataFrame) -> None:
        back = rows.filter(((pl.col("w") < 0) | (pl.col("h") < 0)) & ~_IS_FAR)
        expected = "a width and height of 0 or more; read as drawn from the other corner"
        self._notes.add(back, "bbox", _BOX, expected, "warning")

    def _count(
        self,
        rows: pl.DataFrame,
        left: pl.DataFrame,
        points: pl.DataFrame,
        outlines: pl.DataFrame,
        bad_points: pl.DataFrame,
        bad_outlines: pl.DataFrame,
    ) -> None:
        """Note the rows of which nothing was read, and count the shapes that were not."""
        unread = Unread(_READ[self._shape])
        torn, far = pl.col("torn").is_not_null(), _IS_FAR.fill_null(False) & pl.col("picture").is_null()
        for is_lost in (True, False):
            # Of what is read in another shape, only the box goes.
            some = rows.filter(_among(left) == is_lost)
            for fault, found, expected in (
                (torn, pl.col("torn"), "four numbers"),
                (far, _BOX, f"numbers within {MAX_COORDINATE:.0f} pixels"),
            ):
                if is_lost:
                    self._notes.lost(some.filter(fault), "bbox", found, expected)
                else:
                    self._notes.add(some.filter(fault), "bbox", found, f"{expected}; the box is left out", "warning")
        left = left.filter(~torn & ~far)
        self._notes.unread(left)
        broken = pl.concat([bad.select("row") for bad in (bad_points, bad_outlines)])
        self._builder.records(0, left.filter(_among(broken))["record"].n_unique())
        left = _without(left, broken)
        is_segment = pl.col("picture").is_not_null()
        _tally(unread, f"annotation without {_WITHOUT[self._shape]}", left.filter(~is_segment))
        _tally(unread, "segment of a panoptic picture", left.filter(is_segment))
        if "outline" in self._annotations.shapes:
            _tally(unread, "segmentation", _without(_without(_having("segmentation", rows), outlines), bad_outlines))
        _tally(unread, "keypoints", _without(_without(_having("keypoints", rows), points), bad_points))
        _tally(unread, "attributes", _having("attributes", rows))
        unread.note(self._builder)

    # --- what is stated besides ------------------------------------------------------------------------------------

    def _area(self) -> pl.Expr:
        """Give the area that is stated, or that pycocotools would give to a result."""
        is_counted = self._exact and self._is_result
        return pl.when(_HAS_BOX).then(pl.col("w") * pl.col("h")).otherwise("area") if is_counted else pl.col("area")

    def _box_stated(self, boxes: pl.DataFrame) -> pl.Expr:
        """Lay out the area of boxes as `schema.STATED`, if it is not their own."""
        area = self._area()
        says_more = area.is_not_null() & (pl.lit(self._exact) | (area != _OWN_AREA))
        if not boxes.select(says_more.any()).item():
            return pl.lit(None, schema.ANNOTATIONS["stated"].dtype)
        return pl.when(says_more).then(pl.concat_list(area))

    def _stated(self) -> pl.Expr:
        """Lay out area and box beside an outline or keypoints as `schema.STATED`."""
        area = self._area()
        box = from_sizes(*map(pl.col, SIDES))
        both = pl.concat_list(area.fill_null(float("nan")), box)
        return pl.when(_HAS_BOX).then(both).when(area.is_not_null()).then(pl.concat_list(area))

    def _note_stated(self, drawn: pl.DataFrame) -> None:
        n = drawn["stated"].count()
        if n and not self._exact:
            expected = "one shape for each annotation; the most detailed is read, area and box are kept as stated"
            self._builder.problem("note", expected, field=f"{self._annotations.member}area, bbox", n=n)


def _having(name: str, rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.col(name).is_not_null())


def _without(rows: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(~_among(others)) if others.height else rows


def _among(others: pl.DataFrame) -> pl.Expr:
    return pl.col("row").is_in(others["row"].implode())


def _tally(unread: Unread, what: str, rows: pl.DataFrame) -> None:
    if rows.height:
        unread.add(what, rows["record"].item(0), n=rows.height)
