"""Projects with planted effects: labelers who copy, drift, rush or draw too large, so that findings can be checked.

The demo is a usual project; here each labeler is told what to do wrong, and nothing else is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.errors import UsageError
from labelqa.kinds.kind import Floats, Ints, spread
from labelqa.project import Builder, Project, schema
from labelqa.simulation.draws import Draws
from labelqa.simulation.people import whole
from labelqa.simulation.plants import Person, Setting
from labelqa.simulation.scenes import CAR, CLASSES, HEIGHT, TRUCK, WEATHER, WIDTH, Scenes, scenes, within_frame

_PROJECT = "planted"
_START = np.datetime64("2025-03-03T08:00:00.000", "ms")
_HOURS_AN_ASSET = 0.25
_SPREAD = 0.35
"""Standard deviation of the logarithm of the seconds a label takes."""


def planted(people: Sequence[Person], assets: int = 300, seed: int = 0, setting: Setting | None = None) -> Project:
    """Make up a project in which these people label, `labeler-01` first; the same arguments give the same project.

    Raises
    ------
    UsageError
        If an argument is not a whole number, or there are fewer people than labels of an asset.

    Examples
    --------
    >>> planted([Person()] * 4, assets=10, seed=1).labels.height
    30
    """
    setting = setting or Setting()
    n = whole("assets", assets, least=1)
    each = whole("labels_each", setting.labels_each, least=1)
    if len(people) < each:
        raise UsageError(f"{each} labels of each asset need as many people; found {len(people)}")
    draws = Draws(whole("seed", seed))
    street = scenes(n, draws)
    asset, person = _given_out(street, len(people), each, setting, draws)
    team = _Team(people, street, asset, person, setting, draws)

    builder = Builder()
    builder.source("planted", "planted")
    builder.records(n)
    for name in CLASSES:
        builder.concept(_PROJECT, "bbox", name)
    if setting.asks:
        builder.concept(_PROJECT, "choice", "weather", WEATHER)
    builder.assets_frame(
        pl.DataFrame({"asset_id": _ids("asset", np.arange(n), 6)}).with_columns(
            project_id=pl.lit(_PROJECT), width=WIDTH, height=HEIGHT
        )
    )
    labeler = _ids("labeler", np.arange(1, len(people) + 1), 2)
    prelabeled = np.flatnonzero(draws.uniform("prelabel", np.arange(n)) < setting.prelabel_share)
    guess = _prelabels(street, prelabeled, draws)
    owner, cls, boxes = team.boxes(guess)
    n_boxes = np.bincount(owner, minlength=len(asset))
    submitted, seconds = team.times(n_boxes, np.isin(asset, prelabeled))
    ids = pl.select(pl.format("{}/{}", _ids("asset", asset, 6), labeler.gather(person))).to_series()
    first = builder.labels_frame(
        pl.DataFrame(
            {
                "asset_id": _ids("asset", asset, 6),
                "label_id": ids,
                "labeler": labeler.gather(person),
                "created_at": pl.Series(submitted).dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"),
                "seconds": seconds,
            }
        ).with_columns(
            project_id=pl.lit(_PROJECT),
            role=pl.lit("submitted", schema.ROLE),
            status=pl.lit("submitted", schema.STATUS),
        )
    )
    _add_boxes(builder, first + owner, cls, boxes)
    if setting.asks:
        _add_weather(builder, first + np.arange(len(asset)), team.weather())
    truth = np.flatnonzero(draws.uniform("benchmark", np.arange(n)) < setting.benchmark_share)
    first = _add_role(builder, truth, "benchmark", "expert")
    owner, place = spread(street.n_objects[truth])
    thing = street.first[truth[owner]] + place
    _add_boxes(builder, first + owner, street.cls[thing], street.boxes[thing])
    if setting.asks:
        _add_weather(builder, first + np.arange(len(truth)), street.weather[truth])
    first = _add_role(builder, prelabeled, "prediction", "model")
    at = np.searchsorted(prelabeled, guess.asset)
    _add_boxes(builder, first + at, guess.cls, guess.boxes, guess.score)
    return builder.project()


def _given_out(street: Scenes, n_people: int, each: int, setting: Setting, draws: Draws) -> tuple[Ints, Ints]:
    """Give assets to people: at random, or the hard ones rather to the last."""
    n = len(street)
    rank = np.argsort(np.argsort(street.difficulty)) / max(n - 1, 1)
    place = np.arange(n_people) / max(n_people - 1, 1)
    chance = draws.uniform("given", np.arange(n)[:, None], np.arange(n_people))
    cost = chance + setting.unequal * np.abs(rank[:, None] - place)
    chosen = np.sort(np.argsort(cost, axis=1)[:, :each], axis=1)
    return np.repeat(np.arange(n), each), chosen.ravel()


@dataclass(frozen=True)
class _Guess:
    """What the model draws: the asset, thing (row of the object; -1 for nothing there), class, box, confidence."""

    asset: Ints
    thing: Ints
    cls: Ints
    boxes: Floats
    score: Floats


def _prelabels(street: Scenes, asset: Ints, draws: Draws) -> _Guess:
    """Pre-label: a sure model is right; an unsure one draws beside, and things that are not there."""
    owner, place = spread(street.n_objects[asset])
    thing = street.first[asset[owner]] + place
    score = draws.uniform("score", thing)
    box = street.boxes[thing]
    size = np.tile(box[:, 2:] - box[:, :2], 2)
    off = draws.normal("model edge", thing[:, None], np.arange(4))
    good = score > 0.6
    edges = box + off * size * np.where(good, 0.01, 0.08)[:, None]
    ghost = draws.uniform("ghost", thing) > np.where(score < 0.3, 0.15, 2.0)
    beside = box + np.array([900.0, 0.0, 900.0, 0.0]) - WIDTH * (box[:, :1] > WIDTH / 2)
    edges = np.where(ghost[:, None], beside, edges)
    return _Guess(asset[owner], np.where(ghost, -1, thing), street.cls[thing], within_frame(edges), score.round(3))


class _Team:
    """The people at their labels."""

    def __init__(
        self, people: Sequence[Person], street: Scenes, asset: Ints, person: Ints, setting: Setting, draws: Draws
    ) -> None:
        self.people, self.street, self.asset, self.person = people, street, asset, person
        self.setting, self.draws = setting, draws
        when = draws.uniform("turn", np.arange(len(street)))  # assets come in an order that tells nothing else
        self.when: Floats = when[asset]
        self.hard: Floats = 1.0 + setting.hardness * (street.difficulty[asset] - 0.25) / 1.5
        late = self.when > self.trait("worse_from")
        self.worse: Floats = np.where(late, self.trait("worse_by"), 1.0)
        self.unclear: NDArray[np.bool_] = (draws.uniform("unclear", np.arange(len(street))) < setting.unclear_share)[
            asset
        ]

    def trait(self, name: str) -> Floats:
        """Give a number of each label's labeler."""
        return np.array([getattr(one, name) for one in self.people], dtype=np.float64)[self.person]

    def boxes(self, guess: _Guess) -> tuple[Ints, Ints, Floats]:
        """Draw: label, class and corners of each box."""
        street, draws = self.street, self.draws
        owner, place = spread(street.n_objects[self.asset])
        thing = street.first[self.asset[owner]] + place
        key = (thing, self.person[owner])
        miss = self.trait("miss_rate") * self.hard * self.worse
        found = draws.uniform("miss", *key) >= miss[owner]
        box = street.boxes[thing]
        size = np.tile(box[:, 2:] - box[:, :2], 2)
        off = draws.normal("edge", thing[:, None], self.person[owner][:, None], np.arange(4))
        jitter = (self.trait("jitter") * self.hard * self.worse)[owner, None]
        outward = np.array([-0.5, -0.5, 0.5, 0.5]) * self.trait("grows")[owner, None]
        aside = np.array([1.0, 0.0, 1.0, 0.0]) * self.trait("shifts")[owner, None]
        edges = box + size * (off * jitter + outward + aside)
        lost = draws.between(0.0, 0.6, "lost", thing[:, None], self.person[owner][:, None], np.arange(2))
        anywhere = np.concatenate([lost, lost + 0.1], axis=1) * np.tile([WIDTH, HEIGHT], 2)
        edges = np.where(self.unclear[owner, None], anywhere, edges)
        cls = self._named(owner, thing)
        kept, edges, cls = self._prelabeled(guess, owner, thing, found, edges, cls)
        edges, cls, kept = self._copied(owner, thing, edges, cls, kept)
        return owner[kept], cls[kept], within_frame(edges[kept])

    def _named(self, owner: Ints, thing: Ints) -> Ints:
        """Name the objects, some wrongly."""
        draws, person = self.draws, self.person[owner]
        cls = self.street.cls[thing]
        other = np.select([cls == CAR, cls == TRUCK], [TRUCK, CAR], cls)
        cls = np.where(draws.uniform("mixed up", thing, person) < self.setting.mixed_up, other, cls)
        at_random = draws.below(len(CLASSES), "class instead", thing, person)
        cls = np.where(draws.uniform("confusion", thing, person) < self.trait("confusion")[owner], at_random, cls)
        share = np.array([one.overuses[1] if one.overuses else 0.0 for one in self.people])
        favourite = np.array([CLASSES.index(one.overuses[0]) if one.overuses else 0 for one in self.people])
        return np.where(draws.uniform("overuse", thing, person) < share[person], favourite[person], cls)

    def _prelabeled(
        self, guess: _Guess, owner: Ints, thing: Ints, found: NDArray[np.bool_], edges: Floats, cls: Ints
    ) -> tuple[NDArray[np.bool_], Floats, Ints]:
        """Keep a sure pre-label as it is; draw the object anew where the model was unsure."""
        real = guess.thing >= 0
        if not real.any():
            return found, edges, cls
        at = np.searchsorted(guess.thing[real], thing).clip(max=int(real.sum()) - 1)
        offered = guess.thing[real][at] == thing
        keeps = offered & (guess.score[real][at] > 0.6) & (self.draws.uniform("keeps", thing, self.person[owner]) < 0.9)
        return (
            found | keeps,
            np.where(keeps[:, None], guess.boxes[real][at], edges),
            np.where(keeps, guess.cls[real][at], cls),
        )

    def _copied(
        self, owner: Ints, thing: Ints, edges: Floats, cls: Ints, kept: NDArray[np.bool_]
    ) -> tuple[Floats, Ints, NDArray[np.bool_]]:
        """Take boxes over from the labeler who is copied, but for a twentieth of a pixel."""
        n_people = len(self.people)
        source = np.array([-1 if one.copies is None else one.copies for one in self.people])[self.person[owner]]
        key = thing * n_people + self.person[owner]
        order = np.argsort(key, kind="stable")
        wanted = thing * n_people + source
        at = order[np.searchsorted(key[order], wanted).clip(max=max(len(key) - 1, 0))] if len(key) else order
        asset = self.asset[owner]
        takes = self.draws.uniform("copies", asset, self.person[owner]) < self.trait("copied_share")[owner]
        copied = (source >= 0) & takes & (key[at] == wanted)
        nudge = self.draws.between(-0.05, 0.05, "nudge", thing[:, None], self.person[owner][:, None], np.arange(4))
        return (
            np.where(copied[:, None], edges[at] + nudge, edges),
            np.where(copied, cls[at], cls),
            np.where(copied, kept[at], kept),
        )

    def weather(self) -> Ints:
        """Answer the question."""
        right = self.street.weather[self.asset]
        rate = np.where(self.unclear, 0.75, self.trait("answer_error") * self.worse)
        errs = self.draws.uniform("answer", self.asset, self.person) < rate
        step = 1 + self.draws.below(len(WEATHER) - 1, "answer instead", self.asset, self.person)
        answer = np.where(errs, (right + step) % len(WEATHER), right)
        fixed = np.array([WEATHER.index(one.always) if one.always else -1 for one in self.people])[self.person]
        return np.where(fixed >= 0, fixed, answer)

    def times(self, n_boxes: Ints, aided: NDArray[np.bool_]) -> tuple[NDArray[np.datetime64], Floats]:
        """Say when each label was submitted and how many seconds it took."""
        key = (self.asset, self.person)
        work = (8.0 + 5.0 * n_boxes) * self.trait("pace") * self.hard
        work = work * np.where(aided, 1.0 - self.setting.saves, 1.0)
        seconds = work * np.exp(_SPREAD * self.draws.normal("pace", *key))
        idles = self.draws.uniform("idle", *key) < self.trait("idle_share")
        seconds = np.where(idles, self.draws.between(10_000.0, 25_000.0, "idle seconds", *key), seconds)
        hours = self.when * _HOURS_AN_ASSET * len(self.street) + self.draws.uniform("minute", *key)
        copies = np.array([one.copies is not None for one in self.people])[self.person]
        hours = hours + copies  # after the one who is copied
        return _START + (hours * 3_600_000).astype("timedelta64[ms]"), np.round(seconds, 3)


def _ids(noun: str, numbers: Ints, digits: int) -> pl.Series:
    text = pl.Series(numbers).cast(pl.String).str.zfill(digits)
    return pl.select(pl.format(noun + "-{}", text)).to_series()


def _add_role(builder: Builder, asset: Ints, role: str, who: str) -> int:
    """Add labels of that role; gives the number of the first."""
    names = _ids("asset", asset, 6)
    return builder.labels_frame(
        pl.DataFrame({"asset_id": names}).with_columns(
            label_id=pl.format("{}/" + who, names),
            labeler=pl.lit(who),
            project_id=pl.lit(_PROJECT),
            role=pl.lit(role, schema.ROLE),
            status=pl.lit("submitted", schema.STATUS),
            created_at=pl.lit("2025-03-01T00:00:00Z"),
        )
    )


def _add_boxes(builder: Builder, label: Ints, cls: Ints, boxes: Floats, score: Floats | None = None) -> None:
    frame = pl.DataFrame(
        {
            "label": label,
            "class": pl.Series(CLASSES).gather(cls),
            "geometry": pl.Series(boxes.reshape(-1, 4), dtype=pl.Array(pl.Float64, 4)).arr.to_list(),
        }
    ).with_columns(kind=pl.lit("bbox"), is_crowd=False)
    builder.annotations_frame(frame if score is None else frame.with_columns(score=pl.Series(score)))


def _add_weather(builder: Builder, label: Ints, weather: Ints) -> None:
    frame = pl.DataFrame({"label": label, "answer": pl.Series(WEATHER).gather(weather)})
    builder.annotations_frame(
        frame.with_columns(
            pl.concat_list("answer"), kind=pl.lit("choice"), is_crowd=False, **{"class": pl.lit("weather")}
        )
    )
