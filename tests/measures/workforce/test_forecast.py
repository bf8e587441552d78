"""What is left, and when it will be done."""

from datetime import date

import numpy as np
import pytest
from scipy import optimize, stats

from labelqa.errors import UsageError
from labelqa.measures.workforce.forecast import _days
from labelqa.measures.workforce.workforce import workforce
from tests.measures.workforce.small import at, made

DAY = 24 * 60


def project(per_day=(4, 0, 6, 2), n_assets=20, labelers=("ann", "bob")):
    rows, k = [], 0
    for day, n in enumerate(per_day):
        for minute in range(n):
            rows.append(
                {
                    "asset": f"a{k // 2:03}",
                    "labeler": labelers[k % 2],
                    "at": at(day * DAY + minute),
                    "seconds": 10 + day,
                }
            )
            k += 1
    return made(rows, assets=[("p", f"a{k:03}") for k in range(n_assets)])


def test_by_hand():
    rates = {"currency": "EUR", "default": {"per_label": 2}}
    as_it_is, more, fewer = workforce(project(), rates=rates).forecast.to_dicts()
    assert (as_it_is["labels_per_asset"], as_it_is["n_labels_left"], as_it_is["n_assets_left"]) == (2, 28, 14)
    assert (as_it_is["labels_per_day"], as_it_is["n_days"]) == (3, 4)  # the idle day counts
    assert as_it_is["days"] == pytest.approx(28 / 3)
    assert as_it_is["finished_on"] == date(2026, 3, 5 + 10)
    assert (as_it_is["cost"], as_it_is["cost_low"], as_it_is["cost_high"]) == (56, 56, 56)
    assert more["scenario"] == "2 labelers more"
    assert (more["n_labelers"], more["labels_per_day"], more["days"]) == (4, 6, pytest.approx(28 / 6))
    assert fewer["scenario"] == "1 labels an asset"
    assert (fewer["n_labels_left"], fewer["days"]) == (14, pytest.approx(14 / 3))


def test_what_if_is_the_forecast_under_another_plan():
    work = workforce(project(), rates={"currency": "EUR", "default": {"per_label": 2}})
    as_it_is, more, fewer = work.forecast.drop("scenario").rows()
    assert work.what_if().drop("scenario").rows() == [as_it_is]
    assert work.what_if(more_labelers=2).drop("scenario").rows() == [more]
    assert work.what_if(labels_per_asset=1).drop("scenario").rows() == [fewer]
    dear = {"currency": "EUR", "default": {"per_label": 3}}
    anew = workforce(project(), rates=dear, labels_per_asset=3, more_labelers=5).forecast
    assert work.what_if(labels_per_asset=3, more_labelers=5, rates=dear).equals(anew[1])
    with pytest.raises(UsageError, match="more_labelers is a whole number of at least 0"):
        work.what_if(more_labelers=-1)


def test_what_the_export_asks_for_counts_asset_by_asset():
    rows = [
        {"asset": asset, "labeler": labeler, "at": at(k), "asked": asked}
        for k, (asset, labeler, asked) in enumerate(
            [("a", "ann", 3), ("a", "bob", 3), ("b", "ann", 5), ("c", "ann", 3), ("d", "ann", None), ("e", "ann", None)]
        )
    ]
    work = workforce(made(rows))
    as_it_is, _, fewer = work.forecast.to_dicts()
    assert work.how["forecast"]["labels_per_asset"] == "stated and inferred"
    assert (as_it_is["labels_per_asset"], as_it_is["n_labels_left"], as_it_is["n_assets_left"]) == (3, 1 + 4 + 2, 3)
    assert (fewer["labels_per_asset"], fewer["n_labels_left"]) == (2, 0 + 1 + 1)
    assert workforce(made(rows), labels_per_asset=1).forecast["n_labels_left"][0] == 0


def test_the_interval_is_where_the_labels_of_so_many_days_may_reach_what_is_left():
    per_day = np.array([20.0, 25, 18, 22, 30, 24, 21])
    days, low, high = _days(500, per_day, 0.95)
    mean, spread, t = per_day.mean(), per_day.var(ddof=1), stats.t.ppf(0.975, 6)

    def reach(n_days, sign):
        return n_days * mean + sign * t * np.sqrt(spread * (n_days + n_days**2 / 7)) - 500

    assert days == pytest.approx(500 / mean)
    assert low == pytest.approx(optimize.brentq(reach, 1, 100, args=(1,)))
    assert high == pytest.approx(optimize.brentq(reach, 1, 1000, args=(-1,)))


@pytest.mark.parametrize("mean", [40, 200])
def test_intervals_hold_the_truth(mean):
    """Days that vary by themselves: 95 % intervals hold the day on which it was done in 92 to 98 % of 1,500 runs."""
    rng = np.random.default_rng(0)
    left, held = 30 * mean, 0
    for _ in range(1500):
        days = rng.gamma(6, mean / 6, 28 + 200)
        done = int(np.searchsorted(np.cumsum(days[28:]), left)) + 1  # the whole day on which it is done
        _, low, high = _days(left, days[:28], 0.95)
        held += low <= done <= np.ceil(high)
    assert 0.92 < held / 1500 < 0.985


def test_a_pace_that_may_be_nothing_has_no_upper_end():
    (row, *_) = workforce(project(per_day=(10, 0, 0, 2))).forecast.to_dicts()
    assert row["days"] is not None
    assert row["days_high"] is None
    assert "days interval: uneven_pace" in row["undefined"]


def test_two_days_make_no_interval():
    (row, *_) = workforce(project(per_day=(4, 4))).forecast.to_dicts()
    assert (row["days_low"], row["days_high"]) == (None, None)
    assert "days interval: few_days" in row["undefined"]


def test_only_the_recent_past_counts():
    (row, *_) = workforce(project(per_day=(30, *[0] * 30, *[2] * 28), n_assets=200)).forecast.to_dicts()
    assert (row["labels_per_day"], row["n_days"]) == (2, 28)
    assert row["days_low"] == row["days"] == row["days_high"]  # every day was the same


def test_labels_per_asset_may_be_given():
    row = workforce(project(), labels_per_asset=3).forecast.row(0, named=True)
    assert (row["labels_per_asset"], row["n_labels_left"]) == (3, 60 - 12)


def test_what_is_done_takes_no_time():
    row = workforce(project(n_assets=6)).forecast.row(0, named=True)
    assert (row["n_labels_left"], row["days"], row["days_high"]) == (0, 0, 0)


def test_without_time_only_what_is_left_is_known():
    work = workforce(made([{"asset": "a", "labeler": "ann"}], assets=[("p", "b")]))
    row = work.forecast.row(0, named=True)
    assert (row["n_labels_left"], row["days"], row["cost"]) == (1, None, None)
    assert row["undefined"] == "days: no_time; cost: no_rates"


def test_skipped_assets_are_left_and_ties_ask_for_more():
    rows = [
        {"asset": "a", "labeler": "ann"}, {"asset": "a", "labeler": "bob"}, {"asset": "b", "labeler": "ann"},
        {"asset": "c", "labeler": "ann", "status": "skipped"},
    ]  # fmt: skip
    row = workforce(made(rows)).forecast.row(0, named=True)
    assert (row["labels_per_asset"], row["n_labels_left"], row["n_assets_left"]) == (2, 3, 2)
