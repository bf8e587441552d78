"""Verdicts drawn and written: what is in them, and that names cannot do harm."""

import json
import re

import pytest
from defusedxml import ElementTree

from labelqa.gates.gate import gate
from labelqa.report.page import Page
from labelqa.report.verdicts import annotations, as_junit, as_markdown, text
from labelqa.report.verdicts.as_json import SCHEMA_VERSION, document
from labelqa.report.verdicts.as_markdown import escaped
from tests.gates.answers import answered
from tests.report.hostile import LABELERS, hostile_project

POLICY = {
    "rules": {
        "right": {"measure": "benchmark", "level": "labeler", "at_least": 0.9},
        "agree": {"measure": "self_consistency", "at_least": 0.5},
        "open": {"measure": "benchmark", "at_least": 0.5, "inconclusive": "pass"},
        "many": {"measure": "n_labels", "at_least": 1000, "severity": "warn"},
        "some": {"measure": "n_labels", "at_least": 80},
    }
}
NAMES = {
    "rules": {
        f"<b>[x](y){name}": {"measure": "consensus", "level": level, "at_least": 0.999, "evidence": "estimate"}
        for name, level in (("\x1b[2J\n::error::a", "labeler"), ("|&", "class"), ("##[error]", "asset"))
    }
}


@pytest.fixture(scope="module")
def verdicts():
    return gate(answered({"ann": [1] * 40, "bob": [0] * 40}), POLICY)


@pytest.fixture(scope="module")
def hostile():
    return gate(hostile_project(), NAMES)


def test_json_tells_everything(verdicts):
    found = json.loads("".join(document(verdicts)))
    assert (found["schema_version"], found["outcome"], found["exit_code"]) == (SCHEMA_VERSION, "fail", 1)
    rules = {one["rule"]["name"]: one for one in found["verdicts"]}
    assert {name: one["outcome"] for name, one in rules.items()} == {
        "right": "fail", "agree": "inconclusive", "open": "inconclusive", "many": "fail", "some": "pass",
    }  # fmt: skip
    assert [rules[name]["blocks"] for name in rules] == [True, True, False, False, False]
    assert rules["right"]["offending"] == verdicts["right"].offending.to_dicts()
    assert rules["right"]["offending"][0]["labeler"] == "bob"
    assert (rules["right"]["alpha"], rules["right"]["n"], rules["right"]["method"]) == (0.025, 40, "betting")
    assert (rules["agree"]["reason"], rules["agree"]["value"], rules["agree"]["bound"]) == ("no_repeat", None, None)
    assert (rules["some"]["offending"], rules["some"]["method"]) == ([], "none")
    assert found["how"]["scheme"]["name"] == "default"


def test_junit_has_a_case_for_every_rule(verdicts):
    root = ElementTree.fromstring("".join(as_junit.document(verdicts)))
    suite = root[0]
    assert (root.tag, suite.tag) == ("testsuites", "testsuite")
    counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "5", "failures": "1", "errors": "1", "skipped": "1"}
    inside = {case.get("name"): [child.tag for child in case] for case in suite}
    assert inside == {
        "right": ["failure"], "agree": ["error"], "open": ["skipped"], "many": ["system-out"], "some": [],
    }  # fmt: skip
    assert all(case.tag == "testcase" and case.get("classname") and case.get("time") == "0" for case in suite)
    failure = suite[0][0]
    assert failure.get("type") == "fail"
    assert "bob: benchmark 0.0000" in failure.text
    assert "ann" not in failure.text


def test_markdown_has_a_row_for_every_rule(verdicts):
    lines = "".join(as_markdown.document(verdicts)).splitlines()
    assert lines[0] == "## labelqa gate: FAIL (exit code 1; 5 rules)"
    table = [line for line in lines if line.startswith("|")]
    assert len(table) == 7
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 11 for line in table)
    assert table[2].startswith("| **fail** | right |")
    assert any(line.startswith("- fail: bob: benchmark") for line in lines)


def test_text_names_the_rows_and_the_reasons(verdicts):
    drawn = text.drawn(verdicts)
    assert drawn.splitlines()[0] == "FAIL (exit code 1; 5 rules)"
    for part in ("fail (warn)", "bob", "1 of 2 not passed", "agree: nobody labeled an asset twice", "<= 0."):
        assert part in drawn
    assert "open: the value meets the limit, the bound does not" in drawn


def test_annotations_are_errors_only_where_the_pipeline_stops(verdicts):
    lines = list(annotations.lines(verdicts))
    assert [line.split(" ")[0] for line in lines] == ["::error", "::error", "::warning", "::warning"]
    assert lines[0].startswith(
        "::error title=labelqa%3A right: fail::benchmark of each labeler at least 0.9 (detect): bob:"
    )


def test_hostile_names_stay_names(hostile):
    drawn = text.drawn(hostile, Page(200))
    assert "\x1b" not in drawn
    assert "\u202e" not in drawn
    lines = list(annotations.lines(hostile))
    assert len(lines) == 3
    assert all(line.startswith("::error title=") and line.count("\n") == 1 and "\x1b" not in line for line in lines)
    assert "".join(document(hostile)).isascii()
    root = ElementTree.fromstring("".join(as_junit.document(hostile)))
    assert len(root[0]) == 3
    markdown = "".join(as_markdown.document(hostile))
    for harmful in ("<b>", "](", "\x1b", "[bold", "[link", "\u202e"):
        assert harmful not in markdown
    body = [line for line in markdown.splitlines() if line]
    assert all(line.startswith(("|", "#", "- ")) for line in body)


@pytest.mark.parametrize(
    "name", [*LABELERS, "![x](http://e.org/i.png)", "<script>alert(1)</script>", "@team", "#12", "a|b"]
)
def test_escaped_names_have_no_character_that_markdown_takes(name):
    found = escaped(name)
    plain = re.sub(r"&(#\d+|[a-z]+);", "", found)
    assert not set(plain) & set('\\`*_{}[]()<>#+-!|~^\n\r\t\x1b@:/.&"')


def test_a_fence_cannot_be_left_from_inside():
    found = annotations.fenced("::error::x\nend\n").splitlines()
    assert found[0].startswith("::stop-commands::")
    assert found[-1] == f"::{found[0].removeprefix('::stop-commands::')}::"
    assert len(found) == 4


def test_the_same_verdicts_give_the_same_bytes(verdicts):
    again = gate(answered({"ann": [1] * 40, "bob": [0] * 40}), POLICY)
    for make in (document, as_junit.document, as_markdown.document, annotations.lines):
        assert "".join(make(verdicts)) == "".join(make(again))
