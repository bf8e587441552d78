"""Work on threads with bounded memory: results in order, only a few of them waiting."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")

_WAITING = 1
"""Results for each thread that may wait to be taken."""


def in_order(run: Callable[[Job], Result], jobs: Iterable[Job]) -> Iterator[Result]:
    """Run jobs on as many threads as there are cores, and give their results in order.

    No more jobs are begun than there are threads, and as many again, ahead of the one whose result is taken. If the jobs
    break off with an exception, it is raised after the results of those before.

    Examples
    --------
    >>> list(in_order(str.upper, ["a", "b"]))
    ['A', 'B']
    """
    failed: list[Exception] = []
    yield from _in_order(run, _until_failure(jobs, failed))
    if failed:
        raise failed[0]


def _until_failure(jobs: Iterable[Job], failed: list[Exception]) -> Iterator[Job]:
    try:
        yield from jobs
    except Exception as error:
        failed.append(error)


def _in_order(run: Callable[[Job], Result], coming: Iterator[Job]) -> Iterator[Result]:
    ahead = list(islice(coming, 2))
    if len(ahead) < 2:
        yield from map(run, ahead)
        return
    n_threads = os.cpu_count() or 1
    with ThreadPoolExecutor(n_threads) as pool:
        begun: deque[Future[Result]] = deque(pool.submit(run, job) for job in ahead)
        begun.extend(pool.submit(run, job) for job in islice(coming, n_threads * (1 + _WAITING) - len(ahead)))
        while begun:
            yield begun.popleft().result()
            begun.extend(pool.submit(run, job) for job in islice(coming, 1))
