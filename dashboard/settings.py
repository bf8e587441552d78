"""What the dashboard was started with: `streamlit run app.py -- PATH... [options]`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Exports and how they are looked at.

    `images` is the only folder pictures are read from; in `cache` large exports are kept as Parquet once they are read, and
    what was worked out of them.
    Without a path the demo project is shown, of `demo` assets, labelers and seed.
    """

    paths: tuple[str, ...] = ()
    format: str | None = None
    benchmark: tuple[str, ...] = ()
    scheme: str | None = None
    images: str | None = None
    policy: str | None = None
    rates: str | None = None
    cache: str | None = None
    tz: str = "UTC"
    pseudonyms: bool = False
    demo: tuple[int, int, int] = (200, 6, 0)

    @classmethod
    def of(cls, arguments: list[str]) -> Settings:
        """Read the arguments that follow the script's name."""
        parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
        parser.add_argument("paths", nargs="*")
        for name in ("format", "scheme", "images", "policy", "rates", "cache"):
            parser.add_argument(f"--{name}")
        parser.add_argument("--tz", default="UTC")
        parser.add_argument("--benchmark", action="append", default=[])
        parser.add_argument("--pseudonyms", action="store_true")
        parser.add_argument("--demo", default="200,6,0")
        found = vars(parser.parse_args(arguments))
        assets, labelers, seed = map(int, found.pop("demo").split(","))
        fields = {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}
        return cls(**fields, demo=(assets, labelers, seed))

    @classmethod
    def current(cls) -> Settings:
        """Read those of this process."""
        return cls.of(sys.argv[1:])


def stamps(paths: tuple[str, ...]) -> tuple[tuple[str, int, int], ...]:
    """Tell the state of files (path, time changed, size), so that an export written anew is read anew.

    A folder's state is that of the files in it.
    """
    found = []
    for path in map(Path, paths):
        inside = sorted(part for part in path.rglob("*") if part.is_file()) if path.is_dir() else [path]
        for part in inside:
            try:
                state = part.stat()
            except OSError:
                continue
            found.append((str(part), state.st_mtime_ns, state.st_size))
    return tuple(found)
