"""The miniature exports: one folder a format, beside the test of that format."""

from pathlib import Path

HERE = Path(__file__).parent
FORMATS = sorted(path.name for path in HERE.iterdir() if path.is_dir() and not path.name.startswith("_"))


def miniatures(*formats):
    """List the miniature exports of some formats, or of all."""
    return [path for name in formats or FORMATS for path in sorted((HERE / name).rglob("*")) if path.is_file()]


def problems(project):
    """Give the problems of a project in short."""
    return project.problems.select("severity", "record", "field", "found", "expected", "n").rows()
