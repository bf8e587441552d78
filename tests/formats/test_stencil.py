"""Stencils: what they find is what a parser reads, to the bit, and they find nothing that is no JSON."""

import json

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelqa.formats.runs import cut
from labelqa.formats.stencil import Block, Hole, Stencil, numbers, texts

FLOAT = msgspec.json.Decoder(float)


def parsed(text):
    """Give what a parser makes of a number, as its bits, or None."""
    try:
        return np.float64(FLOAT.decode(text)).tobytes()
    except msgspec.DecodeError:
        return None


written = st.one_of(
    st.text("0123456789.-", min_size=1, max_size=20),
    st.floats(allow_nan=False, allow_infinity=False, width=32).map(lambda x: f"{x:.3f}"),
    st.floats(-1e4, 1e4).map(repr).filter(lambda text: "e" not in text),
    st.integers(-(10**18), 10**18).map(str),
    st.sampled_from(["-0", "-0.0", "00", "1.", ".5", "-", "-.5", "12345678", "123456789", "0.1234567", "9" * 17]),
)


@given(st.lists(written, min_size=1, max_size=30))
def test_numbers_are_those_of_a_parser(given_texts):
    text = " ".join(given_texts).encode()
    stop = np.cumsum([len(one) + 1 for one in given_texts]) - 1
    start = stop - [len(one) for one in given_texts]
    values, good = numbers(Block(text), start, stop)
    expected = [parsed(one) for one in given_texts]
    assert [value.tobytes() if ok else None for value, ok in zip(values, good, strict=True)] == expected


@given(st.lists(st.text(st.characters(min_codepoint=32, codec="utf-8"), max_size=9), min_size=1))
def test_texts_of_any_length(given_texts):
    pieces = [one.encode() for one in given_texts]
    stop = np.cumsum([len(one) for one in pieces])
    start = stop - [len(one) for one in pieces]
    assert texts(Block(b"".join(pieces) or b" "), start, stop).to_list() == given_texts


@pytest.mark.parametrize(
    "text",
    [
        b'{"id": "a", "of": [1]}',
        b'{"id": "a", "of": ["b", "c"]}',
        b'{"id": "a", "of": ["b"}]',
        b'{"id": "a\\n"}',
        b'{"id": 1e5}',
        b'{ "id": 1}',
        b'{"id": "a", "id": "b"}',
        b'{"id": "a", "' + b"x" * 2000 + b'": null}',
    ],
)
def test_objects_without_a_stencil(text):
    assert Stencil.of(text) is None


values = st.builds(
    lambda name, x, y, none: {"id": name, "at": {"x": x, "y": y}, "none": none},
    st.text(max_size=40),
    st.floats(-1e9, 1e9) | st.integers(0, 10**12),
    st.floats(0, 1),
    st.sampled_from([None, None, None, True, []]),
)


@given(st.lists(values, max_size=20), st.sampled_from([(",", ":"), (", ", ": ")]), st.booleans())
def test_what_is_found_in_lines_is_what_is_parsed(objects, separators, as_ascii):
    sample = {"id": "a", "at": {"x": 1, "y": 2}, "none": None}
    stencil = Stencil.of(json.dumps(sample, separators=separators).encode())
    lines = [
        json.dumps({"marks": objects[a : a + 3]}, separators=separators, ensure_ascii=as_ascii)
        for a in range(0, len(objects), 3)
    ]
    block = Block("".join(line + "\n" for line in lines).encode() or b"\n")
    found = block.under(stencil)
    points, good = found.numbers(["at.x", "at.y"])
    found, points = found.where(good), points[good]
    for start, stop, name, (x, y) in zip(found.start, found.stop, found.texts("id"), points.tolist(), strict=True):
        expected = json.loads(block.text[start:stop])
        assert expected == {"id": name, "at": {"x": x, "y": y}, "none": None}
    plain = [one for one in objects if one["none"] is None and "e" not in repr(one["at"])]
    plain = [one for one in plain if json.dumps(one["id"], ensure_ascii=as_ascii) == f'"{one["id"]}"']
    assert len(found.start) >= len(plain)  # others may be found as well, but none of these may be missed
    runs, order = cut(block, [found])
    assert len(order) == runs.first[-1] == len(found.start)
    left = [json.loads(line)["marks"] for line in runs.text.splitlines() if line]
    whole = [json.loads(block.text[a:b]) for a, b in zip(found.start[order], found.stop[order], strict=True)]
    put_back = [
        [
            one
            for mark in marks
            for one in ([mark] if isinstance(mark, dict) else whole[slice(*runs.first[int(mark[1:]) :][:2])])
        ]
        for marks in left
    ]
    assert put_back == [json.loads(line)["marks"] for line in lines]
    assert runs.names == [mark for marks in left for mark in marks if isinstance(mark, str)]
    lists = [json.loads(runs.objects(run)) for run in range(len(runs.begin))]
    assert [one for several in lists for one in several] == whole


def test_a_text_that_looks_like_an_object_stays_no_json():
    stencil = Stencil.of(b'{"x":"1"}')
    block = Block(b'{"note": "[{"x":"2"}]"}\n')  # quotes that are not escaped: no JSON
    runs, _ = cut(block, [block.under(stencil)])
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(runs.text)


def test_a_fixed_text_is_no_hole():
    stencil = Stencil.of(b'{"kind":"box","x":1}', fixed=["kind"])
    assert stencil.holes == (Hole("x", "number"),)
    block = Block(b'[{"kind":"box","x":1},{"kind":"dot","x":2},{"kind":"box","x":-3}]')
    assert block.under(stencil).numbers(["x"])[0].ravel().tolist() == [1, -3]


def test_the_text_in_a_list_is_a_hole():
    stencil = Stencil.of(b'{"of": ["a"],"none":[ ]}')
    assert stencil.pieces == (b'{"of": ["', b'"],"none":[ ]}')
    block = Block(b'[{"of": ["b"],"none":[ ]},{"of": "b","none":[ ]},{"of": ["c", "d"],"none":[ ]}]')
    assert block.under(stencil).texts("of").to_list() == ["b"]
