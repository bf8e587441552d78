"""Verdicts as files that other programs read: JSON by its schema, JUnit by the rules its readers share, HTML in a browser."""

import copy
import json
import re

import pytest
from defusedxml import ElementTree
from jsonschema import Draft202012Validator

import labelqa
from labelqa.gates.gate import gate
from labelqa.project import Builder
from labelqa.report.verdicts import as_html, as_json, as_junit
from tests.gates.answers import answered
from tests.report.document.browser import loaded, needs_browser
from tests.report.hostile import hostile_project

POLICY = {
    "rules": {
        "right": {"measure": "benchmark", "level": "labeler", "at_least": 0.9, "min_n": 5, "worsening": 0.1},
        "agree": {"measure": "self_consistency", "at_least": 0.5},
        "open": {"measure": "benchmark", "at_least": 0.5, "inconclusive": "pass"},
        "many": {"measure": "n_labels", "at_least": 1000, "severity": "warn"},
        "each": {"measure": "benchmark", "level": "asset", "at_least": 0.6, "of": ["a0001", "gone"]},
        "light": {"measure": "benchmark", "level": "metadata.light\n", "at_least": 0.1},
        "some": {"measure": "n_labels", "at_least": 1},
    }
}
NAMES = {
    "rules": {
        f"<b>[x](y){name}": {"measure": "consensus", "level": level, "at_least": 0.999, "evidence": "estimate"}
        for name, level in (("\x1b[2J", "labeler"), ("\x00|&\"'", "class"), ("##[error]", "asset"))
    }
}
TWO = answered({"ann": [1] * 40, "bob": [0] * 40})
BEFORE = answered({"ann": [1] * 40, "bob": [1] * 40})
CASES = {
    "every outcome": lambda: gate(TWO, POLICY),
    "baseline": lambda: gate(TWO, POLICY, baseline=labelqa.score(BEFORE)),
    "pass": lambda: gate(TWO, {"rules": {"some": POLICY["rules"]["some"]}}),
    "inconclusive": lambda: gate(TWO, {"rules": {"agree": POLICY["rules"]["agree"]}}),
    "empty": lambda: gate(Builder().project(), POLICY),
    "hostile": lambda: gate(hostile_project(), NAMES),
}


@pytest.fixture(scope="module", params=CASES)
def verdicts(request):
    return CASES[request.param]()


# --- JSON ----------------------------------------------------------------------------------------------------------


def test_json_is_as_its_schema_says(verdicts):
    found = json.loads("".join(as_json.document(verdicts)))
    Draft202012Validator.check_schema(as_json.schema())
    Draft202012Validator(as_json.schema()).validate(found)
    assert found["schema"] == as_json.schema()["$id"] == as_json.SCHEMA


def broken(document):
    """Give documents with one fault each."""
    for path, value in (
        (("exit_code",), 2), (("exit_code",), 0), (("schema",), "other"), (("more",), 1), (("verdicts",), []),
        (("verdicts", 0, "outcome"), "ok"), (("verdicts", 0, "n"), -1), (("verdicts", 0, "alpha"), 1),
        (("verdicts", 0, "rule", "level"), "worker"), (("verdicts", 0, "rule", "limit"), "0.9"),
        (("verdicts", 0, "rule", "evidence"), "guess"), (("verdicts", 0, "reason"), "no_pair"),
        (("verdicts", 0, "offending", 0, "outcome"), "pass"), (("verdicts", 1, "reason"), None),
    ):  # fmt: skip
        changed = copy.deepcopy(document)
        inner = changed
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
        yield path, changed
    for key in ("schema", "how", "verdicts"):
        yield key, {name: value for name, value in document.items() if name != key}


def test_the_schema_refuses_what_is_wrong():
    document = json.loads("".join(as_json.document(CASES["every outcome"]())))
    validator = Draft202012Validator(as_json.schema())
    for path, changed in broken(document):
        assert not validator.is_valid(changed), path


# --- JUnit ---------------------------------------------------------------------------------------------------------

COUNT = re.compile(r"\d+")
NUMBER = re.compile(r"\d+(\.\d+)?")
ALLOWED = {
    "testsuites": ({"name", "tests", "failures", "errors", "time", "disabled"}, ["testsuite"]),
    "testsuite": (
        {"name", "tests", "failures", "errors", "skipped", "time", "timestamp", "hostname", "id", "package", "disabled"},
        ["properties", "testcase", "system-out", "system-err"],
    ),
    "testcase": (
        {"name", "classname", "time", "status", "assertions"}, ["skipped", "error", "failure", "system-out", "system-err"],
    ),
    "skipped": ({"message"}, []), "error": ({"type", "message"}, []), "failure": ({"type", "message"}, []),
    "system-out": (set(), []), "system-err": (set(), []),
}  # fmt: skip
"""What readers of JUnit agree on: attributes, and children in this order."""


def check_junit(element):
    attributes, children = ALLOWED[element.tag]
    assert set(element.attrib) <= attributes
    tags = [child.tag for child in element]
    assert tags == sorted(tags, key=children.index)
    for name in set(element.attrib) & {"tests", "failures", "errors", "skipped", "disabled"}:
        assert COUNT.fullmatch(element.get(name))
    if "time" in element.attrib:
        assert NUMBER.fullmatch(element.get("time"))
    if element.tag in ("testsuite", "testcase"):
        assert element.get("name")
    for child in element:
        check_junit(child)


def test_junit_is_as_its_readers_expect(verdicts):
    text = "".join(as_junit.document(verdicts))
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>')
    root = ElementTree.fromstring(text.encode())
    assert root.tag == "testsuites"
    check_junit(root)
    (suite,) = root
    for of in (root, suite):
        assert int(of.get("tests")) == len(suite.findall("testcase")) == len(verdicts.verdicts)
        assert int(of.get("failures")) == len(suite.findall("testcase/failure"))
        assert int(of.get("errors")) == len(suite.findall("testcase/error"))
    assert int(suite.get("skipped")) == len(suite.findall("testcase/skipped"))
    names = [(case.get("classname"), case.get("name")) for case in suite]
    assert len(set(names)) == len(names)
    stops = bool(suite.findall("testcase/failure") or suite.findall("testcase/error"))
    assert stops == (verdicts.exit_code != 0)


# --- HTML ----------------------------------------------------------------------------------------------------------


def test_html_needs_nothing_and_lets_nothing_through(verdicts):
    text = "".join(as_html.document(verdicts))
    assert f"(exit code {verdicts.exit_code})" in text
    assert not re.search(r'(src|href)="(?!#|data:)', text)
    for harmful in ("<b>", "<img", "\x1b", "\x00"):
        assert harmful not in text


def test_html_tells_which_assets_are_kept():
    text = "".join(as_html.document(CASES["every outcome"]()))
    assert "By the rules about single assets: 39 kept, 1 rejected." in text
    assert "a0001" in text
    assert "Assets</h2>" not in "".join(as_html.document(CASES["pass"]()))


@needs_browser
@pytest.mark.parametrize("name", ["baseline", "hostile"])
def test_a_browser_shows_it_without_complaint(tmp_path, name):
    page = tmp_path / "gate.html"
    page.write_text("".join(as_html.document(CASES[name]())), encoding="utf-8")
    found, complaints = loaded(page, tmp_path / "profile")
    assert complaints == []
    assert "<h1>Gate: fail</h1>" in found
