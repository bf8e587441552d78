"""A policy as text: what is read again is the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import labelqa
from labelqa.errors import UsageError
from labelqa.gates.policy import Policy

RULES = {
    "all of it": {
        "measure": "benchmark", "level": "labeler", "at_least": 0.125, "evidence": "detect", "min_n": 7,
        "severity": "warn", "inconclusive": "pass", "of": ["ann@example.org", 'b"o\\b\x7f\n'], "worsening": 0.02,
    },
    "money": {"measure": "cost_per_label", "level": "project", "at_most": 0.1 + 0.2},
}  # fmt: skip


def test_every_field_survives():
    policy = Policy.of({"scheme": "labelbox", "rules": RULES})
    again = Policy.parse(policy.text)
    assert again == policy
    assert again.text == policy.text


@given(st.text(min_size=1, max_size=30))
def test_any_name_of_a_rule_survives(name):
    policy = Policy.of({"rules": {name: {"measure": "consensus", "level": "project", "at_least": 0.5}}})
    assert Policy.parse(policy.text).rules[0].name == name


def test_a_starting_policy_survives():
    policy = Policy.parse(labelqa.starting_policy(labelqa.demo(assets=60, labelers=4, seed=1)))
    assert Policy.parse(policy.text) == policy


def test_other_limits():
    policy = Policy.of({"rules": RULES}).with_limits({"money": 2})
    assert [rule.limit for rule in policy.rules] == [0.125, 2.0]
    with pytest.raises(UsageError, match="a share between 0 and 1"):
        policy.with_limits({"all of it": 12})
