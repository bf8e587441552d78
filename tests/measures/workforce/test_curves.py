"""Learning, fatigue, fading: what was planted comes out."""

import numpy as np
import polars as pl
import pytest

from labelqa.measures.workforce.workforce import workforce
from tests.measures.workforce.small import at, made, rows_of


def worked(rng, learning=0.0, fatigue=0.0, noise=0.25, sittings=12, labels=30):
    """A labeler's labels: each doubling changes the seconds by `learning`, each hour of a sitting by `fatigue`."""
    rows, n = [], 0
    for sitting in range(sittings):
        for k in range(labels):
            n += 1
            hours = k * 6 / 60
            seconds = 60 * (1 + learning) ** np.log2(n) * (1 + fatigue) ** hours * np.exp(noise * rng.normal())
            rows.append(
                {"asset": f"a{n:04}", "labeler": "ann", "at": at(sitting * 1440 + 6 * k), "seconds": float(seconds)}
            )
    return rows


def curve(rows, **options):
    return rows_of(workforce(made(rows), cap=1e6, **options).curves, "labeler")["ann"]


@pytest.mark.parametrize(("learning", "fatigue"), [(-0.15, 0.0), (0.0, 0.2), (0.0, -0.1)])
def test_what_was_planted_comes_out(learning, fatigue):
    found = curve(worked(np.random.default_rng(0), learning, fatigue, noise=0.05))
    assert found["learning"] == pytest.approx(learning, abs=0.02)
    assert found["fatigue"] == pytest.approx(fatigue, abs=0.03)
    assert found["n_sittings"] == 12
    assert (found["n_learning"], found["n_fatigue"]) == (360, 360)


def test_intervals_hold_the_truth_and_nothing_is_found_where_nothing_is():
    """Of 150 labelers who neither learn nor tire, 95 % intervals hold 0 for 90 to 99 %."""
    rows = []
    for who in range(150):
        mine = worked(np.random.default_rng(who), sittings=10, labels=12)
        rows += [row | {"asset": f"{who:03}{row['asset']}", "labeler": f"l{who:03}"} for row in mine]
    curves = workforce(made(rows), cap=1e6).curves
    for name in ("learning", "fatigue"):
        held = ((curves[f"{name}_low"] <= 0) & (curves[f"{name}_high"] >= 0)).mean()
        assert 0.90 <= held <= 0.99, name


def test_fading_is_about_agreement():
    rng, rows = np.random.default_rng(5), []
    for row in worked(rng, sittings=8):
        minute = int(row["asset"][1:]) % 30
        rows.append(row | {"boxes": 1 + 3 * int(rng.random() < minute / 30)})  # adds boxes that nobody else sees
        rows.append({"asset": row["asset"], "labeler": "bob", "boxes": 1, "seconds": 10})
    found = curve(rows)
    assert found["fading_high"] < 0
    assert found["n_fading"] > 200


def test_few_labels_and_one_sitting():
    rows = worked(np.random.default_rng(1), sittings=1, labels=9)
    assert "learning: few_labels" in curve(rows)["undefined"]
    rows = worked(np.random.default_rng(1), sittings=1, labels=20)
    found = curve(rows)
    assert found["learning"] is not None
    assert found["learning_low"] is None
    assert "learning interval: one_sitting" in found["undefined"]


def test_short_sittings_say_nothing_about_fatigue():
    rows = [
        {"asset": f"a{k}-{m}", "labeler": "ann", "at": at(k * 1440 + m), "seconds": 20 + m}
        for k in range(9)
        for m in range(9)
    ]
    found = curve(rows)
    assert found["fatigue"] is None
    assert found["learning"] is not None


def test_without_times_there_are_no_curves():
    assert workforce(made([{"asset": "a", "labeler": "ann", "seconds": 3}])).curves.height == 0
    assert workforce(made([{"asset": "a", "labeler": None, "id": "x", "at": at(0)}])).curves.height == 0
    assert isinstance(workforce(made([])).curves, pl.DataFrame)
