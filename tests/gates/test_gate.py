"""Policies x projects whose verdict is known by construction, with every boundary."""

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

import labelqa
from labelqa.errors import UsageError
from labelqa.gates.catalogue import level_of, levels
from labelqa.gates.gate import gate
from labelqa.gates.policy import Policy
from labelqa.gates.verdict import Verdicts
from labelqa.measures.coco.figures import NAMES as COCO
from labelqa.project import Builder
from labelqa.stats.betting import lower_bound, upper_bound
from tests.conftest import random_project
from tests.gates.answers import answered

UP, DOWN = (lambda x: float(np.nextafter(x, 2))), (lambda x: float(np.nextafter(x, -1)))

PERFECT = answered({"ann": [1] * 50})
WRONG = answered({"ann": [0] * 50})
NINE_OF_TEN = answered({"ann": [1] * 9 + [0]})
TWO = answered({"ann": [1] * 40, "bob": [0] * 40})
UNCHECKED = answered({"ann": [1] * 5, "bob": []}, unchecked=3)
EMPTY = Builder().project()
NOBODY = answered({})

SLICED = answered(
    {"ann": [1] * 30 + [0] * 20}, batches=["good"] * 30 + ["bad"] * 20, metadata=[{"light": "day"}] * 30 + [{}] * 20
)
LONELY = answered({}, unchecked=2)


def timed():
    """Three labels of ann's that took 10, 20 and 60 seconds, two of them reviewed; bob's has no time."""
    builder = Builder()
    builder.source("made", "made")
    for k, (labeler, seconds, verdict) in enumerate(
        [("ann", 10.0, "accepted"), ("ann", 20.0, "rejected"), ("ann", 60.0, None), ("bob", None, None)]
    ):
        builder.asset("p", f"a{k}", batch="b")
        label = builder.label("p", f"a{k}", f"l{k}", labeler, seconds=seconds)
        builder.answer(label, "choice", "seen", ["yes"])
        if verdict:
            builder.review("p", f"a{k}", verdict, label=label, reviewer="rev")
    return builder.project()


def drawn():
    """Two boxes in the benchmark of a1: ann finds one of them and draws one more; a2 has no benchmark, a3 an empty one."""
    builder = Builder()
    builder.source("made", "made")
    for k, boxes in enumerate([[(0, 0, 9, 9), (50, 50, 59, 59)], None, []], start=1):
        builder.asset("p", f"a{k}", width=99, height=99)
        label = builder.label("p", f"a{k}", f"l{k}", "ann")
        if k < 3:
            builder.bbox(label, "cat", 0, 0, 9, 9)
            builder.bbox(label, "cat", 20, 20, 29, 29)
        if boxes is not None:
            gold = builder.label("p", f"a{k}", f"g{k}", "gold", role="benchmark")
            for box in boxes:
                builder.bbox(gold, "cat", *box)
    return builder.project()


TIMED, DRAWN = timed(), drawn()
SURE_DAY = lower_bound([1.0] * 30, [1] * 30, 0.05)
BELOW_NIGHT = upper_bound([0.0] * 20, [1] * 20, 0.025)

SURE = lower_bound([1.0] * 50, [1] * 50, 0.05)
BELOW = upper_bound([0.0] * 50, [1] * 50, 0.05)
BELOW_OF_TWO = upper_bound([0.0] * 40, [1] * 40, 0.025)


def ruled(project, **rule):
    rule = {"measure": "benchmark", "level": "project", **rule}
    return gate(project, {"rules": {"r": rule}})


TABLE = [
    # the value decides; the limit itself passes
    (NINE_OF_TEN, {"evidence": "estimate", "at_least": 0.9}, "pass", None),
    (NINE_OF_TEN, {"evidence": "estimate", "at_least": 0.9 + 1e-9}, "fail", None),
    (NINE_OF_TEN, {"evidence": "estimate", "at_most": 0.9}, "pass", None),
    (NINE_OF_TEN, {"evidence": "estimate", "at_most": 0.9 - 1e-9}, "fail", None),
    (PERFECT, {"evidence": "estimate", "at_least": 1}, "pass", None),
    # n at and just below the minimum
    (NINE_OF_TEN, {"evidence": "estimate", "at_least": 0.5, "min_n": 10}, "pass", None),
    (NINE_OF_TEN, {"evidence": "estimate", "at_least": 0.5, "min_n": 11}, "inconclusive", "too_few"),
    (NINE_OF_TEN, {"evidence": "estimate", "at_least": 0.95, "min_n": 11}, "inconclusive", "too_few"),
    (PERFECT, {"at_least": 0.9, "min_n": 50}, "pass", None),
    (PERFECT, {"at_least": 0.9, "min_n": 51}, "inconclusive", "too_few"),
    (WRONG, {"level": "labeler", "at_least": 0.5, "min_n": 50}, "fail", None),
    (WRONG, {"level": "labeler", "at_least": 0.5, "min_n": 51}, "inconclusive", "too_few"),
    # assure: the bound on the limit passes, the next number above does not
    (PERFECT, {"at_least": SURE}, "pass", None),
    (PERFECT, {"at_least": UP(SURE)}, "inconclusive", "not_shown"),
    (WRONG, {"at_most": BELOW}, "pass", None),
    (WRONG, {"at_most": DOWN(BELOW)}, "inconclusive", "not_shown"),
    (NINE_OF_TEN, {"at_least": 0.95}, "fail", None),
    (NINE_OF_TEN, {"at_least": 0.9}, "inconclusive", "not_shown"),
    # detect: the bound on the limit does not fail, the next number does
    (WRONG, {"evidence": "detect", "at_least": BELOW}, "pass", None),
    (WRONG, {"evidence": "detect", "at_least": UP(BELOW)}, "fail", None),
    (PERFECT, {"evidence": "detect", "at_most": SURE}, "pass", None),
    (PERFECT, {"evidence": "detect", "at_most": DOWN(SURE)}, "fail", None),
    (NINE_OF_TEN, {"evidence": "detect", "at_least": 0.95}, "pass", None),
    # undefined, absent, empty
    (NOBODY, {"at_least": 0.5}, "inconclusive", "not_in_export"),
    (PERFECT, {"measure": "consensus", "at_least": 0.5}, "inconclusive", "no_pair"),
    (PERFECT, {"measure": "self_consistency", "at_least": 0.5}, "inconclusive", "no_repeat"),
    (PERFECT, {"measure": "cost_per_label", "at_most": 2}, "inconclusive", "no_rates"),
    (PERFECT, {"measure": "AP", "at_least": 0.5}, "inconclusive", "other_scheme"),
    (PERFECT, {"level": "batch", "at_least": 0.5}, "inconclusive", "not_in_export"),
    (PERFECT, {"level": "batch", "measure": "n_days", "at_least": 1}, "inconclusive", "not_in_export"),
    (PERFECT, {"level": "metadata.light", "at_least": 0.5}, "inconclusive", "not_in_export"),
    (PERFECT, {"level": "attribute", "at_least": 0.5}, "inconclusive", "not_in_export"),
    (PERFECT, {"level": "labeler", "at_least": 0.5, "of": "bob"}, "inconclusive", "not_in_export"),
    (EMPTY, {"at_least": 0.5}, "inconclusive", "not_in_export"),
    (EMPTY, {"measure": "n_labels", "at_most": 5}, "inconclusive", "not_in_export"),
    (EMPTY, {"level": "asset", "at_least": 0.5}, "inconclusive", "not_in_export"),
    (EMPTY, {"level": "labeler", "at_least": 0.5}, "inconclusive", "not_in_export"),
    # levels
    (TWO, {"level": "labeler", "at_least": BELOW_OF_TWO}, "pass", None),
    (TWO, {"level": "labeler", "at_least": UP(BELOW_OF_TWO)}, "fail", None),
    (TWO, {"level": "labeler", "at_least": 0.9, "of": ["ann"]}, "pass", None),
    (TWO, {"level": "asset", "measure": "n_labels", "at_least": 2}, "pass", None),
    (TWO, {"level": "asset", "measure": "consensus", "at_least": 0.1}, "fail", None),
    (TWO, {"level": "label", "at_least": 0.5}, "fail", None),
    (TWO, {"level": "pair", "measure": "agreement", "at_most": 0.2, "evidence": "assure"}, "pass", None),
    (TWO, {"level": "class", "at_most": 0.9}, "pass", None),
    (UNCHECKED, {"level": "labeler", "at_least": 0.1, "evidence": "estimate"}, "inconclusive", "no_benchmark"),
    # slices: the bound on the limit, the next number, one short of the minimum
    (SLICED, {"level": "batch", "at_least": SURE_DAY, "of": "good"}, "pass", None),
    (SLICED, {"level": "batch", "at_least": UP(SURE_DAY), "of": "good"}, "inconclusive", "not_shown"),
    (SLICED, {"level": "batch", "at_least": SURE_DAY}, "fail", None),
    (SLICED, {"level": "metadata.light", "at_least": SURE_DAY, "of": "day"}, "pass", None),
    (SLICED, {"level": "metadata.light", "at_least": UP(SURE_DAY), "of": "day"}, "inconclusive", "not_shown"),
    (SLICED, {"level": "metadata.light", "at_least": BELOW_NIGHT, "evidence": "detect"}, "pass", None),
    (SLICED, {"level": "metadata.light", "at_least": UP(BELOW_NIGHT), "evidence": "detect"}, "fail", None),
    (SLICED, {"level": "metadata.light", "at_least": 0.5, "of": "day", "min_n": 30}, "pass", None),
    (SLICED, {"level": "metadata.light", "at_least": 0.5, "of": "day", "min_n": 31}, "inconclusive", "too_few"),
    (SLICED, {"level": "metadata.light", "at_least": 0.5, "of": "dusk"}, "inconclusive", "not_in_export"),
    (SLICED, {"level": "metadata.Light", "at_least": 0.5}, "inconclusive", "not_in_export"),
    (SLICED, {"level": "batch", "measure": "n_assets", "at_least": 20}, "pass", None),
    (SLICED, {"level": "batch", "measure": "n_assets", "at_least": 21}, "fail", None),
    (SLICED, {"level": "dataset", "at_least": 0.5}, "inconclusive", "not_in_export"),
    # single assets, object by object
    (DRAWN, {"level": "asset", "measure": "f1", "at_least": 0.5, "of": "a1"}, "pass", None),
    (DRAWN, {"level": "asset", "measure": "f1", "at_least": UP(0.5), "of": "a1"}, "pass", None),
    (DRAWN, {"level": "asset", "measure": "f1", "at_least": 0.5 + 1e-9, "of": "a1"}, "fail", None),
    (DRAWN, {"level": "asset", "measure": "precision", "at_least": 0.5, "of": "a1"}, "pass", None),
    (DRAWN, {"level": "asset", "measure": "recall", "at_least": 0.6, "of": "a1"}, "fail", None),
    (DRAWN, {"level": "asset", "measure": "accuracy", "at_least": 0.3, "of": "a1"}, "pass", None),
    (DRAWN, {"level": "asset", "measure": "mean_iou", "at_least": 1, "of": "a1"}, "pass", None),
    (DRAWN, {"level": "asset", "measure": "n_matched", "at_least": 1, "of": "a1"}, "pass", None),
    (DRAWN, {"level": "asset", "measure": "n_matched", "at_least": 2, "of": "a1"}, "fail", None),
    (DRAWN, {"level": "asset", "measure": "f1", "at_least": 0.5, "of": "a2"}, "inconclusive", "no_benchmark"),
    (DRAWN, {"level": "asset", "measure": "n_expected", "at_least": 1, "of": "a2"}, "inconclusive", "no_benchmark"),
    (DRAWN, {"level": "asset", "measure": "precision", "at_least": 0.5, "of": "a3"}, "inconclusive", "nothing_drawn"),
    (DRAWN, {"level": "asset", "measure": "n_drawn", "at_most": 0, "of": "a3"}, "pass", None),
    (EMPTY, {"level": "asset", "measure": "f1", "at_least": 0.5}, "inconclusive", "not_in_export"),
    # the work
    (TIMED, {"measure": "seconds_per_label", "at_most": 30}, "pass", None),
    (TIMED, {"measure": "seconds_per_label", "at_most": 29}, "fail", None),
    (TIMED, {"measure": "seconds_per_label", "at_most": 30, "min_n": 3}, "pass", None),
    (TIMED, {"measure": "seconds_per_label", "at_most": 30, "min_n": 4}, "inconclusive", "too_few"),
    (TIMED, {"measure": "acceptance_rate", "at_least": 0.5, "min_n": 2}, "pass", None),
    (TIMED, {"measure": "acceptance_rate", "at_least": 0.51, "min_n": 2}, "fail", None),
    (TIMED, {"measure": "acceptance_rate", "at_least": 0.5, "min_n": 3}, "inconclusive", "too_few"),
    (TIMED, {"level": "labeler", "measure": "seconds_per_label", "at_most": 30, "of": "ann"}, "pass", None),
    (
        TIMED,
        {"level": "labeler", "measure": "seconds_per_label", "at_most": 30, "of": "bob"},
        "inconclusive",
        "no_timed_label",
    ),
    (TIMED, {"level": "labeler", "measure": "acceptance_rate", "at_least": 0.4}, "inconclusive", "no_review"),
    (TIMED, {"level": "batch", "measure": "rejection_rate", "at_most": 0.5}, "pass", None),
    (TIMED, {"level": "batch", "measure": "rejection_rate", "at_most": 0.49}, "fail", None),
    (TIMED, {"measure": "cost", "at_most": 5}, "inconclusive", "no_rates"),
    (EMPTY, {"measure": "seconds_per_label", "at_most": 30}, "inconclusive", "not_in_export"),
    (EMPTY, {"level": "labeler", "measure": "acceptance_rate", "at_least": 0.5}, "inconclusive", "not_in_export"),
    *(
        (EMPTY, {"level": level, "at_least": 0.5}, "inconclusive", "not_in_export")
        for level in ("project", "class", "batch", "dataset", "label", "metadata.light")
    ),
    (EMPTY, {"level": "pair", "measure": "agreement", "at_least": 0.5}, "inconclusive", "not_in_export"),
    (LONELY, {"level": "labeler", "at_least": 0.5}, "inconclusive", "not_in_export"),
    (LONELY, {"measure": "n_labels", "at_most": 0}, "pass", None),
    # fail beats inconclusive: bob is surely wrong, cat has too few
    (
        answered({"bob": [0] * 40, "cat": [1] * 3}),
        {"level": "labeler", "at_least": 0.9, "min_n": 10},
        "fail",
        None,
    ),
]


@pytest.mark.parametrize(("project", "rule", "outcome", "reason"), TABLE)
def test_the_verdict_is_the_one_by_construction(project, rule, outcome, reason):
    found = ruled(project, **rule)
    assert (found["r"].outcome, found["r"].reason) == (outcome, reason)
    assert found.exit_code == {"pass": 0, "fail": 1, "inconclusive": 4}[outcome]
    assert found["r"].offending.is_empty() == (outcome == "pass" or found["r"].rows.is_empty())


def test_inconclusive_passes_only_if_the_policy_says_so():
    rule = {"measure": "consensus", "at_least": 0.5}
    for policy, code in (
        ({"rules": {"r": rule}}, 4),
        ({"inconclusive": "pass", "rules": {"r": rule}}, 0),
        ({"inconclusive": "pass", "rules": {"r": {**rule, "inconclusive": "fail"}}}, 4),
        ({"rules": {"r": {**rule, "inconclusive": "pass"}}}, 0),
    ):
        found = gate(PERFECT, policy)
        assert found["r"].outcome == "inconclusive"
        assert found.exit_code == code


def test_warnings_never_change_the_exit_code_and_fail_beats_inconclusive():
    fails = {"measure": "benchmark", "at_least": 0.5}
    unknown = {"measure": "consensus", "at_least": 0.5}

    def code(**rules):
        return gate(WRONG, {"rules": rules}).exit_code

    assert code(a={**fails, "severity": "warn"}, b={**unknown, "severity": "warn"}) == 0
    assert code(a={**fails, "severity": "warn"}, b=unknown) == 4
    assert code(a=unknown, b=fails) == 1
    assert code(a=fails, b=unknown) == 1


def test_holm_takes_the_second_labeler_at_the_second_level():
    """The surely wrong labeler fails first; the other is then judged alone, at 5 %."""
    project = answered({"ann": [0] * 80, "bob": [0] * 20})
    alone, of_two = (upper_bound([0.0] * 20, [1] * 20, alpha) for alpha in (0.05, 0.025))
    assert alone < of_two
    found = ruled(project, level="labeler", at_least=(alone + of_two) / 2)["r"].rows
    assert found["outcome"].to_list() == ["fail", "fail"]
    assert dict(found.select("labeler", "alpha").iter_rows()) == {"ann": 0.025, "bob": 0.05}
    both_good = answered({"ann": [1] * 80, "bob": [0] * 20})
    assert ruled(both_good, level="labeler", at_least=(alone + of_two) / 2)["r"].outcome == "pass"


def test_worst_rows_come_first():
    project = answered({"ann": [1] * 10, "bob": [1] * 5 + [0] * 5, "cat": [0] * 10})
    rows = ruled(project, level="labeler", evidence="estimate", at_least=0.7)["r"].rows
    assert rows["labeler"].to_list() == ["cat", "bob", "ann"]
    rows = ruled(project, level="labeler", evidence="estimate", at_most=0.7)["r"].rows
    assert rows["labeler"].to_list() == ["ann", "cat", "bob"] or rows["labeler"].to_list() == ["ann", "bob", "cat"]
    assert rows["outcome"].to_list() == ["fail", "pass", "pass"]


def test_slices_of_assets():
    right = [1] * 6 + [0] * 2 + [1] * 2
    keys = [{"light": "day" if k < 6 else "night"} if k < 8 else {} for k in range(10)]
    project = answered({"ann": right}, batches=["one"] * 6 + ["two"] * 2 + [None] * 2, metadata=keys)
    for level, column in (("batch", "batch"), ("metadata.light", "metadata")):
        rows = ruled(project, level=level, evidence="estimate", at_least=0.5)["r"].rows
        found = {row[column]: (row["value"], row["n"], row["outcome"]) for row in rows.iter_rows(named=True)}
        names = ("one", "two") if level == "batch" else ("day", "night")
        assert found == {names[0]: (1.0, 6, "pass"), names[1]: (0.0, 2, "fail"), None: (1.0, 2, "pass")}


@pytest.mark.parametrize("seed", range(3))
def test_sampled_measures_are_those_of_the_tables(seed):
    """The evidence taken for a bound gives the same number as the table of scores, and exact intervals its bounds."""
    project = random_project(seed, n_assets=12)
    scores = labelqa.score(project, interval="exact", confidence=0.9)
    tables = {
        "project": scores.project, "labeler": scores.labelers, "class": scores.classes,
        "attribute": scores.attributes, "pair": scores.agreement,
    }  # fmt: skip
    for level, table in tables.items():
        for measure in level_of(level).sampled:
            rule = {"measure": measure, "level": level, "at_least": 0.01, "evidence": "assure"}
            rows = gate(scores, {"rules": {"r": rule}})["r"].rows
            names = list(level_of(level).names)
            wanted = table.select(*names, wanted=measure, low=f"{measure}_low")
            both = rows.join(wanted, on=names, nulls_equal=True)
            assert both.height == table.height
            for row in both.iter_rows(named=True):
                assert row["value"] == (None if row["wanted"] is None else pytest.approx(row["wanted"], abs=1e-12))
                assert row["bound"] == (None if row["low"] is None else pytest.approx(row["low"], abs=1e-9))


def test_every_measure_of_every_level_can_be_ruled_on():
    project = labelqa.demo(assets=30, labelers=3, seed=2)
    rules = {
        f"{name}-{measure}": {"measure": measure, "level": name, "at_least": 1}
        for name, level in {**levels(), "metadata.camera": level_of("metadata.camera")}.items()
        for measure in level.measures
    }
    for rule in rules.values():
        if rule["measure"] in level_of(rule["level"]).sampled:
            rule["at_least"] = 0.5
        elif not rule["measure"].startswith("n_"):
            rule["at_least"] = 0.25
    found = gate(project, {"rules": rules}, rates={"currency": "EUR", "default": {"per_hour": 20}})
    assert found.table.height == len(rules)
    found_by_reason = found.table.filter(outcome="inconclusive").group_by("reason").agg("measure")
    measures = {reason: set(names) for reason, names in found_by_reason.iter_rows()}
    assert measures["other_scheme"] == set(COCO)
    assert measures["nothing_to_measure"] == {"skipped_seconds"}
    assert measures["not_in_export"] == {"consensus", "benchmark", "n_consensus", "rework_seconds", "rework_cost"}


def test_scores_and_project_give_the_same():
    project = labelqa.demo(assets=40, labelers=4, seed=5)
    policy = {"rules": {"a": {"measure": "consensus", "level": "labeler", "at_least": 0.7}}}
    first, second = gate(project, policy), gate(labelqa.score(project), Policy.of(policy))
    assert first.table.equals(second.table)
    assert first["a"].rows.equals(second["a"].rows)
    assert isinstance(first, Verdicts)


def test_scores_of_another_scheme_are_refused():
    scores = labelqa.score(PERFECT)
    rule = {"measure": "benchmark", "at_least": 0.5}
    with pytest.raises(UsageError, match="made with the scheme 'default'"):
        gate(scores, {"scheme": "coco", "rules": {"r": rule}})
    with pytest.raises(UsageError, match="names the scheme"):
        gate(PERFECT, {"scheme": "coco", "rules": {"r": rule}}, scheme="clip")
    assert gate(scores, {"rules": {"r": rule}}).how["scheme"]["name"] == "default"


def test_the_table_has_a_row_for_every_rule():
    found = ruled(TWO, level="labeler", at_least=0.9)
    row = found.table.row(0, named=True)
    assert row["rule"] == "r"
    assert (row["outcome"], row["n_rows"], row["n_offending"], row["n"]) == ("fail", 2, 1, 40)
    assert (row["value"], row["at_least"], row["at_most"]) == (0.0, 0.9, None)
    assert found["r"].offending["labeler"].to_list() == ["bob"]
    assert found["r"].rows.schema["reason"] == pl.String
    assert repr(found) == "<Verdicts: fail (rules: 1 fail, 0 inconclusive, 0 pass)>"


@pytest.mark.parametrize(
    "conditions",
    [{"labelers": "chen@example.com"}, {"classes": ["car", "truck"]}, {"batches": "pilot"}, {"projects": "p"}],
)
def test_of_a_part_each_row_is_held_to_its_own_figures(conditions):
    demo = labelqa.demo(60, 5, 3)
    renamed = {name: demo.tables[name].with_columns(pl.lit("a").alias("project_id")) for name in ("assets", "ontology")}
    moved = {name: demo.tables[name].with_columns(pl.lit("p").alias("project_id")) for name in ("assets", "ontology")}
    both = labelqa.Project.concat([labelqa.Project({**demo.tables, **names}) for names in (renamed, moved)])
    part = labelqa.score(both).select(**conditions)
    for level, name, table in (
        ("project", "project_id", part.project),
        ("labeler", "labeler", part.labelers),
        ("class", "class", part.classes),
    ):
        rules = {
            evidence: {"measure": "consensus", "level": level, "at_least": 0.01, "evidence": evidence, "min_n": 1}
            for evidence in ("estimate", "assure", "detect")
        }
        for verdict in labelqa.gate(part, {"rules": rules}).verdicts:
            found = verdict.rows.select(name, "value").sort(name)
            assert_frame_equal(found, table.select(name, value="consensus").sort(name))


def test_work_of_a_part_is_held_to_its_own_figures():
    scores = labelqa.score(labelqa.demo(60, 5, 3))
    who = scores.labelers["labeler"][1]
    rule = {"measure": "seconds_per_label", "level": "labeler", "at_most": 10_000}
    (verdict,) = labelqa.gate(scores.select(labelers=who), {"rules": {"pace": rule}}).verdicts
    team = labelqa.workforce(scores.comparison.project, scores=scores)
    expected = team.labelers.filter(pl.col("labeler") == who)["seconds_per_label"]
    assert verdict.rows["value"].to_list() == expected.to_list()
