"""The reviews page: its numbers are those of the workforce, and it says what is missing."""

import pytest

import labelqa
from labelqa.project import Builder

PAGE = "10_reviews.py"


def reviewed(*, reviews=True, issues=True):
    builder = Builder()
    builder.source("x", "example")
    for k in range(8):
        builder.asset("p", f"a{k}", width=200, height=200)
        label = builder.label("p", f"a{k}", f"l{k}", "ana", created_at=f"2026-01-0{k + 1}T08:00:00Z")
        builder.bbox(label, "cat", 10, 10, 50, 50)
        who = "ana" if k == 0 else "rita"
        if reviews and k < 6:
            verdict = "rejected" if k == 5 else "accepted"
            builder.review("p", f"a{k}", verdict, label=label, reviewer=who, created_at=f"2026-01-0{k + 1}T14:00:00Z")
        if issues and k > 4:
            state = "open" if k > 5 else "resolved"
            builder.issue(
                "p", f"a{k}", state, label=label, category="![x](y)", created_at=f"2026-01-0{k + 1}T15:00:00Z"
            )
    return builder.project()


@pytest.fixture
def stored(tmp_path):
    def store(**what):
        reviewed(**what).write(tmp_path / "project")
        return tmp_path / "project"

    return store


def test_numbers_are_those_of_the_workforce(run, stored):
    app = run(PAGE, stored())
    assert not app.exception
    row = labelqa.workforce(reviewed()).project.row(0, named=True)
    shown = {metric.label: metric.value for metric in app.metric}
    assert row["n_reviewed"] == 6
    assert shown == {
        "Reviewed": "75%",
        "Accepted": f"{row['acceptance_rate']:.3f}",
        "Accepted at once": f"{row['first_acceptance_rate']:.3f}",
        "Rework": f"{row['rework_rate']:.3f}",
        "Hours to approval": f"{row['hours_to_approval']:.1f}",
        "Open issues": "2",
    }
    assert shown["Hours to approval"] == "6.0"


def test_who_reviews_own_labels_is_said(run, stored):
    app = run(PAGE, stored())
    assert any("ana reviews own labels: 1 of 1 verdicts" in one.value for one in app.markdown)


@pytest.mark.parametrize("what", ["reviews", "issues"])
def test_what_is_missing_is_said(run, stored, what):
    app = run(PAGE, stored(**{what: False}))
    assert not app.exception
    assert any(f"There are no {what} in this export." in one.value for one in app.info)


def test_nothing_at_all(run, tiny):
    app = run(PAGE, tiny)
    assert "no reviews and no issues" in app.info[0].value
    assert not app.metric
