"""The dashboard's page: it draws what the command line says, on a full project, a bad file and hostile names."""

import sys
from pathlib import Path

import pytest

import labelqa

testing = pytest.importorskip("streamlit.testing.v1")
APP = str(Path(__file__).parents[2] / "dashboard" / "app.py")


@pytest.fixture
def page(monkeypatch):
    def drawn(*paths):
        monkeypatch.setattr(sys, "argv", ["app.py", *map(str, paths)])
        return testing.AppTest.from_file(APP, default_timeout=60).run()

    return drawn


def test_the_demo_shows_the_numbers_of_the_command_line(page):
    app = page()
    assert not app.exception
    row = labelqa.score(labelqa.demo(assets=200, labelers=6, seed=0)).project.row(0, named=True)
    tiles = {metric.label: metric.value for metric in app.metric}
    assert tiles["Assets"] == f"{row['n_assets']:,}"
    assert tiles["Consensus"] == f"{row['consensus']:.3f}"
    assert len(app.dataframe) >= 2


def test_a_file_that_cannot_be_read_is_said_so(page, tmp_path):
    (tmp_path / "broken.json").write_text("{")
    app = page(tmp_path / "broken.json")
    assert not app.exception
    assert app.error[0].value == "The export cannot be read."
    assert "broken.json" in "".join(text.value for text in app.text)


def test_hostile_names_reach_no_markdown(page, tmp_path):
    evil = "![x](http://example.invalid/beacon.png)"
    rows = [f'"{evil}",{who},cat,0,0,5,5' for who in ("ana", '"[click](http://example.invalid)"')]
    (tmp_path / "table.csv").write_text("\n".join(["asset_id,labeler,class,x,y,w,h", *rows]))
    app = page(tmp_path / "table.csv")
    assert not app.exception
    assert not any("example.invalid" in element.value for element in app.markdown)
