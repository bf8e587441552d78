"""Every page draws on empty, tiny and full projects; what an export holds never comes alive."""

import pytest

from tests.dashboard.conftest import VIEWS

SINKS = (
    "markdown",
    "caption",
    "error",
    "warning",
    "info",
    "success",
    "header",
    "subheader",
    "title",
    "metric",
    "button",
)
EVIL = "![x](http://example.invalid/beacon.png)"
LINK = "http://example.invalid/click"


@pytest.mark.parametrize("view", VIEWS)
def test_a_full_project(run, full, view):
    app = run(view, full)
    assert not app.exception
    assert not app.error
    assert app.header[0].value


@pytest.mark.parametrize("view", VIEWS)
def test_a_single_label(run, tiny, view):
    app = run(view, tiny)
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize("view", VIEWS)
def test_an_export_without_a_label(run, empty, view):
    app = run(view, empty)
    assert not app.exception
    assert app.info or app.error  # it says what to do


@pytest.mark.parametrize("view", VIEWS)
def test_an_export_that_cannot_be_read(run, tmp_path, view):
    (tmp_path / "broken.json").write_text("{")
    app = run(view, tmp_path / "broken.json")
    assert not app.exception
    assert app.error[0].value == "This cannot be shown."
    assert "broken.json" in app.code[0].value


@pytest.mark.parametrize("view", VIEWS)
def test_filters_that_leave_nothing(run, full, view):
    app = run(view, full, address={"dates": ["2000-01-01", "2000-01-02"], "batch": "no such batch"})
    assert not app.exception


@pytest.mark.parametrize("view", VIEWS)
def test_hostile_names_stay_text(run, table, view):
    who = (f'"{EVIL}"', f'"[a]({LINK})"', f'"{LINK}"', '"www.example.invalid"', '"<img src=x onerror=alert(1)>"')
    rows = [f'"{EVIL} {asset}",{name},"{EVIL}",{k},0,5,5' for asset in range(4) for k, name in enumerate(who)]
    app = run(view, table(*rows))
    assert not app.exception
    for sink in SINKS:
        for element in getattr(app, sink):
            for said in (
                getattr(element, "value", None),
                getattr(element, "label", None),
                getattr(element, "help", None),
            ):
                assert not any(live in str(said) for live in (EVIL, f"]({LINK}", LINK, "www.", "<img")), (sink, said)
