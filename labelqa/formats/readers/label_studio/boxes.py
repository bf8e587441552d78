"""Plain boxes with one label, by far the commonest regions: cut out of the text as columns before the rest is parsed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

import msgspec
import numpy as np
import polars as pl

from labelqa.formats.readers.label_studio.schema import Annotation, Item, Made, Prediction, Record
from labelqa.formats.runs import Cut, Cutter
from labelqa.formats.stencil import Hole, Matches, Stencil, learned

_TAG = "rectanglelabels"
_SIDES = ("value.x", "value.y", "value.width", "value.height")
_SIZE = ("original_width", "original_height")
_TURNS = ("image_rotation", "value.rotation")
_CLASS = f"value.{_TAG}"
_VALUE = {path.removeprefix("value.") for path in (*_SIDES, _CLASS)}
_MAX_SIDE = 1 << 24

_items = msgspec.json.Decoder(list[Item])


class _Annotation(Annotation):
    result: list[Item | str] | None = None  # type: ignore[assignment]


class _Prediction(Prediction):
    result: list[Item | str] | None = None  # type: ignore[assignment]


class _Record(Record):
    annotations: list[_Annotation | int] | None = None  # type: ignore[assignment]
    completions: list[_Annotation | int] | None = None  # type: ignore[assignment]
    predictions: list[_Prediction | int] | None = None  # type: ignore[assignment]
    result: list[Item | str] | None = None  # type: ignore[assignment]


def plain_boxes(head: bytes) -> Cutter[Record]:
    """Look in the head of a file for how plain boxes are written there."""
    return Cutter(learned(head, "result", ["type", "from_name"], _is_plain), _columns, _Record, _names)


class Boxes:
    """The boxes that were cut out of some records, run by run.

    Parameters
    ----------
    cut : Cut
        Its table has annotation_id, class, score, geometry, the thing that a box is on, its width and height.
    """

    def __init__(self, cut: Cut) -> None:
        self._runs = cut.runs
        self._table = cut.objects.drop("thing", "width", "height")
        first, self._sizes = cut.runs.first[:-1], np.diff(cut.runs.first)
        thing = cut.objects["thing"].cast(pl.Categorical).to_physical().to_numpy()
        run = np.repeat(np.arange(len(first)), self._sizes)
        is_repeated = pl.DataFrame({"run": run, "id": cut.objects["annotation_id"]}).is_duplicated().to_numpy()
        self._is_plain = np.minimum.reduceat(thing, first) == np.maximum.reduceat(thing, first)
        self._is_plain &= ~np.logical_or.reduceat(is_repeated, first)
        size = cut.objects["width"].to_numpy() * _MAX_SIDE + cut.objects["height"].to_numpy()
        width, height = np.divmod(np.minimum.reduceat(size, first), _MAX_SIDE)
        self._frames = list(
            zip(cut.objects["thing"].gather(first).to_list(), width.tolist(), height.tolist(), strict=True)
        )
        self._label = np.full(len(first), -1)
        self._place: list[str | None] = [None] * len(first)

    def opened(self, made: Made) -> tuple[list[Item], list[int]]:
        """Give the items of a result, and its runs; where a box is not all there is about its region, all are items."""
        result: list[Item | str] = made.result or []  # type: ignore[assignment]
        items = [one for one in result if not isinstance(one, str)]
        runs = [int(one[1:]) for one in result if isinstance(one, str)]
        is_plain = self._is_plain[runs].all() and not (self._sizes[runs].sum() == 1 and _is_scored(made))
        if is_plain and ((len(runs) <= 1 and not items) or _are_apart(self._ids(runs), items)):
            return items, runs
        whole = []
        for one in result:
            whole += _items.decode(self._runs.objects(int(one[1:]))) if isinstance(one, str) else [one]
        return whole, []

    def _ids(self, runs: Sequence[int]) -> list[str]:
        """Give the ids of the boxes of runs."""
        ids = self._table["annotation_id"]
        return [one for run in runs for one in ids.slice(self._runs.first[run], self._sizes[run])]

    def frames(self, runs: Sequence[int]) -> Iterator[tuple[str, tuple[float, float]]]:
        """Give what each run is on, and its size: the least, if they contradict each other."""
        for run in runs:
            thing, width, height = self._frames[run]
            yield thing, (width, height)

    def put(self, runs: Sequence[int], label: int, place: Callable[[str], str | None]) -> None:
        """Tell the number of the label of runs, and how to name the place of what they are on."""
        for run in runs:
            self._label[run], self._place[run] = label, place(self._frames[run][0])

    def annotations(self) -> pl.DataFrame:
        """Give the boxes of all runs with a label as annotations."""
        label = np.repeat(self._label, self._sizes)
        table = self._table.with_columns(label=label)
        if any(place is not None for place in self._place):
            run = np.repeat(np.arange(len(self._sizes)), self._sizes)
            table = table.with_columns(place=pl.Series(self._place, dtype=pl.String).gather(run))
        return table.filter(label >= 0).with_columns(pl.col("label").cast(pl.UInt32))


def _are_apart(ids: list[str], items: list[Item]) -> bool:
    """Tell whether there is nothing else about the regions of boxes."""
    alone = set(ids)
    return len(alone) == len(ids) and not any(str(item.id) in alone for item in items)


def _is_scored(made: Made) -> bool:
    """Tell whether there is a score of all items, which is that of the only one."""
    return isinstance(made, Prediction) and made.score is not None


def _names(record: _Record) -> Iterator[str]:
    """Give the texts in the results of a record."""
    for made in (*(record.annotations or ()), *(record.completions or ()), *(record.predictions or ()), record):
        if not isinstance(made, int):
            yield from (one for one in made.result or () if type(one) is str)


def _is_plain(sample: bytes, stencil: Stencil) -> bool:
    """Tell whether all objects under a stencil are upright boxes with one label, as long as their values are right."""
    item = json.loads(sample)
    value = item.get("value")
    if item.get("type") != _TAG or not isinstance(value, dict) or not _VALUE <= value.keys() <= {*_VALUE, "rotation"}:
        return False
    holes = set(stencil.holes)
    may_lack = ("image_rotation", item), ("score", item), ("value.rotation", value)
    return (
        all(item.get(path) is None for path in ("item_index", "parentID"))
        and not item.get("meta")
        and {Hole(path, "text") for path in ("id", "to_name", _CLASS)} <= holes
        and {Hole(path, "number") for path in (*_SIDES, *_SIZE)} <= holes
        and all(Hole(path, "number") in holes or where.get(path.rpartition(".")[2]) is None for path, where in may_lack)
    )


def _columns(matches: Matches) -> tuple[Matches, pl.DataFrame]:
    """Give those matches that are upright boxes with one label, and what they hold."""
    has = {hole.path for hole in matches.values}
    turns = [path for path in _TURNS if path in has]
    paths = [*_SIDES, *_SIZE, *turns, *(["score"] if "score" in has else [])]
    numbers, good = matches.numbers(paths)
    size, turned = numbers[:, 4:6], numbers[:, 6 : 6 + len(turns)]
    good &= (numbers[:, 2:4] >= 0).all(axis=1) & (turned == 0).all(axis=1)
    good &= ((size >= 1) & (size < _MAX_SIDE) & (size == np.floor(size))).all(axis=1)
    for path in ("id", "to_name", _CLASS):
        good &= ~matches.is_empty(path)
    if not good.all():
        matches, numbers = matches.where(good), numbers[good]
    size = numbers[:, 4:6]
    start = numbers[:, :2] * size / 100
    end = start + numbers[:, 2:4] * size / 100
    geometry = np.concatenate([start, np.where(end > start, end, start)], axis=1)
    score = numbers[:, -1] if "score" in has else None
    frame = pl.DataFrame(
        {
            "annotation_id": matches.texts("id"),
            "class": matches.texts(_CLASS).cast(pl.Categorical),
            "geometry": pl.Series(geometry).cast(pl.List(pl.Float64)),
            "thing": matches.texts("to_name"),
            "width": size[:, 0].astype(np.int64),
            "height": size[:, 1].astype(np.int64),
        }
    )
    kind, unknown = pl.lit("bbox", pl.Categorical()), pl.lit(None, pl.Float64)
    return matches, frame.with_columns(kind=kind, score=unknown if score is None else pl.Series(score))
