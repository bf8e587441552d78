"""Work that runs ahead in threads while its results are taken in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")

_MOST_THREADS = 4


def of(work: Callable[[A], B], given: Iterable[A]) -> Iterator[tuple[A, B]]:
    """Give each thing with what `work` makes of it, in order; a few of them are worked on at once.

    Examples
    --------
    >>> list(of(len, ["a", "bb"]))
    [('a', 1), ('bb', 2)]
    """
    threads = min(_MOST_THREADS, os.cpu_count() or 1)
    waiting: deque[tuple[A, Future[B]]] = deque()
    pool = ThreadPoolExecutor(threads)
    try:
        for one in given:
            waiting.append((one, pool.submit(work, one)))
            if len(waiting) > threads:
                first, made = waiting.popleft()
                yield first, made.result()
        for first, made in waiting:
            yield first, made.result()
    finally:
        pool.shutdown(cancel_futures=True)
