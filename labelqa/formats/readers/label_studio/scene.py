"""What the items of a task tell about each other: sizes of the images, and which things marks of one sort are on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from labelqa.formats.readers.label_studio import tags
from labelqa.formats.readers.label_studio.schema import Item
from labelqa.formats.readers.label_studio.values import number, text

_Thing = tuple[str | None, int]
_IMAGE = "image"
"""What all shapes on an image are marks of."""


class Scene:
    """Facts that an item may lack and another item of the same task has.

    Parameters
    ----------
    items : iterable of Item
        All items of the task, whoever made them.
    """

    def __init__(self, items: Iterable[Item]) -> None:
        self._sizes: dict[_Thing, tuple[float, float]] = {}
        self._things: dict[str, set[str | None]] = defaultdict(set)
        self._sounds: set[str | None] = set()
        self._is_indexed = False
        for item in items:
            self._is_indexed |= item.item_index is not None
            tag = tag_of(item)
            if (tag == tags.PLAIN or tag in tags.ANSWERS) and _is_sound(item):
                self._sounds.add(item.from_name)
            if not tags.is_region(tag):
                continue
            thing = _thing(item)
            self._things[_family(tag)].add(thing[0])
            if (size := stated_size(item)) is not None:
                # The least of contradictory sizes, so that the order of annotations does not matter.
                self._sizes[thing] = min(size, self._sizes.get(thing, size))

    def add_box(self, thing: str, size: tuple[float, float]) -> None:
        """Take note of a box on the thing of that name and size."""
        self._things[_IMAGE].add(thing)
        self._sizes[thing, 0] = min(size, self._sizes.get((thing, 0), size))

    def size(self, item: Item) -> tuple[float, float] | None:
        """Give width and height of what an item is on: as stated, else as another item states them."""
        stated = stated_size(item)
        if stated is None:
            stated = self._sizes.get(_thing(item))
        if stated is None and len(set(self._sizes.values())) == 1:
            stated = next(iter(self._sizes.values()))
        return stated

    def frame(self) -> tuple[float, float] | None:
        """Give the size of the one frame that the asset has; None if there are several or none is stated."""
        return next(iter(set(self._sizes.values()))) if len(set(self._sizes.values())) == 1 else None

    def place(self, item: Item, tag: str) -> str | None:
        """Name the thing or page that a mark is on, where the task has several for marks of its sort."""
        return self._place(_thing(item), _family(tag))

    def place_of_box(self, thing: str) -> str | None:
        """Name likewise what a box of `add_box` is on."""
        return self._place((thing, 0), _IMAGE)

    def _place(self, thing: _Thing, family: str) -> str | None:
        parts = []
        if len(self._things.get(family, ())) > 1:
            parts.append(thing[0] or "")
        if self._is_indexed:
            parts.append(str(thing[1]))
        return "/".join(parts) or None

    def is_sound(self, item: Item) -> bool:
        """Tell whether the plain labels of that control mark a sound."""
        return item.from_name in self._sounds


def tag_of(item: Item) -> str:
    """Give the tag of an item, if need be by the fields of its value."""
    return item.type.lower() if item.type else tags.told(value_of(item, ""))


def value_of(item: Item, tag: str) -> Mapping[str, Any]:
    """Give the value of an item; one without fields is that of the tag itself."""
    if isinstance(item.value, dict):
        return item.value
    return {} if item.value is None else {tag: item.value}


def stated_size(item: Item) -> tuple[float, float] | None:
    """Give the size that an item states, if both sides are above 0."""
    width, height = number(item.original_width), number(item.original_height)
    return (width, height) if width and height and min(width, height) > 0 else None


def _thing(item: Item) -> _Thing:
    index = number(item.item_index)
    return text(item.to_name), int(index) if index is not None else 0


def _family(tag: str) -> str:
    base = tags.base(tag)
    return _IMAGE if base in tags.ON_IMAGES else base


def _is_sound(item: Item) -> bool:
    """Tell whether start and end are seconds: there is a channel or length, or an end that is no whole character."""
    value = value_of(item, "")
    ends = [number(value.get(name)) for name in ("start", "end")]
    if None in ends or isinstance(value.get("text"), str):
        return False
    return "channel" in value or any(end != int(end) for end in ends if end is not None)
