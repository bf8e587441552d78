"""Policies: what is read, and what is refused with the line and what was meant."""

import pytest

from labelqa.errors import UsageError
from labelqa.gates.lines import line_of
from labelqa.gates.policy import Policy, Rule

GOOD = """\
# quality
scheme = "coco"
inconclusive = "pass"

[rules.agreement]
measure = "consensus"
at_least = 0.9

[rules."per labeler"]
measure = "benchmark"
level = "labeler"
of = ["ann", "bob"]
at_most = 0.5
min_n = 30
severity = "warn"
inconclusive = "fail"

[rules.time]
measure = "seconds_per_label"
at_most = 60
"""


def test_a_policy_is_read_with_its_usual_values():
    policy = Policy.parse(GOOD)
    assert policy.scheme == "coco"
    assert policy.rules == (
        Rule("agreement", "consensus", "project", 0.9, inconclusive="pass"),
        Rule("per labeler", "benchmark", "labeler", 0.5, False, "detect", "warn", 30, "fail", ("ann", "bob")),
        Rule("time", "seconds_per_label", "project", 60.0, False, "estimate", inconclusive="pass"),
    )


def test_a_file_and_a_mapping_give_the_same(tmp_path):
    path = tmp_path / "q.toml"
    path.write_text(GOOD)
    found = Policy.of(path)
    assert found == Policy.parse(GOOD)
    assert Policy.of(found) is found
    rules = {"agreement": {"measure": "consensus", "at_least": 0.9}}
    assert Policy.of({"rules": rules}).rules == (Rule("agreement", "consensus", "project", 0.9),)


RULE = '[rules.r]\nmeasure = "consensus"\nlevel = "project"\nat_least = 0.9\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("shceme = 3\n" + RULE, "line 1, shceme: there is no key 'shceme'; did you mean 'scheme'?"),
        ("scheme = 3\n" + RULE, "line 1, scheme: is the name of a scheme"),
        ("inconclusive = 'no'\n" + RULE, "line 1, inconclusive: is one of fail, pass, not 'no'"),
        (RULE + "at_leest = 1\n", "line 5, rules.r.at_leest: there is no key 'at_leest'; did you mean 'at_least'?"),
        (
            RULE.replace("consensus", "concensus"),
            "line 2, rules.r.measure: there is no measure 'concensus' at level project; did you mean 'consensus'",
        ),
        (RULE.replace('"consensus"', "[1]"), "line 2, rules.r.measure: there is no measure [1]"),
        (RULE.replace("project", "labeller"), "line 3, rules.r.level: A level is one of project, labeler"),
        (RULE.replace("project", "labeller"), "did you mean 'labeler'?"),
        (RULE.replace('"project"', "7"), "line 3, rules.r.level: is a name"),
        (RULE.replace("0.9", "90"), "line 4, rules.r.at_least: consensus is a share between 0 and 1, not 90; did you mean 0.9?"),
        (RULE.replace("0.9", "-0.1"), "line 4, rules.r.at_least: consensus is a share between 0 and 1, not -0.1"),
        (RULE.replace("0.9", "nan"), "line 4, rules.r.at_least: consensus is a share"),
        (RULE.replace("0.9", "inf"), "line 4, rules.r.at_least: consensus is a share"),
        (RULE.replace("0.9", "true"), "line 4, rules.r.at_least: consensus is a share"),
        (RULE.replace("0.9", "'0.9'"), "line 4, rules.r.at_least: consensus is a share"),
        (RULE.replace("0.9", "1" + "0" * 400), "line 4, rules.r.at_least: consensus is a share"),
        (RULE.replace("0.9", "1"), "line 4, rules.r.at_least: no number of assets can assure a consensus of exactly 1"),
        (RULE.replace("at_least = 0.9", "at_most = 0"), "no number of assets can assure a consensus of exactly 0"),
        (RULE.replace("0.9", "0"), "line 4, rules.r.at_least: every consensus meets this limit"),
        (RULE.replace("at_least = 0.9", "at_most = 1"), "every consensus meets this limit"),
        (RULE.replace("consensus", "n_labels").replace("0.9", "1.5"), "n_labels is a whole number from 0 on, not 1.5"),
        (RULE.replace("consensus", "cost").replace("0.9", "-2"), "cost is a number from 0 on, not -2"),
        (RULE + "at_most = 0.95\n", "line 1, rules.r: needs one limit, at_least or at_most"),
        ('[rules.r]\nmeasure = "consensus"\n', "line 1, rules.r: needs one limit"),
        ("[rules.r]\nat_least = 0.5\n", "line 1, rules.r: needs a measure"),
        (
            RULE + 'evidence = "asure"\n',
            "line 5, rules.r.evidence: is one of estimate, assure, detect, not 'asure'; did you mean 'assure'?",
        ),
        (
            RULE.replace("consensus", "n_labels").replace("0.9", "9") + 'evidence = "assure"\n',
            "line 5, rules.r.evidence: n_labels at level project has no evidence",
        ),
        (RULE + "min_n = 0\n", "line 5, rules.r.min_n: is a whole number from 1 on, not 0"),
        (RULE + "min_n = 2.5\n", "line 5, rules.r.min_n: is a whole number"),
        (RULE + "min_n = true\n", "line 5, rules.r.min_n: is a whole number"),
        (RULE + 'severity = "warning"\n', "line 5, rules.r.severity: is one of error, warn, not 'warning'; did you mean 'warn'?"),
        (RULE + "severity = 1\n", "line 5, rules.r.severity: is one of"),
        (RULE + "of = []\n", "line 5, rules.r.of: is a name or a list of names"),
        (RULE + "of = [1]\n", "line 5, rules.r.of: is a name or a list of names"),
        (RULE + "worsening = 1\n", "line 5, rules.r.worsening: is how much lower or higher a share may be, from 0 to below 1"),
        (RULE + "worsening = -0.1\n", "line 5, rules.r.worsening: is how much"),
        (RULE + "worsening = true\n", "line 5, rules.r.worsening: is how much"),
        (RULE + "worsening = nan\n", "line 5, rules.r.worsening: is how much"),
        (RULE + "worsenning = 0.1\n", "there is no key 'worsenning'; did you mean 'worsening'?"),
        (
            RULE.replace("consensus", "n_labels").replace("0.9", "9") + "worsening = 0.1\n",
            "line 5, rules.r.worsening: n_labels at level project has no evidence asset by asset to compare",
        ),
        (
            RULE.replace("project", "attribute") + "worsening = 0.1\n",
            "line 5, rules.r.worsening: consensus at level attribute has no evidence",
        ),
        (
            '[rules.r]\nmeasure="agreement"\nlevel="pair"\nat_least=0.5\nof="ann"\n',
            "line 5, rules.r.of: rows of level pair have no single name",
        ),
        ("rules = 3\n", "line 1, rules: is a table"),
        ("[rules]\nr = 3\n", "line 2, rules.r: is a table with measure"),
        ("", "has no rules"),
        ("[rules]\n", "has no rules"),
        ("[rules.r\n", "is no TOML"),
        (RULE + RULE, "is no TOML"),
        ("a = " + "[" * 5000 + "]" * 5000, "is no TOML"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(text, said):
    with pytest.raises(UsageError) as error:
        Policy.parse(text, "q.toml")
    assert str(error.value).startswith("q.toml")
    assert said in str(error.value)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_told(tmp_path, content):
    path = tmp_path / "q.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=r"q\.toml"):
        Policy.of(path)


def test_estimates_may_demand_everything_or_nothing():
    perfect = RULE.replace("0.9", "1") + 'evidence = "estimate"\n'
    assert Policy.parse(perfect).rules[0].limit == 1.0
    none = RULE.replace("consensus", "n_skipped").replace("at_least = 0.9", "at_most = 0")
    assert Policy.parse(none).rules[0].limit == 0.0


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ('a = """\n[rules.r]\nx = 1\n"""\n[rules.r]\nx = 2\n', ("rules", "r", "x"), 6),
        ("rules.r.x = 2\n", ("rules", "r", "x"), 1),
        ("\n[ rules . 'r' ] # one\n\"x=y\" = 3", ("rules", "r", "x=y"), 3),
        ("# [rules.r]\n[rules.r]", ("rules", "r"), 2),
        ("[rules]\nr = {x = 1}\n", ("rules", "r", "x"), 2),
        ("a = 1\n", ("b",), None),
    ],
)
def test_lines_are_found(text, path, line):
    assert line_of(text, path) == line
