"""CPU seconds, wall seconds and peak memory of this process or of a whole command."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Cost:
    """Seconds: `cpu` of all threads, `wall` on the clock."""

    cpu: float
    wall: float

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.cpu + other.cpu, self.wall + other.wall)

    @staticmethod
    def median(costs: Sequence[Cost]) -> Cost:
        return Cost(median(cost.cpu for cost in costs), median(cost.wall for cost in costs))


def timed(run: Callable[[], T]) -> tuple[T, Cost]:
    """Run and time."""
    wall, cpu = time.perf_counter(), time.process_time()
    value = run()
    return value, Cost(time.process_time() - cpu, time.perf_counter() - wall)


def peak_megabytes() -> float:
    """Most memory that this process has held, itself and all (VmHWM; elsewhere than on Linux, ru_maxrss)."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    except (OSError, StopIteration):
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def command(arguments: Sequence[str], folder: Path) -> tuple[str, Cost]:
    """Run a command and time it from start to end; give what it prints."""
    wall = time.perf_counter()
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(arguments, cwd=folder, stdout=subprocess.PIPE, stderr=errors) as process,
    ):
        printed = process.stdout.read() if process.stdout else b""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        cost = Cost(usage.ru_utime + usage.ru_stime, time.perf_counter() - wall)
        if process.returncode:
            errors.seek(0)
            told = errors.read().decode(errors="replace")
            raise RuntimeError(f"{' '.join(arguments)}: exit code {process.returncode}\n{told}")
    return printed.decode(), cost
