"""CSV is cut into rows as the standard library's reader would, whatever the size of the chunks, or refused."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelqa.errors import InputError
from labelqa.formats import csv_stream
from labelqa.formats.csv_stream import read_rows
from labelqa.formats.files import find
from labelqa.project import Builder


def rows_of(path, text, chunk_bytes=1 << 20):
    """Read bytes as a CSV file: the header, the rows with their numbers, and the builder."""
    path.write_bytes(text)
    builder = Builder()
    builder.source("t.csv", "table")
    runs = list(read_rows(find([path]).files[0], builder, chunk_bytes=chunk_bytes))
    rows = [row for run in runs for row in run.cells.iter_rows()]
    numbers = [number for run in runs for number in run.records]
    return tuple(runs[0].cells.columns), rows, numbers, builder


@pytest.fixture
def path(tmp_path):
    return tmp_path / "t.csv"


CELLS = st.text(alphabet='ab,;"\n é|', max_size=4)
TABLES = st.integers(2, 4).flatmap(lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), max_size=6))


@given(table=TABLES, newline=st.sampled_from(["\n", "\r\n"]), chunk_bytes=st.integers(1, 40), bom=st.booleans())
def test_what_the_standard_library_writes_is_read_back(tmp_path_factory, table, newline, chunk_bytes, bom):
    width = len(table[0]) if table else 2
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=newline)
    writer.writerow([f"h{k}" for k in range(width)])
    writer.writerows(table)
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    encoded = (b"\xef\xbb\xbf" if bom else b"") + text.getvalue().encode()
    header, rows, _, builder = rows_of(path, encoded, chunk_bytes)
    assert header == tuple(f"h{k}" for k in range(width))
    assert [[cell or "" for cell in row] for row in rows] == [row for row in table if any(row)]
    assert builder.problems.frame().is_empty()


@given(body=st.text(alphabet='ab,"\n', max_size=30), chunk_bytes=st.integers(1, 40))
def test_any_text_is_read_as_the_standard_library_reads_it_or_refused(tmp_path_factory, body, chunk_bytes):
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    try:
        _, rows, _, _ = rows_of(path, b"x,y\n" + body.encode(), chunk_bytes)
    except InputError:
        assert '"' in body
        return
    expected = [row for row in csv.reader(io.StringIO(body, newline=""), strict=True) if len(row) == 2]
    assert [[cell or "" for cell in row] for row in rows if any(row)] == [row for row in expected if any(row)]


def test_numbers_are_those_of_the_lines(path):
    _, rows, numbers, _ = rows_of(path, b"x,y\n\n1,2\n,\n\n3,4")
    assert (rows, numbers) == ([("1", "2"), ("3", "4")], [2, 5])


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_the_commonest_in_the_header(path, delimiter):
    text = "x,y;z|".replace(",", delimiter) if delimiter == "," else delimiter.join(["a, b", "y", "z"])
    header, rows, _, _ = rows_of(path, (text + "\n").encode())
    assert len(header) >= 2
    assert rows == []


def test_rows_of_another_length_are_listed_and_left_out(path):
    _, rows, numbers, builder = rows_of(path, b"x,y\n1\n2,3\n4,5,6\n7,8,\n", chunk_bytes=5)
    assert (rows, numbers) == ([("2", "3")], [2])
    assert builder.problems.frame().select("severity", "record", "field", "found", "expected").rows() == [
        ("error", 1, "row", "'1 cells'", "2 cells, as in the header; the row is left out"),
        ("error", 3, "row", "'3 cells'", "2 cells, as in the header; the row is left out"),
        ("error", 4, "row", "'3 cells'", "2 cells, as in the header; the row is left out"),
    ]
    builder.project()


def test_columns_without_a_name_are_called_by_their_number(path):
    assert rows_of(path, b",x, \n1,2,3\n")[0] == ("column 1", "x", "column 3")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"x,y\ncaf\xe9,1\n", "record 1: found .*, expected text in UTF-8. Save the table again"),
        (b"x,y\n1,2\n3,\x004\n", "record 2: found .*, expected text in UTF-8"),
        ("x,y\n1,2\n".encode("utf-16"), "expected text in UTF-8"),
        (b'x,y\n1,2\n5" pipe,3\n', "record 2: .* quotes around whole cells"),
        (b'x,y\n1,"2\n3,4\n', "record 1: .* quotes around whole cells"),
        (b'x,y\n"1"a,2\n', "record 1: .* quotes around whole cells"),
        (b'"x,y\n', "quotes around whole cells"),
        (b"x,x\n1,2\n", "found 'x', expected one column of each name"),
        (b"\n\n", "expected a header"),
        (b"", "expected a header"),
    ],
)
@pytest.mark.parametrize("chunk_bytes", [3, 1 << 20])
def test_what_is_no_csv_is_refused_with_the_place(path, text, sentence, chunk_bytes):
    with pytest.raises(InputError, match=sentence):
        rows_of(path, text, chunk_bytes)


def test_too_many_columns_are_refused(path):
    with pytest.raises(InputError, match="at most 10000 columns"):
        rows_of(path, b"x" + b",y" * 10_000 + b"\n")


def test_a_quote_that_is_never_closed_does_not_fill_the_memory(path, monkeypatch):
    monkeypatch.setattr(csv_stream, "MAX_ROW_BYTES", 100)
    with pytest.raises(InputError, match="is a quote not closed"):
        rows_of(path, b'x,y\n1,"' + b"2,3\n" * 100, chunk_bytes=20)
