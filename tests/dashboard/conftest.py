"""What tests of the dashboard share: running a page on an export without a browser."""

import sys
from pathlib import Path

import pytest

import labelqa
from tests.dashboard import browser

DASHBOARD = Path(__file__).parents[2] / "dashboard"
VIEWS = sorted(path.name for path in (DASHBOARD / "views").glob("[0-9][0-9]_*.py"))


@pytest.fixture
def run(monkeypatch):
    """Run a page: `run("01_overview.py", path, ..., address={"batch": "main"})`."""
    testing = pytest.importorskip("streamlit.testing.v1")
    import streamlit as st

    def run(
        view, *arguments, address=None, before=None, patience=120
    ):  # what is worked out beside a page is waited for
        monkeypatch.setattr("dashboard.data.PATIENCE", patience)
        monkeypatch.setattr(sys, "argv", ["app.py", *map(str, arguments)])
        app = testing.AppTest.from_file(str(DASHBOARD / "app.py"), default_timeout=120)
        for name, value in (address or {}).items():
            app.query_params[name] = value
        app.run()
        app.switch_page(f"views/{view}").run()
        return before(app).run() if before else app

    yield run
    st.cache_resource.clear()


@pytest.fixture(scope="module")
def visit():
    """Open a window on an address: `page = visit(address)`; see `browser.Visit`."""
    with browser.chromium() as visit:
        yield visit


@pytest.fixture(scope="session")
def full(tmp_path_factory):
    """Give a project with everything: several projects, batches, kinds, roles, reviews."""
    folder = tmp_path_factory.mktemp("full") / "project"
    labelqa.demo(assets=120, labelers=5, seed=3).write(folder)
    return folder


@pytest.fixture
def table(tmp_path):
    """Write a plain table of labels."""

    def write(*rows, header="asset_id,labeler,class,x,y,w,h"):
        path = tmp_path / "table.csv"
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def tiny(table):
    """Give one label of one asset."""
    return table("a,ana,cat,0,0,5,5")


@pytest.fixture
def empty(table):
    """Give a table without a row."""
    return table()
