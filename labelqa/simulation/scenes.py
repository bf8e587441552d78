"""The street scenes of the demo: what is really there, which labelers see more or less well."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labelqa.kinds.kind import Floats, Ints, spread
from labelqa.simulation.draws import Draws

WIDTH, HEIGHT = 1280, 720

CLASSES = ("car", "person", "bicycle", "truck", "traffic light")
CAR, TRUCK = CLASSES.index("car"), CLASSES.index("truck")
CLASS_SHARES = (0.42, 0.28, 0.08, 0.12, 0.10)

#                     car    person bicycle truck traffic light
_LEAST_HEIGHT = np.array([22.0, 30.0, 24.0, 40.0, 18.0])
_MOST_HEIGHT = np.array([190.0, 320.0, 170.0, 330.0, 80.0])
_ASPECT = np.array([1.45, 0.40, 1.10, 1.35, 0.42])
"""Width / height."""

WEATHER = ("clear", "cloudy", "rain", "fog")
_WEATHER_SHARES = (0.45, 0.30, 0.18, 0.07)

HAZARDS = ("crossing", "glare", "roadwork", "wet road")
_HAZARD_SHARES = np.array([0.35, 0.12, 0.15, 0.25])

CAMERAS = ("front", "left", "right")
_CAMERA_SHARES = (0.6, 0.2, 0.2)

LIGHTING = ("day", "dusk", "night")
_LIGHTING_SHARES = (0.6, 0.25, 0.15)

BATCHES = ("main", "pilot")
_BATCH_SHARES = (0.75, 0.25)

_EMPTY, _CROWDED = 0, 1
_SCENE_SHARES = (0.10, 0.12, 0.78)
_HORIZON = 0.45 * HEIGHT
_BENCHMARK_SHARE = 0.15


@dataclass(frozen=True)
class Scenes:
    """Assets 0 .. n - 1 and the objects in them; the objects of an asset lie side by side."""

    weather: Ints
    """[n] number of the true answer in `WEATHER`."""
    hazards: NDArray[np.bool_]
    """[n, 4] which of `HAZARDS` are there."""
    camera: Ints
    lighting: Ints
    batch: Ints
    has_benchmark: NDArray[np.bool_]
    difficulty: Floats
    """[n] factor on miss rates and false alarms, mean 1."""
    first: Ints
    """[n] row of the asset's first object."""
    n_objects: Ints
    cls: Ints
    """[m] number of the object's class in `CLASSES`."""
    boxes: Floats
    """[m, 4] left, top, right, bottom."""
    smallness: Floats
    """[m] factor on miss rates, mean 1."""

    def __len__(self) -> int:
        return len(self.weather)


def scenes(n: int, draws: Draws) -> Scenes:
    """Make the first `n` street scenes of a seed."""
    asset = np.arange(n)
    # The darkest assets are the most difficult ones, so that slices by lighting show it.
    darkness = draws.uniform("darkness", asset)
    n_objects = _how_many(asset, draws)
    owner, place = spread(n_objects)
    cls = draws.pick(CLASS_SHARES, "class", owner, place)
    nearness = draws.uniform("nearness", owner, place)
    return Scenes(
        weather=draws.pick(_WEATHER_SHARES, "weather", asset),
        hazards=draws.uniform("hazards", asset[:, None], np.arange(len(HAZARDS))) < _HAZARD_SHARES,
        camera=draws.pick(_CAMERA_SHARES, "camera", asset),
        lighting=np.searchsorted(np.cumsum(_LIGHTING_SHARES)[:-1], darkness),
        batch=draws.pick(_BATCH_SHARES, "batch", asset),
        has_benchmark=draws.uniform("benchmark", asset) < _BENCHMARK_SHARE,
        difficulty=0.25 + 1.5 * darkness,
        first=np.cumsum(n_objects) - n_objects,
        n_objects=n_objects,
        cls=cls,
        boxes=_boxes(owner, place, n_objects, cls, nearness, draws),
        smallness=1.5 - nearness,
    )


def _how_many(asset: Ints, draws: Draws) -> Ints:
    """Count the objects of each asset: some are empty, some crowded."""
    scene = draws.pick(_SCENE_SHARES, "scene", asset)
    crowd = 8 + draws.poisson(8.0, "crowd", asset)
    usual = 1 + draws.poisson(3.0, "usual", asset)
    return np.select([scene == _EMPTY, scene == _CROWDED], [0, crowd], usual)


def _boxes(owner: Ints, place: Ints, n_objects: Ints, cls: Ints, nearness: Floats, draws: Draws) -> Floats:
    """Place objects: near ones are large and low; side by side, so that they seldom hide each other."""
    size = _LEAST_HEIGHT[cls] + (_MOST_HEIGHT - _LEAST_HEIGHT)[cls] * nearness**2
    height = size * np.exp(0.10 * draws.normal("height", owner, place))
    width = height * _ASPECT[cls] * np.exp(0.10 * draws.normal("width", owner, place))
    stripe = WIDTH / np.maximum(n_objects[owner], 1)
    centre = stripe * (place + draws.uniform("centre", owner, place))
    is_light = cls == CLASSES.index("traffic light")
    ground = _HORIZON + (HEIGHT - _HORIZON) * nearness + 20.0 * draws.normal("ground", owner, place)
    bottom = np.where(is_light, _HORIZON - 100.0 * draws.uniform("pole", owner, place), ground)
    left = np.clip(centre - width / 2, 0.0, WIDTH - width)
    top = np.clip(bottom - height, 0.0, HEIGHT - height)
    return within_frame(np.stack([left, top, left + width, top + height], axis=1))


def within_frame(boxes: Floats) -> Floats:
    """Cut boxes to the frame and put them on hundredths of a pixel, corners in order."""
    edges = np.clip(boxes, 0.0, np.array([WIDTH, HEIGHT, WIDTH, HEIGHT], dtype=np.float64)).round(2)
    first, second = edges[:, :2], edges[:, 2:]
    return np.concatenate([np.minimum(first, second), np.maximum(first, second)], axis=1)
