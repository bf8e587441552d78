"""Parts scored on a Ray cluster: an engine for `score_stored`.

A task is a part. It opens the project where it lies (`labelqa.project.remote`, or a folder that every node sees), reads
its rows, and sends back what they come to. Ray places, retries and spills; roll-ups run here, in the order of the parts,
so that the scores have the same bits as on one machine.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from labelqa.errors import InputError, UsageError

if TYPE_CHECKING:
    from labelqa.measures.score_stored import Done, PartScorer

_AHEAD = 2
"""Tasks for each core that are begun before the one whose result is taken."""


def on_ray(scorer: PartScorer, n_parts: int) -> Iterator[Done]:
    """Score the parts on the cluster that Ray is connected to, else `RAY_ADDRESS`, else a Ray on this machine.

    Raises
    ------
    UsageError
        If Ray is not installed.
    InputError
        What a part raises.
    """
    try:
        import ray
    except ImportError:
        raise UsageError("The engine ray needs Ray: pip install 'labelqa[ray]'") from None
    own = not ray.is_initialized()
    if own:
        # Each task is one thread of work: polars must not take all cores for it.
        one_thread = {"env_vars": {"POLARS_MAX_THREADS": "1"}}
        ray.init(log_to_driver=False, logging_level=logging.ERROR, runtime_env=one_thread)
    try:
        yield from _done(ray, scorer, n_parts)
    finally:
        if own:
            ray.shutdown()


def _done(ray: Any, scorer: PartScorer, n_parts: int) -> Iterator[Done]:
    task = ray.remote(_told)
    held = ray.put(scorer)
    n_ahead = _AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1)))
    begun: deque[Any] = deque()
    for number in range(n_parts):
        begun.append(task.remote(held, number))
        if len(begun) > n_ahead:
            yield _taken(ray, begun.popleft())
    while begun:
        yield _taken(ray, begun.popleft())


def _told(scorer: PartScorer, number: int) -> Done | dict[str, Any]:
    """Score a part; an error in the data comes back as its facts, because exceptions lose theirs between processes."""
    try:
        return scorer(number)
    except InputError as error:
        return vars(error)


def _taken(ray: Any, result: Any) -> Done:
    done = ray.get(result)
    if isinstance(done, dict):
        raise InputError(**done)
    found: Done = done
    return found
