"""Tables that are made when somebody looks."""

import polars as pl
import pytest

from labelqa.measures.tables import Table, Tables


class Whole:
    rows = Table()

    def __init__(self, tables):
        self.tables = tables


def test_a_table_is_made_once_and_only_if_asked_for():
    asked = []

    def make(name):
        return lambda: asked.append(name) or pl.DataFrame({"name": [name]})

    tables = Tables({"rows": make("rows"), "more": make("more")})
    assert list(tables) == ["rows", "more"]
    assert asked == []
    assert Whole(tables).rows is tables["rows"]
    assert asked == ["rows"]


def test_a_table_may_rest_on_another():
    tables = Tables({"a": lambda: pl.DataFrame({"x": [1]}), "b": lambda: tables["a"].select(pl.col("x") + 1)})
    assert tables["b"]["x"].to_list() == [2]


def test_what_failed_is_tried_again():
    found = [pl.DataFrame({"x": [1]}), None]
    tables = Tables({"a": lambda: found.pop() if found[-1] is not None else found.pop().missing})
    with pytest.raises(AttributeError):
        tables["a"]
    assert tables["a"].height == 1
    with pytest.raises(KeyError):
        tables["b"]
