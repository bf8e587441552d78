"""Hours, days, weeks and months of a time zone."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from labelqa.errors import UsageError
from labelqa.measures.workforce.workforce import workforce
from labelqa.report.workforce.files import document
from labelqa.report.workforce.text import summary
from tests.measures.workforce.small import made

TIMES = [
    "2025-03-29T22:30:00Z",
    "2025-03-29T23:30:00Z",  # the 30th in Berlin
    "2025-03-30T00:30:00Z",  # 01:30, the last hour of winter time
    "2025-03-30T01:30:00Z",  # 03:30, the first of summer time
    "2025-03-31T21:59:00Z",
    "2025-03-31T22:00:00Z",  # April
]


def project():
    rows = [{"asset": f"a{k}", "labeler": "ann", "at": time, "seconds": 10 + k} for k, time in enumerate(TIMES)]
    return made([*rows, {"asset": "z", "labeler": "bob", "seconds": 3}])


def counted(every, tz="Europe/Berlin"):
    timeline = workforce(project(), every=every, tz=tz).timeline
    return dict(timeline.select("period", "n_labels").iter_rows())


def berlin(*parts):
    return datetime(2025, *parts, tzinfo=ZoneInfo("Europe/Berlin"))


def test_days_are_local():
    assert counted("day") == {berlin(3, 29): 1, berlin(3, 30): 3, berlin(3, 31): 1, berlin(4, 1): 1, None: 1}


def test_hours_across_the_change_of_clocks():
    found = counted("hour")
    assert len(found) == 7
    assert {berlin(3, 30, 1): 1, berlin(3, 30, 3): 1}.items() <= found.items()


def test_weeks_begin_on_monday_and_months_on_the_first():
    assert counted("week") == {berlin(3, 24): 4, berlin(3, 31): 2, None: 1}
    assert counted("month") == {berlin(3, 1): 5, berlin(4, 1): 1, None: 1}
    assert list(counted("month", "UTC").values()) == [6, 1]


def test_days_with_work_are_counted_locally():
    ann = workforce(project(), tz="Europe/Berlin").labelers.row(0, named=True)
    assert (ann["n_days"], ann["labels_per_day"], ann["labels_per_calendar_day"]) == (4, 1.5, 1.5)
    assert workforce(project(), tz="UTC").labelers.row(0, named=True)["n_days"] == 3


@pytest.mark.parametrize("every", ["day", "hour", "week", "month"])
def test_periods_add_up(every):
    work = workforce(project(), every=every, tz="Asia/Kathmandu")
    for name in ("n_labels", "labeling_seconds", "active_seconds"):
        assert work.timeline[name].sum() == pytest.approx(work.project[name].sum())
        assert work.labeler_timeline[name].sum() == pytest.approx(work.project[name].sum())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"every": "dya"}, "did you mean 'day'"),
        ({"tz": "Europe/Berln"}, "did you mean 'Europe/Berlin'"),
        ({"tz": ""}, "A time zone has a name"),
        ({"tz": "../etc/passwd"}, "A time zone has a name"),
        ({"tz": None}, "A time zone has a name"),
    ],
)
def test_unknown_periods_and_zones(arguments, said):
    with pytest.raises(UsageError, match=said):
        workforce(project(), **arguments)


def test_the_ends_of_time():
    times = ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z"]
    rows = [{"asset": f"a{k}", "labeler": "ann", "at": time, "seconds": 10} for k, time in enumerate(times)]
    for tz in ("Asia/Tokyo", "America/Los_Angeles"):
        for every in ("hour", "month"):
            work = workforce(made(rows), every=every, tz=tz)
            assert work.timeline["n_labels"].to_list() == [1, 1, 1]
            assert "10000" in summary(work) or tz != "Asia/Tokyo"
            assert json.loads("".join(document(work)))["timeline"][1]["n_labels"] == 1
