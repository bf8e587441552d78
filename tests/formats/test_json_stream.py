"""Reading typed records: what is lost when one is damaged, what is said, and how much memory it takes."""

import json
import tracemalloc

import msgspec
import pytest

from labelqa.errors import InputError
from labelqa.formats import json_split
from labelqa.formats.files import File, _Source
from labelqa.formats.json_stream import read_members, read_records
from labelqa.project import Builder


class Point(msgspec.Struct):
    x: float
    tags: list[str] = []


class Record(msgspec.Struct):
    id: int | str
    points: dict[str, list[Point]] = {}


class Stream:
    """A file made of pieces, which never exists as a whole."""

    def __init__(self, pieces):
        self._pieces = iter(pieces)
        self._rest = b""

    def readinto(self, buffer):
        while len(self._rest) < len(buffer) and (piece := next(self._pieces, None)) is not None:
            self._rest += piece
        n = min(len(buffer), len(self._rest))
        buffer[:n], self._rest = self._rest[:n], self._rest[n:]
        return n

    def close(self):
        pass


def file_of(*pieces):
    return File("x.json", 0, None, lambda: _Source(Stream(pieces)))


def read(text, *, chunk_bytes=5, members=None):
    """Read records; give (number, id) of each, the problems, and the counts."""
    builder = Builder()
    builder.source("x.json", "test")
    file = file_of(text if isinstance(text, bytes) else text.encode())
    if members:
        batches = read_members(file, dict.fromkeys(members, Record), builder, chunk_bytes=chunk_bytes)
        found = [(batch.key, number, record.id) for batch in batches for number, record in batch]
    else:
        batches = read_records(file, Record, builder, chunk_bytes=chunk_bytes)
        found = [(number, record.id) for batch in batches for number, record in batch]
    problems = builder.problems.frame().select("severity", "record", "field", "found", "expected").rows()
    counts = builder.project().sources.select("n_records", "n_skipped").row(0)
    return found, problems, counts


LAYOUTS = {
    "lines": lambda rows: "\n".join(rows) + "\n",
    "lines without an end": lambda rows: "\r\n".join(rows),
    "blank lines": lambda rows: "\n\n".join(rows) + "\n \n",
    "list": lambda rows: "[" + ",".join(rows) + "]",
    "printed list": lambda rows: "\n[\n" + " ,\n  ".join(rows) + "\n]\n",
    "with a byte order mark": lambda rows: "\ufeff[" + ",".join(rows) + "]",
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("chunk_bytes", [1, 7, 1000])
def test_every_layout_gives_the_records_with_their_numbers(layout, chunk_bytes):
    rows = [json.dumps({"id": n, "other": ['"', "]", "\\", {"deep": [n]}]}) for n in range(5)]
    assert read(layout(rows), chunk_bytes=chunk_bytes) == ([(n + 1, n) for n in range(5)], [], (5, 0))


@pytest.mark.parametrize("chunk_bytes", [1, 7, 1000])
def test_one_object_and_printed_objects_one_after_another(chunk_bytes):
    assert read('{\n "id": 1\n}\n', chunk_bytes=chunk_bytes) == ([(1, 1)], [], (1, 0))
    assert read('{\n "id": 1\n}\n{\n "id": 2\n}', chunk_bytes=chunk_bytes) == ([(1, 1), (2, 2)], [], (2, 0))


def test_an_empty_list_is_no_record():
    assert read(" [ ] ") == ([], [], (0, 0))


BAD = {
    "type": ('{"id": 2, "points": {"a": [{"x": 1}, {"x": "1"}]}}', "points[...][...].x", "a text", "a number"),
    "list": ('{"id": 2, "points": {"a": [{"x": 1, "tags": [3]}]}}', "points[...][...].tags[...]", "a whole number", "a text"),
    "missing": ('{"points": {}}', "id", "nothing", "a value"),
    "union": ('{"id": true}', "id", "true or false", "a whole number or a text"),
    "no object": ("7", None, "a whole number", "an object"),
    "too large": ('{"id": 2, "points": {"a": [{"x": 1e400}]}}', "points[...][...].x", None, "number out of range"),
    "NaN": ('{"id": 2, "y": NaN}', None, "NaN", "valid JSON, which has no NaN or Infinity"),
    "infinity": ('{"id": 2, "y": [-Infinity]}', None, "-Infinity", "valid JSON, which has no NaN or Infinity"),
    "surrogate": ('{"id": "\\udc00"}', None, "JSON is malformed", "valid JSON in UTF-8"),
    "text": ("{'id': 2}", None, "JSON is malformed", "valid JSON in UTF-8"),
    "deep": ('{"id": 2, "y": ' + "[" * 5000 + "]" * 5000 + "}", None, None, "brackets nested less deeply"),
}  # fmt: skip


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
@pytest.mark.parametrize("layout", ["lines", "list"])
@pytest.mark.parametrize("chunk_bytes", [7, 100_000])
def test_a_bad_record_costs_only_itself(bad, layout, chunk_bytes):
    text, field, found, expected = bad
    records, problems, counts = read(LAYOUTS[layout](['{"id": 1}', text, '{"id": 3}']), chunk_bytes=chunk_bytes)
    assert records == [(1, 1), (3, 3)]
    assert counts == (3, 1)
    ((severity, record, field_said, found_said, expected_said),) = problems
    assert (severity, record, field_said) == ("error", 2, field)
    assert expected_said == f"{expected}; the record is left out"
    assert (found_said or "").startswith("" if found is None else f"'{found}")


def test_invalid_utf8_costs_its_record():
    records, problems, _ = read(b'{"id": "\xff\xfe"}\n{"id": "\xc3\xa9"}\n')
    assert records == [(2, "é")]
    assert problems[0][4].startswith("valid JSON in UTF-8")


def test_200_brackets_deep_in_a_field_that_is_not_read_is_fine():
    assert read('[{"id": 1, "y": ' + "[" * 200 + "]" * 200 + "}]")[0] == [(1, 1)]


def test_of_duplicate_keys_the_last_counts():
    assert read('[{"id": 1, "id": 2}]')[0] == [(1, 2)]


@pytest.mark.parametrize("chunk_bytes", [1, 7, 1000])
@pytest.mark.parametrize(
    ("text", "records", "said", "counts"),
    [
        ('[{"id": 1}, {"id": 2}, {"id"', [1, 2], "it ends too early, in the middle of record 3", (3, 1)),
        ('[{"id": 1}, {"id": 2}', [1, 2], "it ends too early, after record 2", (2, 0)),
        ('[{"id": 1}, {"id": 2},', [1, 2], "it ends too early, after record 2", (2, 0)),
        ('[{"id": 1}, {"id": "unclosed}]', [1], "it ends too early, in the middle of record 2", (2, 1)),
        ('{"id": 1}\n{"id": 2}\n{"id": "a', [1, 2], "it ends too early, in the middle of record 3", (3, 1)),
        ('{\n"id": 1}\n{\n"id"', [1], "it ends too early, in the middle of record 2", (2, 1)),
        ('[{"id": 1}] {"id": 2}', [1], "it goes on after its end, after record 1", (1, 0)),
        ('[{"id": 1}, {"id": 2}}', [1, 2], "it has a list closed by the wrong bracket, after record 2", (2, 0)),
    ],
)
def test_what_is_complete_is_read_and_the_break_is_said_once(text, records, said, counts, chunk_bytes):
    found, problems, n = read(text, chunk_bytes=chunk_bytes)
    assert [record for _, record in found] == records
    assert [(severity, expected) for severity, _, _, _, expected in problems] == [
        ("error", f"a whole file; {said}; the rest is lost")
    ]
    assert n == counts


def test_a_cut_off_record_of_the_wrong_type_is_both():
    records, problems, counts = read('[{"id": 1}, {"id": []}')
    assert (records, counts) == ([(1, 1)], (2, 1))
    assert len(problems) == 2


@pytest.mark.parametrize("text", ['[{"id": 1', "[", "{", '{"id": 1', '{"id": [1, 2', '[{"id"}', "[}"])
def test_nothing_complete_is_an_error(text):
    with pytest.raises(InputError, match=r"x\.json: found 'one that ends or breaks"):
        read(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "an empty file"),
        (b" \r\n ", "an empty file"),
        (b"\xef\xbb\xbf", "an empty file"),
        ("[1]".encode("utf-16"), "text in UTF-16"),
        ("[1]".encode("utf-16-le"), "text in UTF-16"),
        ("[1]".encode("utf-32-be"), "text in UTF-16 or UTF-32"),
        (b"a,b\n1,2\n", "a,b"),
        (b"PAR1xxxx", "PAR1"),
    ],
)
def test_what_is_no_json_is_an_error_that_shows_it(text, said):
    with pytest.raises(InputError, match=rf"x\.json: found .*{said}.*, expected JSON"):
        read(text)


def test_a_record_beyond_the_limit_is_an_error(monkeypatch):
    monkeypatch.setattr(json_split, "MAX_RECORD_BYTES", 1 << 20)
    with pytest.raises(InputError, match="records of at most 1 MiB"):
        read('[{"id": 1}, {"id": "' + "x" * (2 << 20) + '"}]', chunk_bytes=1 << 16)


@pytest.mark.parametrize("chunk_bytes", [1, 7, 1000])
def test_members_in_any_order_and_the_others_passed_over(chunk_bytes):
    text = '{"info": {"a": [1]}, "b": [{"id": 1}, {"id": 2}], "n": 3, "c": [[{"id": 9}]], "a": [{"id": 5}], "d": []}'
    found, problems, counts = read(text, members=["a", "b", "d", "e"], chunk_bytes=chunk_bytes)
    assert found == [("b", 1, 1), ("b", 2, 2), ("a", 1, 5)]
    assert (problems, counts) == ([], (3, 0))


def test_members_name_their_list_in_problems():
    text = '{"a": [{"id": 1}, {"id": []}, 3], "b": {"id": 1}, "c": null, "d": [{"id": 7}'
    found, problems, counts = read(text, members=["a", "b", "c", "d"])
    assert found == [("a", 1, 1), ("d", 1, 7)]
    assert counts == (4, 2)
    assert [(record, field, expected) for _, record, field, _, expected in problems] == [
        (1, None, "a whole file; it ends too early, after record 1 of 'd'; the rest is lost"),
        (2, "a[...].id", "a whole number or a text; the record is left out"),
        (3, "a[...]", "an object; the record is left out"),
        (None, "b", "a list; the member is left out"),
        (None, "c", "a list; the member is left out"),
    ]


def test_an_object_cut_off_between_its_members():
    found, problems, _ = read('{"a": [{"id": 1}], "b"', members=["a", "b"])
    assert found == [("a", 1, 1)]
    assert [expected for *_, expected in problems] == ["a whole file; it ends too early; the rest is lost"]


def test_members_need_an_object():
    with pytest.raises(InputError, match="found 'a list', expected an object"):
        read('[{"a": []}]', members=["a"])


@pytest.mark.parametrize("shape", ["list", "lines", "member"])
def test_memory_does_not_grow_with_the_file(shape):
    def peak(n_records):
        record = b'{"id": "%s", "points": {"a": [{"x": 1.5}, {"x": 2.5}]}}' % (b"x" * 200)
        comma = b"\n" if shape == "lines" else b",\n"
        start, end = {"list": (b"[", b"]"), "lines": (b"", b""), "member": (b'{"a": [', b"]}")}[shape]
        run = (record + comma) * 100
        pieces = [start, *([run] * (n_records // 100)), record, end]
        builder = Builder()
        builder.source("x.json", "test")
        if shape == "member":
            batches = read_members(file_of(*pieces), {"a": Record}, builder, chunk_bytes=1 << 16)
        else:
            batches = read_records(file_of(*pieces), Record, builder, chunk_bytes=1 << 16)
        tracemalloc.start()
        assert sum(len(batch.records) for batch in batches) == n_records + 1
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(40_000) < 1.2 * peak(10_000)  # 10 MB against 2.5 MB
