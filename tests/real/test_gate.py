"""The gate on real labels: bounds computed apart from it, and a policy that the export passes."""

import numpy as np
import polars as pl
import pytest

import labelqa
from labelqa.gates.gate import gate
from labelqa.gates.policy import Policy
from labelqa.gates.starting import starting_policy
from labelqa.stats.betting import lower_bound, upper_bound
from labelqa.stats.keyed_random import keys_of


@pytest.fixture(scope="module")
def scores(data):
    return labelqa.score(labelqa.read(data / "pedestrians" / "table.csv"))


def keyed(table):
    return keys_of([f"{project}\x1f{asset}" for project, asset in table.select("project_id", "asset_id").iter_rows()])


def test_the_project_stands_or_falls_with_its_bound(scores):
    assets = scores.assets.drop_nulls("benchmark")
    ones = np.ones(assets.height)
    bound = lower_bound(assets["benchmark"].to_numpy(), ones, 0.05, key=keyed(assets))
    assert 0.4 < bound < assets["benchmark"].mean()

    def outcome(limit):
        return gate(scores, {"rules": {"r": {"measure": "benchmark", "at_least": limit}}})["r"].outcome

    assert outcome(bound) == "pass"
    assert outcome(float(np.nextafter(bound, 1))) == "inconclusive"
    assert outcome(assets["benchmark"].mean() + 1e-6) == "fail"


def test_labelers_fail_as_holm_s_procedure_says(scores):
    """Each labeler's bound at each step, from the table of labels."""
    limit = 0.75
    labels = scores.labels.filter(role="submitted").drop_nulls("benchmark")
    per_asset = labels.group_by("labeler", "project_id", "asset_id", maintain_order=True).agg(
        total=pl.col("benchmark").sum(), n=pl.len()
    )
    left = {name: part for (name,), part in per_asset.group_by("labeler")}
    failed = set()
    while left:
        beyond = {
            name
            for name, part in left.items()
            if upper_bound(part["total"].to_numpy(), part["n"].to_numpy(), 0.05 / len(left), key=keyed(part)) < limit
        }
        if not beyond:
            break
        failed |= beyond
        left = {name: part for name, part in left.items() if name not in beyond}
    rule = {"measure": "benchmark", "level": "labeler", "at_least": limit, "inconclusive": "pass"}
    rows = gate(scores, {"rules": {"r": rule}})["r"].rows
    assert failed
    assert set(rows.filter(outcome="fail")["labeler"]) == failed


def test_the_starting_policy_passes(scores):
    found = gate(scores, Policy.parse(starting_policy(scores)))
    assert found.table.height >= 5
    assert set(found.table["outcome"]) == {"pass"}
