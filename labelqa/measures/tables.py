"""Tables that are made when somebody looks at them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from threading import RLock
from typing import Any, Self, overload

import polars as pl


class Tables(Mapping[str, pl.DataFrame]):
    """Tables by name, each made when it is first asked for, and kept.

    Parameters
    ----------
    makers : mapping of str to callable
        Gives each table; called once, whatever the number of threads that ask.
    """

    def __init__(self, makers: Mapping[str, Callable[[], pl.DataFrame]]) -> None:
        self._makers = dict(makers)
        self._made: dict[str, pl.DataFrame] = {}
        self._making = RLock()

    def __getitem__(self, name: str) -> pl.DataFrame:
        with self._making:
            if name not in self._made:
                self._made[name] = self._makers[name]()
            return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


class Table:
    """An attribute that is the table of its name among the `tables` of what it belongs to."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, whole: None, owner: type) -> Self: ...

    @overload
    def __get__(self, whole: Any, owner: type) -> pl.DataFrame: ...

    def __get__(self, whole: Any, owner: type) -> Self | pl.DataFrame:
        if whole is None:
            return self
        table: pl.DataFrame = whole.tables[self._name]
        return table
