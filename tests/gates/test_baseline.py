"""A run against an earlier one: what is compared, by construction; what is refused; the cells of saved scores."""

import json

import numpy as np
import polars as pl
import pytest

import labelqa
from labelqa.errors import UsageError
from labelqa.gates.catalogue import level_of
from labelqa.gates.cells import IN_ROW, cells_of, slices_of
from labelqa.gates.figures import Sources
from labelqa.gates.gate import gate
from labelqa.gates.saved import SavedScores
from labelqa.report.tables import write_tables
from labelqa.stats.betting import upper_bound
from labelqa.stats.keyed_random import keys_of
from tests.conftest import random_project
from tests.gates.answers import answered

RULE = {"measure": "benchmark", "at_least": 0.01, "evidence": "estimate"}
EACH = {**RULE, "level": "labeler"}


def compared(new, old, seed=0, **rule):
    rule = {**RULE, **rule}
    scores = labelqa.score(old) if isinstance(old, labelqa.Project) else old
    return gate(new, {"rules": {"r": rule}}, baseline=scores, seed=seed)["r, baseline"]


def shifted(project, by):
    """The same project about other assets."""
    tables = dict(project.tables)
    tables["assets"] = tables["assets"].with_columns(pl.col("asset_id") + by)
    return labelqa.Project(tables)


# --- verdicts by construction --------------------------------------------------------------------------------------

PERFECT, WRONG = answered({"ann": [1] * 40}), answered({"ann": [0] * 40})
HALF = answered({"ann": [1] * 20 + [0] * 20})
TWO = answered({"ann": [1] * 40, "bob": [1] * 40})
TWO_LATER = answered({"ann": [1] * 40, "bob": [0] * 40})


@pytest.mark.parametrize(
    ("new", "old", "rule", "outcome", "reason"),
    [
        (PERFECT, PERFECT, {}, "pass", None),
        (WRONG, PERFECT, {}, "fail", None),
        (PERFECT, WRONG, {}, "pass", None),
        (HALF, PERFECT, {}, "fail", None),
        # more is worse where the rule has a ceiling
        (PERFECT, WRONG, {"at_least": None, "at_most": 0.9}, "fail", None),
        (WRONG, PERFECT, {"at_least": None, "at_most": 0.9}, "pass", None),
        # a worsening that is allowed
        (HALF, PERFECT, {"worsening": 0.6}, "pass", None),
        (HALF, PERFECT, {"worsening": 0.1}, "fail", None),
        # one asset is chance
        (answered({"ann": [1] * 39 + [0]}), PERFECT, {}, "pass", None),
        # other assets
        (shifted(WRONG, "x"), PERFECT, {}, "fail", None),
        (shifted(PERFECT, "x"), PERFECT, {}, "pass", None),
        # the same assets as before, and new ones that are bad
        (answered({"ann": [1] * 40 + [0] * 40}), PERFECT, {}, "fail", None),
        (answered({"ann": [1] * 80}), PERFECT, {}, "pass", None),
        # fewer than so many differences are not asked
        (WRONG, PERFECT, {"min_n": 40}, "fail", None),
        (WRONG, PERFECT, {"min_n": 41}, "inconclusive", "too_few"),
        # nothing to compare with
        (PERFECT, answered({}), {}, "inconclusive", "not_in_baseline"),
        (answered({}), PERFECT, {}, "inconclusive", "not_in_baseline"),
        (PERFECT, PERFECT, {"measure": "consensus"}, "inconclusive", "not_in_baseline"),
        (answered({"cat": [1] * 40}), PERFECT, {"level": "labeler"}, "inconclusive", "not_in_baseline"),
        # rows
        (TWO_LATER, TWO, {"level": "labeler"}, "fail", None),
        (TWO_LATER, TWO, {"level": "labeler", "of": "ann"}, "pass", None),
        (TWO_LATER, PERFECT, {"level": "labeler"}, "pass", None),  # bob is new
        (TWO_LATER, TWO, {"level": "class"}, "fail", None),
        (TWO_LATER, TWO, {"level": "pair", "measure": "agreement"}, "fail", None),
    ],
)
def test_the_verdict_is_the_one_by_construction(new, old, rule, outcome, reason):
    rule = {key: value for key, value in {**RULE, **rule}.items() if value is not None}
    verdicts = gate(new, {"rules": {"r": rule}}, baseline=labelqa.score(old))
    found = verdicts["r, baseline"]
    assert (found.outcome, found.reason) == (outcome, reason)
    if outcome == "fail":
        assert verdicts.exit_code == 1


@pytest.mark.parametrize(("severity", "code"), [("error", 1), ("warn", 0)])
def test_a_worsening_stops_the_pipeline_as_the_rule_says(severity, code):
    rules = {
        "many": {"measure": "n_labels", "at_least": 1},
        "right": {**EACH, "at_least": 0.0001, "severity": severity},
    }
    assert gate(HALF, {"rules": rules}).exit_code == 0
    assert gate(HALF, {"rules": rules}, baseline=labelqa.score(PERFECT)).exit_code == code


def test_only_measures_known_asset_by_asset_are_compared():
    of_asset = {"measure": "consensus", "level": "asset", "at_least": 0.1}
    rules = {"r": RULE, "n": {"measure": "n_labels", "at_least": 1}, "a": of_asset}
    found = gate(TWO, {"rules": rules}, baseline=labelqa.score(TWO))
    assert found.table["rule"].to_list() == ["r", "n", "a", "r, baseline"]
    assert found.how["baseline"]["definitions"] == 1
    with pytest.raises(UsageError, match="nothing can be held against"):
        gate(TWO, {"rules": {"n": rules["n"]}}, baseline=labelqa.score(TWO))


def test_the_figures_of_paired_assets_are_those_computed_apart():
    rng = np.random.default_rng(4)
    before, now = (rng.random(150) < 0.9).astype(int), (rng.random(150) < 0.6).astype(int)
    found = compared(answered({"ann": now.tolist()}), answered({"ann": before.tolist()}), seed=3)
    (row,) = found.rows.to_dicts()
    key = keys_of([f"p\x1fa{k:04}" for k in range(150)])
    bound = 2 * upper_bound((now - before + 1) / 2, np.ones(150), 0.05, key=key, seed=3) - 1
    assert (row["assets"], row["n"], row["alpha"]) == ("same assets", 150, 0.05)
    assert (row["value"], row["before"]) == (now.mean(), before.mean())
    assert row["change"] == pytest.approx((now - before).mean())
    assert row["bound"] == pytest.approx(max(bound, row["change"]))
    assert (row["outcome"], found.outcome) == ("fail", "fail")


def test_new_assets_meet_blocks_of_the_earlier_ones():
    rng = np.random.default_rng(5)
    before, now = (rng.random(250) < 0.8).astype(int), (rng.random(40) < 0.5).astype(int)
    found = compared(shifted(answered({"ann": now.tolist()}), "x"), answered({"ann": before.tolist()}))
    (row,) = found.rows.to_dicts()
    assert (row["assets"], row["n"]) == ("new assets", 40)
    # 40 blocks of 6: ten assets are left over, all new ones are used
    assert abs(row["change"] - (now.mean() - before.mean())) <= 10 / 240
    again = compared(shifted(answered({"ann": now.tolist()}), "x"), answered({"ann": before.tolist()}), seed=1)
    assert again.rows["change"][0] != row["change"]


def test_same_and_new_assets_are_two_questions():
    found = compared(answered({"ann": [1] * 30 + [0] * 30}), answered({"ann": [1] * 30}), level="labeler")
    rows = {row["assets"]: row for row in found.rows.to_dicts()}
    assert {of: row["outcome"] for of, row in rows.items()} == {"same assets": "pass", "new assets": "fail"}
    assert (rows["new assets"]["alpha"], rows["same assets"]["alpha"]) == (0.025, 0.05)
    assert (rows["new assets"]["value"], rows["new assets"]["before"]) == (0.5, 1.0)


def test_the_order_of_labels_changes_no_bit():
    new, old = random_project(5, n_assets=25), random_project(6, n_assets=25)
    turned = labelqa.Project.concat([new])
    for level in ("project", "labeler", "class"):
        rows = [compared(one, old, level=level, measure="consensus").rows for one in (new, turned)]
        assert rows[0].equals(rows[1])


# --- saved scores --------------------------------------------------------------------------------------------------


def saved(project, folder, scheme=None):
    write_tables(labelqa.score(project, scheme), folder)
    return folder


@pytest.mark.parametrize("scheme", [None, "macro", "labelbox", "label_studio", "regions", "coco", "demo"])
def test_saved_tables_tell_the_cells_of_every_measure(tmp_path, scheme):
    is_demo = scheme == "demo"
    project = labelqa.demo(assets=40, labelers=4, seed=1) if is_demo else random_project(3, n_assets=25)
    scheme = None if is_demo else scheme
    slices = ("batch", "dataset", "metadata.camera") if is_demo else ()
    scores, old = labelqa.score(project, scheme), SavedScores(saved(project, tmp_path / "s", scheme))
    sources, n_seen = Sources(scores), 0
    for level in ("project", "labeler", "class", "pair", *slices):
        for measure in level_of(level).sampled:
            mine = cells_of(sources, level, measure)
            theirs = old.cells(level, measure, slices_of(project, level)).select(mine.columns)
            names = mine.columns[:-2]
            mine, theirs = mine.sort(names), theirs.sort(names)
            assert mine.select(names).equals(theirs.select(names)), (level, measure)
            for side in ("above", "below"):
                np.testing.assert_allclose(mine[side], theirs[side], rtol=0, atol=1e-12)
            n_seen += mine.height > 0
    assert n_seen >= 20


def test_slices_are_looked_up_in_the_newer_run(tmp_path):
    marks = [1] * 20 + [0] * 20
    light = [{"light": "day"}] * 20 + [{"light": "night"}] * 20
    old = answered({"ann": [1] * 40}, metadata=light)
    new = answered({"ann": marks}, metadata=light)
    rule = {**RULE, "level": "metadata.light"}
    for baseline in (labelqa.score(old), saved(old, tmp_path / "s")):
        found = gate(new, {"rules": {"r": rule}}, baseline=baseline)["r, baseline"]
        assert found.rows.select("metadata", "outcome", "n").rows() == [("night", "fail", 20), ("day", "pass", 20)]


def test_a_folder_and_its_scores_give_one_verdict(tmp_path):
    old, new = labelqa.demo(assets=60, labelers=4, seed=1), labelqa.demo(assets=60, labelers=4, seed=2)
    rules = {
        f"{level} {measure}": {"measure": measure, "level": level, "at_least": 0.001, "evidence": "estimate"}
        for level in ("project", "labeler", "class")
        for measure in ("consensus", "benchmark", "f1")
    }
    scores, folder = labelqa.score(old), saved(old, tmp_path / "s")
    found = [gate(new, {"rules": rules}, baseline=baseline).table for baseline in (scores, folder)]
    assert (
        found[0].drop("value", "before", "change", "bound").equals(found[1].drop("value", "before", "change", "bound"))
    )
    for name in ("value", "before", "change", "bound"):
        np.testing.assert_allclose(*(table[name].fill_null(9).to_numpy() for table in found), atol=1e-9)


# --- refusals ------------------------------------------------------------------------------------------------------


def test_other_schemes_and_definitions_are_refused(tmp_path):
    folder = saved(TWO, tmp_path / "s")
    policy = {"rules": {"r": RULE}}
    with pytest.raises(UsageError, match=r"another scheme \(clip False then, True now\)"):
        gate(TWO, policy, baseline=folder, scheme="clip")
    with pytest.raises(UsageError, match="another scheme"):
        gate(TWO, policy, baseline=labelqa.score(TWO, "macro"))
    manifest = json.loads((folder / "scores.json").read_text())
    for definitions, said in ((0, "version 0 of their definitions"), (None, "none that it tells")):
        changed = {key: value for key, value in {**manifest, "definitions": definitions}.items() if value is not None}
        (folder / "scores.json").write_text(json.dumps(changed))
        with pytest.raises(UsageError, match=said):
            gate(TWO, policy, baseline=folder)
    (folder / "scores.json").write_text(json.dumps({**manifest, "scheme": {"threshold": 7}}))
    with pytest.raises(UsageError, match="its scheme cannot be read"):
        gate(TWO, policy, baseline=folder)


def test_the_name_and_the_note_of_a_scheme_do_not_matter():
    old = labelqa.score(TWO, {"name": "ours", "note": "like the default"})
    assert gate(TWO, {"rules": {"r": RULE}}, baseline=old).exit_code == 0


def test_what_is_no_folder_of_scores_is_refused(tmp_path):
    policy = {"rules": {"r": RULE}}
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "absent", tmp_path / "empty"):
        with pytest.raises(UsageError, match="no folder of saved scores; write one with: labelqa score"):
            gate(TWO, policy, baseline=folder)
    write_tables(labelqa.score(TWO), tmp_path / "csv", "csv")
    with pytest.raises(UsageError, match=r"holds no .*\.parquet, which this comparison needs"):
        gate(TWO, policy, baseline=tmp_path / "csv")
    damaged = saved(TWO, tmp_path / "damaged")
    (damaged / "assets.parquet").write_bytes(b"PAR1")
    with pytest.raises(UsageError, match=r"assets\.parquet: cannot be read"):
        gate(TWO, {"rules": {"r": {**RULE, "measure": "consensus"}}}, baseline=damaged)


def test_cells_name_the_project_of_an_asset_apart():
    found = cells_of(Sources(labelqa.score(TWO)), "labeler", "benchmark")
    assert found.columns == ["labeler", IN_ROW, "asset_id", "above", "below"]
    assert found.height == 80
