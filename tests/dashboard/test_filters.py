"""What filters mean: the numbers on a page are those of a selection, and those of the tables of classes."""

import threading

import polars as pl
import pytest

import labelqa
from dashboard import confused, doubts, objects, ontology

OVERVIEW = "01_overview.py"


@pytest.fixture(scope="module")
def scores():
    return labelqa.score(labelqa.demo(assets=120, labelers=5, seed=3))


def tile(app, label):
    return next(metric.value for metric in app.metric if metric.label == label)


def test_of_a_class_the_headline_is_the_number_in_the_table_of_classes(run, full, scores):
    row = scores.classes.row(by_predicate=pl.col("class") == "car", named=True)
    app = run(OVERVIEW, full, address={"class": "car"})
    assert not app.exception
    assert tile(app, "Consensus") == f"{row['consensus']:.3f}"
    assert tile(app, "Benchmark") == f"{row['benchmark']:.3f}"
    assert tile(app, "Assets") == "120"


@pytest.mark.parametrize(
    "view", ["04_agreement.py", "05_disagreements.py", "06_benchmarks.py", "07_classes.py", "11_gates.py"]
)
@pytest.mark.parametrize(
    "address", [{"class": "car"}, {"role": "submitted"}, {"class": ["car", "weather"], "labeler": "ana@example.com"}]
)
def test_pages_draw_what_is_left(run, full, view, address):
    app = run(view, full, address=address)
    assert not app.exception
    assert not app.error


def test_objects_of_other_classes_do_not_count(scores):
    cars, every = scores.select(classes="car"), scores.comparison.project.ontology
    rows = objects.described(scores, objects.met(scores, "consensus"), "class", "kind")
    one, other = (pl.col(f"class_{side}") == "car" for side in ("mine", "other"))
    found = objects.met(cars, "consensus")
    assert found.height == rows.filter(one | other).height
    assert found["n_seen"].sum() == rows.select(one.sum() + other.sum()).item()
    kind = pl.lit(every["kind"]).gather(
        pl.lit(scores.comparison.project.tables["annotations"]["concept"]).gather(pl.coalesce("mine", "other"))
    )
    ratio = objects.agreement_by(found.with_columns(kind=kind), "kind")["agreement"][0]
    matched = rows.filter(one & (pl.col("outcome") == "matched"))
    n = rows.select(one.sum() + other.sum()).item() - matched.height
    assert ratio == pytest.approx(matched["similarity"].sum() / n)


def test_pairs_of_classes_and_doubts_keep_their_shares(scores):
    every, found = doubts.doubts(scores), doubts.doubts(scores, ("car",))
    assert 0 < found.height < every.height
    assert found.rows() == every.filter((pl.col("class") == "car") | (pl.col("benchmark_class") == "car")).rows()
    cell = confused.behind(scores.select(classes="car"), "consensus", None, "car", "truck")
    assert cell.height == confused.behind(scores, "consensus", None, "car", "truck").height


def test_classes_that_are_not_looked_at_are_not_told_of(scores):
    team = labelqa.workforce(scores.comparison.project, scores=scores).select(classes=["car", "weather"])
    assert ontology.classes(team.scores, team)["class"].to_list() == ["car"]
    assert ontology.questions(team.scores)["question"].to_list() == ["weather"]


def test_a_page_is_there_before_its_findings(run, full, monkeypatch):
    going_on = threading.Event()
    search = labelqa.Workforce.findings.fget
    monkeypatch.setattr(labelqa.Workforce, "findings", property(lambda team: going_on.wait(60) and search(team)))

    for view in (OVERVIEW, "03_labeler.py", "07_classes.py"):
        app = run(view, full, patience=0)
        assert not app.exception
        assert any("Looking for what stands out" in said.value for said in app.markdown)
        assert app.metric[0].value not in ("", "–")
    going_on.set()
    monkeypatch.setattr("dashboard.data.PATIENCE", 60)
    app.run()
    assert not any("Looking for" in said.value for said in app.markdown)
