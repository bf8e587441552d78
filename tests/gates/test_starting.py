"""The policy to begin with: conclusive, and passed by the project it was made from."""

import tomllib

import pytest

import labelqa
from labelqa.errors import UsageError
from labelqa.gates.gate import gate
from labelqa.gates.policy import Policy
from labelqa.gates.starting import rounded_down, starting_policy
from labelqa.project import Builder
from tests.conftest import random_project
from tests.gates.answers import answered
from tests.report.hostile import hostile_project

PROJECTS = {
    "demo": lambda: labelqa.demo(assets=60, labelers=4, seed=3),
    "random": lambda: random_project(1, n_assets=20),
    "perfect": lambda: answered({"ann": [1] * 40, "bob": [1] * 40}),
    "wrong": lambda: answered({"ann": [0] * 40, "bob": [1] * 40}),
    "one asset": lambda: answered({"ann": [1]}),
    "uneven": lambda: answered({"ann": [1] * 40, "bob": [1]}, unchecked=3),
    "hostile": hostile_project,
}


@pytest.mark.parametrize("name", PROJECTS)
def test_it_is_conclusive_and_passes(name):
    project = PROJECTS[name]()
    text = starting_policy(project)
    found = gate(project, Policy.parse(text))
    assert set(found.table["outcome"]) == {"pass"}
    assert found.exit_code == 0
    assert text.isascii()


def test_limits_are_the_present_figures_rounded_down():
    project = answered({"ann": [1] * 28 + [0] * 12})
    rules = tomllib.loads(starting_policy(project))["rules"]
    assert rules["project-n_labels"]["at_least"] == 40
    assert rules["labeler-benchmark"]["at_least"] == 0.7
    bound = gate(project, {"rules": {"r": {"measure": "benchmark", "at_least": 0.1}}})["r"].rows["bound"][0]
    assert rules["project-benchmark"]["at_least"] == rounded_down(bound)
    assert rules["project-benchmark"]["min_n"] == 10
    assert "project-consensus" not in rules


def test_the_scheme_is_written_into_it():
    project = labelqa.demo(assets=20, labelers=3, seed=1)
    assert Policy.parse(starting_policy(project, "clip")).scheme == "clip"


@pytest.mark.parametrize("project", [Builder().project(), answered({})])
def test_nothing_gives_no_policy(project):
    with pytest.raises(UsageError, match="no label"):
        starting_policy(project)


def test_rounding_never_goes_up():
    for k in range(10_001):
        value = k / 10_000
        found = rounded_down(value)
        assert found <= value < found + 0.01 + 1e-9
        assert found == round(found, 2)
