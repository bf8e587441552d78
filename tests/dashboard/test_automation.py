"""The automation page on a project with pre-labels: its numbers are those of the workforce."""

import polars as pl
import pytest

import labelqa
from labelqa.simulation.planted import planted
from labelqa.simulation.plants import Person, Setting

PAGE = "09_automation.py"


@pytest.fixture(scope="module")
def project():
    return planted([Person()] * 4, assets=80, seed=3, setting=Setting(prelabel_share=0.6, saves=0.2))


@pytest.fixture
def aided(project, tmp_path):
    project.write(tmp_path / "aided")
    return tmp_path / "aided"


def test_rates_are_those_of_the_workforce(run, aided, project):
    app = run(PAGE, aided)
    assert not app.exception
    row = labelqa.workforce(project).automation.filter(pl.col("level") == "project").row(0, named=True)
    shown = {metric.label: metric.value for metric in app.metric}
    assert {name: shown[name] for name in ("Kept", "Edited", "Deleted", "Added", "IoU")} == {
        "Kept": f"{row['kept_rate']:.3f}",
        "Edited": f"{row['edited_rate']:.3f}",
        "Deleted": f"{row['deleted_rate']:.3f}",
        "Added": f"{row['added_rate']:.3f}",
        "IoU": f"{row['iou']:.3f}",
    }
    assert shown["Saved a label"] == f"{row['seconds_saved']:.1f} s"
    assert any("--rates" in one.value for one in app.caption)


def test_money_needs_rates(run, aided, tmp_path):
    (tmp_path / "rates.toml").write_text('currency = "EUR"\n[default]\nper_hour = 20.0\n')
    app = run(PAGE, aided, f"--rates={tmp_path / 'rates.toml'}")
    assert any("EUR" in one.value for one in app.caption)


def test_without_pre_labels_it_says_so(run, full):
    app = run(PAGE, full)
    assert "no pre-labels" in app.info[0].value
