"""Labelers at work in the demo: who labels which asset, what they draw and answer, and what they get wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.kinds.kind import Floats, Ints, spread
from labelqa.simulation.draws import Draws
from labelqa.simulation.scenes import CAR, CLASS_SHARES, HAZARDS, HEIGHT, TRUCK, WEATHER, WIDTH, Scenes, within_frame

_LABELS_AN_ASSET = 3


@dataclass(frozen=True)
class Drawn:
    """Boxes: the label (row of `Labels`) each belongs to, class number, corners, and whether it is a true object."""

    owner: Ints
    cls: Ints
    boxes: Floats
    is_right: NDArray[np.bool_]

    def joined(self, other: Drawn) -> Drawn:
        """Put the boxes of both in one."""
        return Drawn(
            np.concatenate([self.owner, other.owner]),
            np.concatenate([self.cls, other.cls]),
            np.concatenate([self.boxes, other.boxes]),
            np.concatenate([self.is_right, other.is_right]),
        )


@dataclass(frozen=True)
class Labels:
    """What labelers made: one row a label, sorted by asset; its boxes apart."""

    asset: Ints
    labeler: Ints
    """Row in the table of skills."""
    is_skipped: NDArray[np.bool_]
    weather: Ints
    """Number of the answer in `WEATHER`."""
    hazards: NDArray[np.bool_]
    """[L, 4] which of `HAZARDS` are ticked."""
    n_boxes: Ints
    n_errors: Ints
    """Objects missed, drawn around nothing or called by the wrong class, and wrong answers."""
    drawn: Drawn

    def __len__(self) -> int:
        return len(self.asset)


def labels(scenes: Scenes, skills: pl.DataFrame, draws: Draws) -> Labels:
    """Let the labelers label the scenes; `skills` is the table that `truth` gives."""
    asset, labeler = _assigned(len(scenes), skills.height, draws)
    trait = {name: skills[name].to_numpy()[labeler] for name in skills.columns}
    is_skipped = draws.uniform("skip", asset, labeler) < trait["skip_rate"]
    seen = _seen(scenes, asset, labeler, ~is_skipped, trait, draws)
    imagined = _imagined(scenes, asset, labeler, ~is_skipped, trait, draws)
    drawn = seen.joined(imagined)
    weather, hazards = _answers(scenes, asset, labeler, trait, draws)
    n_right = np.bincount(drawn.owner[drawn.is_right], minlength=len(asset))
    n_imagined = np.bincount(imagined.owner, minlength=len(asset))
    n_wrong_answers = (weather != scenes.weather[asset]) + (hazards != scenes.hazards[asset]).any(axis=1).astype(int)
    return Labels(
        asset=asset,
        labeler=labeler,
        is_skipped=is_skipped,
        weather=weather,
        hazards=hazards,
        n_boxes=np.bincount(drawn.owner, minlength=len(asset)),
        n_errors=scenes.n_objects[asset] - n_right + n_imagined + n_wrong_answers,
        drawn=drawn,
    )


def _assigned(n_assets: int, n_labelers: int, draws: Draws) -> tuple[Ints, Ints]:
    """Give each asset to three different labelers, or to all where there are fewer."""
    asset = np.arange(n_assets)
    chosen = np.empty((n_assets, min(_LABELS_AN_ASSET, n_labelers)), dtype=np.int64)
    for turn in range(chosen.shape[1]):
        pick = draws.below(n_labelers - turn, f"labeler {turn}", asset)
        # The pick counts only those who are still free: step over the ones before it, in rising order.
        for taken in np.sort(chosen[:, :turn], axis=1).T:
            pick += pick >= taken
        chosen[:, turn] = pick
    chosen.sort(axis=1)
    return np.repeat(asset, chosen.shape[1]), chosen.ravel()


def _seen(
    scenes: Scenes, asset: Ints, labeler: Ints, works: NDArray[np.bool_], trait: dict[str, Floats], draws: Draws
) -> Drawn:
    """Draw the true objects, but for those missed; edges off by a share of the size, some classes confused."""
    owner, place = spread(np.where(works, scenes.n_objects[asset], 0))
    thing = scenes.first[asset[owner]] + place
    miss_rate = trait["miss_rate"][owner] * scenes.difficulty[asset[owner]] * scenes.smallness[thing]
    found = draws.uniform("miss", asset[owner], labeler[owner], place) >= miss_rate
    owner, place, thing = owner[found], place[found], thing[found]
    key = (asset[owner], labeler[owner], place)
    cls = scenes.cls[thing]
    other = np.select([cls == CAR, cls == TRUCK], [TRUCK, CAR], cls)
    confused = draws.uniform("confusion", *key) < trait["confusion_rate"][owner]
    box = scenes.boxes[thing]
    size = np.tile(box[:, 2:] - box[:, :2], 2)
    off = draws.normal("edge", *(part[:, None] for part in key), np.arange(4))
    named = np.where(confused, other, cls)
    return Drawn(owner, named, within_frame(box + off * size * trait["box_jitter"][owner, None]), named == cls)


def _imagined(
    scenes: Scenes, asset: Ints, labeler: Ints, works: NDArray[np.bool_], trait: dict[str, Floats], draws: Draws
) -> Drawn:
    """Draw boxes around nothing."""
    n = draws.poisson(trait["false_alarms"] * scenes.difficulty[asset], "false alarms", asset, labeler)
    owner, place = spread(np.where(works, n, 0))
    key = (asset[owner], labeler[owner], place)
    width = draws.between(20.0, 160.0, "false width", *key)
    height = draws.between(20.0, 160.0, "false height", *key)
    left = (WIDTH - width) * draws.uniform("false left", *key)
    top = (HEIGHT - height) * draws.uniform("false top", *key)
    boxes = within_frame(np.stack([left, top, left + width, top + height], axis=1))
    cls = draws.pick(CLASS_SHARES, "false class", *key)
    return Drawn(owner, cls, boxes, np.zeros(len(owner), dtype=bool))


def _answers(
    scenes: Scenes, asset: Ints, labeler: Ints, trait: dict[str, Floats], draws: Draws
) -> tuple[Ints, NDArray[np.bool_]]:
    """Answer the questions: when wrong, another weather, and one hazard too many or too few."""
    errs = draws.uniform("weather error", asset, labeler) < trait["answer_error_rate"]
    step = 1 + draws.below(len(WEATHER) - 1, "weather instead", asset, labeler)
    weather = np.where(errs, (scenes.weather[asset] + step) % len(WEATHER), scenes.weather[asset])
    errs = draws.uniform("hazard error", asset, labeler) < trait["answer_error_rate"]
    which = draws.below(len(HAZARDS), "hazard instead", asset, labeler)
    turned = errs[:, None] & (which[:, None] == np.arange(len(HAZARDS)))
    return weather, scenes.hazards[asset] ^ turned
