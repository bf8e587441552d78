"""The page of work: its numbers are the library's, its band that of the forecast, its plans those of `what_if`."""

from datetime import date, datetime, timedelta

import polars as pl
import pytest

import labelqa

pytest.importorskip("altair")
from dashboard.components import numbers, work_charts

VIEW = "08_throughput_and_cost.py"
CARD = 'currency = "EUR"\n[default]\nper_hour = 18\n'


@pytest.fixture(scope="module")
def team(full):
    rates = {"currency": "EUR", "default": {"per_hour": 18}}
    return labelqa.workforce(labelqa.read(full), rates=rates)


@pytest.fixture
def card(tmp_path):
    path = tmp_path / "rates.toml"
    path.write_text(CARD)
    return f"--rates={path}"


def metrics(app):
    return {metric.label: metric.value for metric in app.metric}


def test_tiles_are_the_numbers_of_the_command_line(run, full, team, card):
    shown, row = metrics(run(VIEW, full, card)), team.project.row(0, named=True)
    assert shown["Labels a day"] == f"{row['labels_per_day']:.1f}"
    assert shown["Active hours"] == f"{row['active_seconds'] / 3600:.1f}"
    assert shown["Cost a label, EUR"] == numbers.money(row["cost_per_label"])
    assert shown["Cost an accepted label, EUR"] == numbers.money(row["cost_per_accepted_label"])


def test_without_rates_it_says_how_to_have_costs(run, full):
    app = run(VIEW, full)
    assert metrics(app)["Cost a label"] == numbers.DASH
    assert any("--rates" in info.value for info in app.info)
    assert "per_hour" in app.code[0].value


def test_another_plan_is_forecast(run, full, team, card):
    plan = team.what_if(labels_per_asset=6, more_labelers=3, rates={"currency": "x", "default": {"per_hour": 30}})
    app = run(VIEW, full, card, address={"asked": "6", "more": "3", "per_hour": "30"})
    assert metrics(app)["What if"] == plan["finished_on"][0].isoformat()
    assert metrics(app)["As it is"] != metrics(app)["What if"]
    assert any(caption.value.startswith(f"**{numbers.money(plan['cost'][0])}") for caption in app.caption)


@pytest.mark.parametrize("amount", ["Annotations", "Hours", "Cost"])
@pytest.mark.parametrize("by_labeler", ["true", "false"])
def test_every_amount_is_drawn(run, full, card, amount, by_labeler):
    app = run(VIEW, full, card, address={"amount": amount, "by_labeler": by_labeler, "every": "Week"})
    assert not app.exception
    assert app.get("vega_lite_chart") or app.get("arrow_vega_lite_chart")


def test_the_band_ends_where_the_interval_does():
    plan = {"n_labels_left": 700, "labels_per_day": 31.0, "n_days": 19}
    # the equation of the forecast: (left - m T)^2 = s (T + T^2 / n), solved by hand for s = 90
    a, b = 31.0**2 - 90 / 19, 2 * 700 * 31.0 + 90
    root = (b * b - 4 * a * 700**2) ** 0.5
    low, high = (b - root) / (2 * a), (b + root) / (2 * a)
    found = work_charts.fan({**plan, "days": 700 / 31, "days_low": low, "days_high": high}, 100, date(2026, 3, 1))
    start = datetime(2026, 3, 1)
    assert found["at"][0] == start
    assert (found["at"][-1] - start) / timedelta(days=1) == pytest.approx(high)
    assert found["low"][-1] == pytest.approx(800)
    assert found["low"][-2] < 800
    early = found.filter(pl.col("at") < start + timedelta(days=low))
    late = found.filter(pl.col("at") > start + timedelta(days=low))
    assert early["high"].max() < 800
    assert (late["high"] == 800).all()
    assert (found["labels"].is_between(found["low"] - 1e-9, found["high"] + 1e-9)).all()


def test_without_an_end_the_band_is_drawn_for_a_while():
    plan = {"n_labels_left": 40, "labels_per_day": 4.0, "n_days": 4, "days": 10.0, "days_low": 1.5, "days_high": None}
    found = work_charts.fan(plan, 0, date(2026, 3, 1))
    assert found["low"].max() < 40
    assert found["at"][-1] == datetime(2026, 3, 31)
    assert work_charts.fan({**plan, "n_labels_left": 0}, 0, date(2026, 3, 1)).is_empty()
    assert work_charts.fan({**plan, "days": None}, 0, date(2026, 3, 1)).is_empty()


def test_a_stack_is_as_high_as_what_everybody_did(team):
    chart = work_charts.stacked(team.labeler_timeline, "n_labels", "day", {})
    rows = pl.DataFrame(chart.data)
    top = rows.group_by("period").agg(pl.col("top").max()).sort("period")["top"]
    per_day = team.timeline.filter(pl.col("period").is_not_null()).sort("period")["n_labels"]
    assert top.to_list() == per_day.to_list()


def test_the_busiest_have_names_and_the_rest_are_one():
    people = [f"p{k:02}" for k in range(15)]
    frame = pl.DataFrame(
        {"period": [datetime(2026, 3, 2)] * 15, "labeler": people, "n_labels": list(range(1, 16))}
    ).with_columns(pl.col("period").dt.replace_time_zone("UTC"))
    rows = pl.DataFrame(work_charts.stacked(frame, "n_labels", "day", {}).data)
    assert rows.height == work_charts.MOST_NAMED + 1
    assert rows.filter(pl.col("labeler") == work_charts.OTHERS)["n_labels"].to_list() == [sum(range(1, 7))]
