"""The list of problems: short however many there are, and every one of them counted."""

import tracemalloc

import polars as pl
import pytest

from labelqa.errors import excerpt
from labelqa.project.problems import LISTED, MAX_LISTED, MAX_SORTS, ProblemLog


def added(log, many):
    """Add problems given as keyword dicts; check that all are counted and give the table."""
    for one in many:
        log.add(**{"severity": "error", "file": "a.json", "expected": "a number", **one})
    frame = log.frame()
    assert frame["n"].sum() == sum(one.get("n", 1) for one in many)
    return frame


def test_problems_of_one_sort_are_listed_up_to_a_number_and_the_rest_counted():
    frame = added(ProblemLog(), [{"record": n} for n in range(1, 251)])
    assert frame.height == LISTED + 1
    assert frame["record"].drop_nulls().to_list() == list(range(1, LISTED + 1))
    assert frame.filter(pl.col("record").is_null()).select("found", "n").rows() == [("150 more like these", 150)]


def test_counts_of_many_are_added_up():
    frame = added(ProblemLog(), [{"n": 7} for _ in range(1000)])
    assert frame.height == LISTED + 1
    assert frame["n"].max() == 7 * 900


@pytest.mark.parametrize("column", ["file", "field", "expected", "remedy"])
def test_the_list_stays_short_however_problems_differ(column):
    frame = added(ProblemLog(), [{column: f"sort {n}"} for n in range(30_000)])
    assert frame.height <= MAX_LISTED + MAX_SORTS + 1


def test_many_notes_do_not_hide_an_error():
    log = ProblemLog()
    added(log, [{"severity": "note", "file": f"{n}.xml"} for n in range(20_000)])
    log.add("error", "z.xml", "a number", record=3)
    assert log.frame().row(0)[:3] == ("error", "z.xml", 3)


def test_rows_of_many_files_are_counted_file_by_file():
    log = ProblemLog()
    n_of = {"a.json": 250, "b.json": 3, None: 101}
    source = [file for file, n in n_of.items() for _ in range(n)]
    rows = pl.DataFrame({"source": source, "record": range(len(source)), "found": ["x"] * len(source)})
    log.add_rows("warning", rows, "something else", field="f")
    log.add_rows("warning", rows.clear(), "something else", field="f")
    frame = log.frame()
    assert dict(frame.group_by("file").agg(pl.col("n").sum()).rows()) == n_of
    assert dict(frame.group_by("file").len().rows()) == {"a.json": LISTED + 1, "b.json": 3, None: LISTED + 1}


def test_a_million_rows_make_a_short_list():
    source = pl.format("{}.json", pl.int_range(1_000_000) % 50_000)
    rows = pl.select(source=source, record=pl.lit(1), found=pl.lit("x"))
    log = ProblemLog()
    log.add_rows("error", rows, "a number", field="x")
    assert log.frame()["n"].sum() == 1_000_000
    assert log.frame().height <= MAX_LISTED + MAX_SORTS + 1


def test_names_in_what_was_expected_are_cut_and_escaped():
    name = "\x1b[2J\u202e" + "x" * 1_000_000
    frame = added(ProblemLog(), [{"expected": f"no {name}", "field": name, "found": name}])
    for column in ("expected", "field", "found"):
        (shown,) = frame[column]
        assert len(shown) < 2_000
        assert shown.isprintable()
        assert "\\x1b[2J\\u202e" in shown


def deep(levels):
    value = 1
    for _ in range(levels):
        value = [value]
    return value


def test_what_cannot_be_written_out_is_shown_by_its_type():
    assert excerpt(10**10_000) == "<int>"
    assert excerpt({1: [10**10_000]}) == "<dict>"
    assert excerpt(deep(5_000)) == "[" * 119 + "…"


def test_of_long_values_only_the_beginning_is_written_out():
    long = [{"name": "x" * 1000, "values": list(range(1000))}] * 500_000
    tracemalloc.start()
    shown = excerpt(long)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert shown.startswith("[{'name': 'xxx")
    assert shown.endswith("…")
    assert peak < 10_000_000


def a_problem(number):
    """Make one of many problems that differ in everything, some of them more often than others."""
    found = [None, f"value {number % 7}", number % 11, number / 3][number % 4]
    return {
        "severity": ["error", "warning", "note"][number % 3],
        "file": [None, "a.json", f"{number % 2_500}.json"][number % 3 if number % 5 else 2],
        "record": [None, number % 1_000][number % 7 > 0],
        "field": [None, "x", "y"][number % 11 % 3],
        "expected": f"sort {number % 3}",
        "found": found,
        "n": 1 + number % 2,
    }


def test_the_list_is_the_same_in_any_order_and_from_any_number_of_logs():
    many = [a_problem(number * 7919 % 40_000) for number in range(40_000)]
    expected = added(ProblemLog(), many)
    assert expected.height > MAX_LISTED + MAX_SORTS
    logs = [ProblemLog() for _ in range(3)]
    for number, one in enumerate(reversed(many)):
        logs[number * number % 3].add(**one)
    whole = ProblemLog()
    for log in logs:
        whole.take(log)
    assert whole.frame().equals(expected)
    assert whole.frame().equals(expected), "looking at it changes nothing"


@pytest.mark.parametrize("found", ["text", "number"])
def test_rows_are_listed_alike_in_any_order_and_in_parts(found):
    rows = pl.select(row=pl.int_range(30_000)).select(
        source=pl.format("{}.json", pl.col("row") % 130),
        record=pl.when(pl.col("row") % 3 > 0).then(pl.col("row") * 7919 % 40),
        found=(pl.col("row") * 104_729 % 30_011).cast(pl.String if found == "text" else pl.Float64),
    )
    whole, parts = ProblemLog(), ProblemLog()
    whole.add_rows("error", rows, "a number", field="x")
    for part in (rows[20_000:], rows[5_000:20_000].reverse(), rows[:5_000]):
        log = ProblemLog()
        log.add_rows("error", part, "a number", field="x")
        parts.take(log)
    assert whole.frame()["n"].sum() == rows.height
    assert parts.frame().equals(whole.frame())


def test_totals_of_logs_make_one_row():
    whole = ProblemLog()
    for n in (3, 4):
        log = ProblemLog()
        log.add_total("note", "nothing", field="x", n=n)
        whole.take(log)
    assert whole.frame().select("file", "found", "n").rows() == [(None, None, 7)]
