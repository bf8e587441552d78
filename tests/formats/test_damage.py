"""Whatever is done to an export, a project or an error of ours comes out, and nothing is lost in silence."""

import gzip
import json
import tempfile
from copy import deepcopy
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelqa.errors import LabelqaError
from labelqa.formats.detect import formats
from labelqa.formats.read import read
from tests.formats.miniatures import HERE, miniatures

TEXTS = {path.relative_to(HERE): path.read_bytes() for path in miniatures()}
OF_JSON = {path: text for path, text in TEXTS.items() if path.suffix in (".json", ".ndjson")}
OF_RECORDS = {path: text for path, text in OF_JSON.items() if path.parts[0] in ("labelbox", "label_studio")}
thorough = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def survives(text, format=None):
    """Read a text as a file, as the detected format or a named one; give the project, if there is one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export"
        path.write_bytes(text)
        try:
            return read(path, format=format)
        except LabelqaError:
            return None


def drawn(texts, data):
    """Draw a miniature, and whether to name its format or have it detected."""
    path = data.draw(st.sampled_from(sorted(texts)))
    return data.draw(st.sampled_from([None, path.parts[0]])), texts[path]


@given(st.data())
@thorough
def test_bytes_deleted_replaced_or_inserted(data):
    format, text = drawn(TEXTS, data)
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 12)))
        text = text[:start] + data.draw(st.binary(max_size=6)) + text[end:]
    survives(text, format)


@given(st.data())
@thorough
def test_structure_deleted_or_inserted(data):
    format, text = drawn(TEXTS, data)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        token = data.draw(
            st.sampled_from([b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"\n", b"NaN", b"1e999", b"-"])
        )
        text = text[:at] + token + text[at + data.draw(st.integers(0, 1)) :]
    survives(text, format)


@given(st.data())
@thorough
def test_cut_off(data):
    format, text = drawn(TEXTS, data)
    survives(text[: data.draw(st.integers(0, len(text)))])
    survives(gzip.compress(text)[: data.draw(st.integers(0, 200))], format)


def deep(levels):
    value = 1
    for _ in range(levels):
        value = [value]
    return value


ODD = st.sampled_from(
    [None, True, 0, -1, 1e300, -1e300, 10**400, 2**63, "", "x", "\0\x1b[2J", "é" * 500, [], {}, [[]], [None], {"a": None},
     deep(200), float("nan"), float("inf"), "2026-13-45", "-1", 1.5]
)  # fmt: skip


def spots(value, path=()):
    """List the places in a document, as paths."""
    yield path
    if isinstance(value, (dict, list)):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from spots(value[key], (*path, key))


def changed(document, path, how, odd):
    """Replace, remove or repeat what is at a place."""
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    if how == "replace":
        inner[path[-1]] = deepcopy(odd)
    elif how == "remove":
        del inner[path[-1]]
    elif isinstance(inner, list):
        inner.insert(path[-1], inner[path[-1]])
    else:
        inner[f"{path[-1]}2"] = inner[path[-1]]


def loaded(text):
    """Give a document, or the list of those that are lines."""
    return [json.loads(line) for line in text.splitlines()] if b"\n{" in text else json.loads(text)


def dumped(document, text):
    """Write a document as the text had it: as lines or as a whole."""
    return ("\n".join(map(json.dumps, document)) if b"\n{" in text else json.dumps(document)).encode()


@given(st.data())
@settings(thorough, max_examples=100)
def test_values_replaced_removed_or_repeated(data):
    format, text = drawn(OF_JSON, data)
    document = loaded(text)
    for _ in range(data.draw(st.integers(1, 3))):
        spot = data.draw(st.sampled_from(list(spots(document))[1:]))
        changed(document, spot, data.draw(st.sampled_from(["replace", "remove", "repeat"])), data.draw(ODD))
        if not document:
            return
    project = survives(dumped(document, text), format)
    if project is not None:
        n_skipped = project.sources["n_skipped"].sum()
        assert project.problems.filter(severity="error")["n"].sum() >= n_skipped


@pytest.mark.parametrize("path", OF_JSON, ids=str)
def test_every_whole_number_replaced_by_one_of_400_digits(path):
    """At every place of the document at once that has the same path, apart from positions in lists."""
    text = OF_JSON[path]
    try:
        document = loaded(text)
    except ValueError:
        return
    places = {}
    for spot in list(spots(document))[1:]:
        inner = document
        for key in spot:
            inner = inner[key]
        if isinstance(inner, int) and not isinstance(inner, bool):
            places.setdefault(tuple(key for key in spot if isinstance(key, str)), []).append(spot)
    for same in places.values():
        copy = deepcopy(document)
        for spot in same:
            changed(copy, spot, "replace", 10**400)
        project = survives(dumped(copy, text), path.parts[0])
        assert project is None or len(project.sources) == 1


@pytest.mark.parametrize("format", formats())
@pytest.mark.parametrize(
    "text", [b"[]", b"{}", b"[{}]", b"null", b"[[[[", b'{"a":' * 100_000, b"[" * 100_000, b"\0" * 1000]
)
def test_json_that_is_nothing(format, text):
    survives(text)
    survives(text, format)


@pytest.mark.parametrize("path", OF_RECORDS, ids=str)
def test_every_value_replaced_by_every_odd_one_in_turn(path):
    """Not at random, so that no field is left untried."""
    text = OF_RECORDS[path]
    document = [json.loads(line) for line in text.splitlines()] if b"\n{" in text else json.loads(text)
    document = document[-1:] if isinstance(document, list) else [document]
    rows = []
    for spot in list(spots(document))[1:]:
        for odd in ("x", 7, None, [], {}, True, 10**400, "@deep"):
            copy = deepcopy(document)
            if len(spot) > 1:
                changed(copy, spot, "replace", odd)
            rows += copy
    project = survives(json.dumps(rows).replace('"@deep"', "[" * 900 + "]" * 900).encode(), path.parts[0])
    assert project is not None
    assert project.sources["n_records"].to_list() == [len(rows)]
