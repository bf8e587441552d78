"""Masks and their pixels: Darwin keeps all masks of a frame in one raster layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from labelqa.formats.readers.darwin.schema import Marks, RasterLayer
from labelqa.formats.readers.darwin.shapes import masks
from labelqa.formats.rle import MaskValue


@dataclass(frozen=True)
class Mask:
    """A mask whose pixels are in a layer under `layer_id`; its frame is None in an image."""

    marks: Marks
    name: str
    layer_id: str | None
    frame: int | None
    mark_id: str | None


class Rasters:
    """The masks and layers of one slot."""

    def __init__(self, width: float | None, height: float | None) -> None:
        self._size = (width, height)
        self._masks: list[Mask] = []
        self._layers: dict[int | None, list[RasterLayer]] = {}

    def add_mask(
        self, marks: Marks, name: str, layer_id: str | None, frame: int | None, mark_id: str | None = None
    ) -> None:
        """Add a mask without its pixels."""
        self._masks.append(Mask(marks, name, layer_id, frame, mark_id or layer_id))

    def add_layer(self, frame: int | None, layer: RasterLayer) -> None:
        """Add a layer; of a video, that of one frame, which stands until the next one."""
        self._layers.setdefault(frame, []).append(layer)

    def masks(self) -> Iterator[tuple[Mask | None, MaskValue | None, str]]:
        """Give each mask with its pixels, or with the reason why there are none.

        Pixels that belong to no mask, and layers that cannot be read, come without a mask.
        """
        pixels: dict[int | None, dict[str, MaskValue]] = {}
        wanted = {(mask.frame, mask.layer_id) for mask in self._masks}
        for frame, layers in self._layers.items():
            pixels[frame] = {}
            for layer in layers:
                try:
                    pixels[frame] |= masks(layer, *self._whole_size())
                except ValueError as error:
                    yield None, None, f"a raster layer with {error}"
        for frame, found in pixels.items():
            for layer_id in found:
                if (frame, layer_id) not in wanted:
                    yield None, None, "a mask for each number in a raster layer"
        numbers = sorted(frame for frame in pixels if frame is not None)
        for mask in self._masks:
            found = pixels.get(self._layer_of(mask.frame, numbers), {})
            value = found.get(mask.layer_id or "")
            yield mask, value, "" if value else "a raster layer with the pixels of the mask"

    def _layer_of(self, frame: int | None, numbers: list[int]) -> int | None:
        """Give the frame whose layer a mask in this frame has: its own or the last one before."""
        before = [number for number in numbers if frame is not None and number <= frame]
        return before[-1] if before else None

    def _whole_size(self) -> tuple[int, int]:
        width, height = self._size
        if not width or not height or width != int(width) or height != int(height) or min(width, height) < 0:
            raise ValueError("the width and height of its slot")
        return int(width), int(height)
