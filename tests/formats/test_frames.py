"""Frames of pandas and polars, and the cells of their columns, give the values that the same CSV would."""

import datetime as dt
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest

from labelqa.errors import InputError
from labelqa.formats.boxes import from_corners, from_sizes
from labelqa.formats.cells import Cells
from labelqa.formats.frames import polars_frame
from labelqa.project import Builder


def cells_of(values, dtype=None):
    builder = Builder()
    builder.source("frame", "table")
    frame = pl.DataFrame({"c": pl.Series(values, dtype=dtype)})
    return Cells(frame, pl.int_range(1, frame.height + 1, eager=True), builder)


@pytest.mark.parametrize(
    ("values", "dtype", "texts"),
    [
        ([" a ", "", None, "\t"], pl.String, ["a", None, None, None]),
        ([1, -2, None], pl.Int64, ["1", "-2", None]),
        ([2**63], pl.UInt64, ["9223372036854775808"]),
        ([1.0, 2.5, None, float("nan"), 1e300], pl.Float64, ["1", "2.5", None, None, "1e+300"]),
        ([True, None], pl.Boolean, ["true", None]),
        (["x", None], pl.Categorical, ["x", None]),
        (["x", None], pl.Enum(["x"]), ["x", None]),
        ([None], pl.Null, [None]),
        ([dt.date(2026, 1, 2)], pl.Date, ["2026-01-02"]),
        ([dt.datetime(2026, 1, 2, 3, 4, 5, 600)], pl.Datetime("us"), ["2026-01-02T03:04:05.000600"]),
        ([dt.datetime(2026, 1, 2)], pl.Datetime("ns", "Asia/Tokyo"), ["2026-01-02T00:00:00.000000Z"]),
    ],
)
def test_texts(values, dtype, texts):
    assert cells_of(values, dtype).texts("c").to_list() == texts


@pytest.mark.parametrize(
    ("values", "dtype", "numbers", "filled"),
    [
        (
            ["1", " 2.5", "x", "nan", "inf", "1e999", "", None],
            pl.String,
            [1, 2.5] + [None] * 6,
            [True] * 6 + [False] * 2,
        ),
        ([0.1, float("nan"), float("inf"), None], pl.Float64, [0.1, None, None, None], [True, False, True, False]),
        ([3, None], pl.Int8, [3, None], [True, False]),
        ([True, None], pl.Boolean, [None, None], [True, False]),
        ([dt.date(2026, 1, 2)], pl.Date, [None], [True]),
    ],
)
def test_numbers_and_whether_something_stands_there(values, dtype, numbers, filled):
    cells = cells_of(values, dtype)
    assert cells.numbers("c").to_list() == numbers
    assert cells.filled("c").to_list() == filled
    cells.checked_numbers("c")
    listed = cells.builder.problems.frame()["record"].to_list()
    assert listed == [k for k, (n, f) in enumerate(zip(numbers, filled, strict=True), 1) if f and n is None]


def test_numbers_in_text_are_parsed_to_the_last_bit():
    rng = np.random.default_rng(7)
    values = np.concatenate(
        [rng.random(2000) * 1000, rng.standard_normal(2000) * 10.0 ** rng.integers(-300, 300, 2000)]
    )
    parsed = cells_of([repr(float(value)) for value in values]).numbers("c")
    assert (parsed.to_numpy() == values).all()


@pytest.mark.parametrize(
    ("values", "flags", "n_problems"),
    [
        (["True", "yes", "1", "false", "NO", "0", "", None, "perhaps"], [True] * 3 + [False] * 6, 1),
        ([True, False, None], [True, False, False], 0),
        ([1.0, 0.0, None], [True, False, False], 0),
        ([1, 0, 2], [True, False, False], 1),
    ],
)
def test_flags(values, flags, n_problems):
    cells = cells_of(values)
    assert cells.checked_flags("c").to_list() == flags
    assert cells.builder.problems.frame().height == n_problems


def test_a_column_that_is_not_there_is_empty():
    cells = cells_of([1, 2])
    assert cells.texts(None).to_list() == [None, None]
    assert cells.checked_numbers(None).to_list() == [None, None]
    assert cells.checked_flags(None).to_list() == [False, False]


def test_columns_of_lists_are_refused():
    with pytest.raises(InputError, match=r"field c: found 'List\(Int64\)', expected a column of texts"):
        cells_of([[1], [2]]).texts("c")


def test_pandas_columns_keep_numbers_and_times_and_lose_what_is_missing():
    frame = pd.DataFrame(
        {
            "text": ["a", None, "c"],
            "object": pd.Series([1, 2.0, np.nan], dtype=object),
            "mixed": pd.Series([True, dt.date(2026, 1, 2), pd.NA], dtype=object),
            "int": [1, 2, 3],
            "big-endian": np.array([1.5, 2.5, 3.5], dtype=">f8"),
            "half": np.array([1.5, 2.5, np.nan], dtype="f2"),
            "gaps": pd.array([1, None, 3], dtype="Int64"),
            "time": pd.to_datetime(["2026-01-02T03:04:05", None, "2026-01-02"], format="ISO8601"),
            "zone": pd.to_datetime(["2026-01-02T03:04:05+02:00"] * 3),
            "category": pd.Categorical(["x", None, "y"]),
            7: [True, False, True],
        }
    )
    result = polars_frame(frame, "f")
    assert result.columns == [str(name) for name in frame.columns]
    assert result["text"].to_list() == ["a", None, "c"]
    assert result["object"].to_list() == ["1", "2", None]
    assert result["mixed"].to_list() == ["true", "2026-01-02", None]
    assert result["int"].to_list() == [1, 2, 3]
    assert result["big-endian"].to_list() == [1.5, 2.5, 3.5]
    assert result["half"].fill_nan(None).to_list() == [1.5, 2.5, None]
    assert result["gaps"].to_list() == ["1", None, "3"]
    assert result["time"].to_list() == [dt.datetime(2026, 1, 2, 3, 4, 5), None, dt.datetime(2026, 1, 2)]
    assert result["zone"][0] == dt.datetime(2026, 1, 2, 1, 4, 5, tzinfo=dt.UTC)
    assert result["category"].to_list() == ["x", None, "y"]
    assert result["7"].to_list() == [True, False, True]


def test_two_pandas_columns_of_one_name_are_refused():
    with pytest.raises(InputError, match="found 'x', expected one column of each name"):
        polars_frame(pd.DataFrame([[1, 2]], columns=["x", "x"]), "f")


def test_text_that_has_no_utf8_is_refused():
    with pytest.raises(InputError, match=r"f, field x: .* expected text in UTF-8"):
        polars_frame(pd.DataFrame({"x": pd.Series(["\ud800"], dtype=object)}), "f")


def test_pandas_without_pyarrow():
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "import pandas as pd\n"
        "from labelqa.formats.frames import polars_frame\n"
        "frame = pd.DataFrame({'a': ['x', None], 'b': [1, 2], 't': pd.to_datetime(['2026-01-02', None])})\n"
        "print(polars_frame(frame, 'f').rows())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[('x', 1, datetime.datetime(2026, 1, 2, 0, 0)), (None, 2, None)]", done.stderr


def test_boxes_are_left_top_right_bottom_however_they_were_drawn():
    frame = pl.DataFrame({"a": [1.0, 9.0], "b": [2.0, 8.0], "c": [9.0, 1.0], "d": [8.0, 2.0]})
    columns = [pl.col(name) for name in frame.columns]
    assert frame.select(from_corners(*columns)).to_series().to_list() == [[1, 2, 9, 8]] * 2
    assert frame.select(from_sizes(*columns)).to_series().to_list() == [[1, 2, 10, 10], [9, 8, 10, 10]]
