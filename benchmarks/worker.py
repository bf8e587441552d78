"""The process in which one contender works: `python -m benchmarks.worker NAME DATA`, told what to do line by line.

Commands on standard input: `round` builds, scores and answers with the costs; `outcome` tells what came out of the last
round. Answers are one line of JSON each. The first answer, without a command, is `ready` with the versions, or `skipped`
with the reason. It needs numpy and what the contender imports, and nothing of labelqa.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.contender import Contender, named
from benchmarks.measure import peak_megabytes, timed


def main() -> None:
    say = _channel()
    name, path = sys.argv[1:]
    contender = named(name)
    try:
        versions = {package: importlib.metadata.version(package) for package in contender.packages}
        data = contender.load(Path(path))
        contender.warm_up(data)
    except ImportError as error:
        say({"skipped": _reason(error)})
        return
    say({"ready": versions})
    _serve(contender, data, say)


def _serve(contender: Contender, data: Any, say: Callable[[dict[str, Any]], None]) -> None:
    scored = None
    for line in sys.stdin:
        if line.strip() == "round":
            scored = None  # let go of the last result, or two of them are in memory
            built, build = timed(lambda: contender.build(data))
            scored, score = timed(lambda built=built: contender.score(built))
            built = None
            say({"build": asdict(build), "score": asdict(score), "peak": peak_megabytes()})
        else:
            say(asdict(contender.outcome(scored)))


def _reason(error: ImportError) -> str:
    if isinstance(error, importlib.metadata.PackageNotFoundError):
        return f"{error.name} is not installed"
    return str(error)


def _channel() -> Callable[[dict[str, Any]], None]:
    """Keep standard output for the answers; what libraries print goes nowhere."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

    def say(answer: dict[str, Any]) -> None:
        channel.write(json.dumps(answer) + "\n")
        channel.flush()

    return say


if __name__ == "__main__":
    main()
