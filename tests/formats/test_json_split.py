"""Cutting JSON is checked against parsing it, for any JSON and any place where chunks may end."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelqa.formats import json_split
from labelqa.formats.json_split import Broken, Cut, TooLarge

texts = st.text(alphabet='ab"\\{}[],:é\n\u2028 ', max_size=8)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
documents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=20
)
layouts = st.sampled_from([{}, {"indent": 1}, {"separators": (",", ":")}, {"ensure_ascii": False}])
sizes = st.integers(1, 40)


def chunks(text, size):
    data = text.encode() if isinstance(text, str) else text
    return [data[start : start + size] for start in range(0, len(data), size)]


def collect(cuts, found):
    """Add the rows of all cuts to a list, which keeps what came before an error."""
    for cut in cuts:
        found += cut.rows()


def rows(cuts):
    return [json.loads(row) for cut in cuts for row in cut.rows()]


@given(st.lists(documents, max_size=8), layouts, sizes)
def test_elements_of_a_list(document, layout, size):
    assert rows(json_split.elements(chunks(json.dumps(document, **layout), size))) == document


@given(st.dictionaries(texts, st.lists(documents, max_size=5) | documents, max_size=5), layouts, sizes)
def test_members_of_an_object(document, layout, size):
    lists: dict = {}
    others = []
    for part in json_split.members(chunks(json.dumps(document, **layout), size)):
        if isinstance(part, Cut):
            lists.setdefault(part.key, []).extend(rows([part]))
        else:
            others.append(part)
    assert lists == {key: value for key, value in document.items() if isinstance(value, list)}
    assert others == [key for key, value in document.items() if not isinstance(value, list)]


@given(st.lists(st.dictionaries(texts, documents, max_size=3), max_size=5), layouts, sizes)
def test_objects_one_after_another(documents, layout, size):
    text = "\n".join(json.dumps(document, **layout) for document in documents)
    assert [json.loads(value) for value in json_split.values(chunks(text, size))] == documents


@given(st.lists(st.dictionaries(texts, documents, max_size=3), max_size=5), sizes, st.sampled_from(["\n", "\r\n"]))
def test_lines(documents, size, end):
    text = "".join(json.dumps(document) + end for document in documents)
    blocks = list(json_split.lines(chunks(text, size)))
    assert b"".join(blocks) == text.encode()
    assert all(block.endswith(b"\n") for block in blocks)
    assert [json.loads(line) for block in blocks for line in block.splitlines()] == documents


@given(st.lists(documents, min_size=1, max_size=5), st.data(), sizes)
def test_of_a_list_cut_off_nothing_is_lost_and_nothing_incomplete_is_given(document, data, size):
    text = json.dumps(document).encode()
    end = data.draw(st.integers(1, len(text) - 1))
    found = []
    with pytest.raises(Broken, match="ends too early") as broken:
        collect(json_split.elements(chunks(text[:end], size)), found)
    assert [json.loads(row) for row in found] == document[: len(found)]
    assert b",".join([*found, broken.value.rest]) == text[1:end]


@pytest.mark.parametrize(
    ("text", "complete", "reason"),
    [
        ('[{"a": 1}] [2]', [{"a": 1}], "goes on after its end"),
        ("[1, 2]]", [1, 2], "goes on after its end"),
        ("[1, 2], 3", [1, 2], "goes on after its end"),
        ("[1, 2] x", [1, 2], "goes on after its end"),
        ("[1, 2}", [1], "has a list closed by the wrong bracket"),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 100])
def test_a_list_that_is_none(text, complete, reason, size):
    found = []
    with pytest.raises(Broken, match=reason):
        collect(json_split.elements(chunks(text, size)), found)
    assert [json.loads(row) for row in found] == complete


@pytest.mark.parametrize("text", ['{"a": [1]', '{"a"', "{", '{"a": {"b": [', '{"a": [1], '])
def test_an_object_cut_off(text):
    with pytest.raises(Broken, match="ends too early"):
        list(json_split.members(chunks(text, 4)))


@pytest.mark.parametrize("text", ['{"a" 1, "b": 2}', "{[1]}", '{"a": [1] 2}', '{"a": 1} {}'])
def test_an_object_that_is_none(text):
    with pytest.raises(Broken):
        list(json_split.members(chunks(text, 4)))


def test_empty_lists_have_no_rows():
    assert rows(json_split.elements([b" [ \n ] "])) == []


def test_missing_elements_are_rows_that_will_not_decode():
    (cut,) = json_split.elements([b"[1,,2,]"])
    assert list(cut.rows()) == [b"1", b"", b"2", b""]


@pytest.mark.parametrize("cut", [json_split.lines, json_split.values, json_split.elements, json_split.members])
def test_a_record_beyond_the_limit_is_refused_before_it_fills_the_memory(monkeypatch, cut):
    monkeypatch.setattr(json_split, "MAX_RECORD_BYTES", 1000)
    start = b'{"":[' if cut is json_split.members else b"[" if cut is json_split.elements else b"{"
    endless = iter([start] + [b'"%s", ' % (b"x" * 90) if cut is json_split.values else b"x" * 100] * 1000)
    with pytest.raises(TooLarge):
        list(cut(endless))
    assert len(list(endless)) > 900
