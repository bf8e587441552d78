"""The public face is exactly what is promised, and costs nothing until it is used."""

import subprocess
import sys

import pytest

import labelqa

NAMES = {
    "CocoFigures",
    "Comparison",
    "Drawing",
    "FormatError",
    "ImageFolder",
    "InputError",
    "LabelqaError",
    "Policy",
    "Project",
    "Scheme",
    "Scores",
    "UsageError",
    "Verdicts",
    "Workforce",
    "__version__",
    "as_csv",
    "cluster_interval",
    "coco_eval",
    "compare",
    "demo",
    "draw",
    "gate",
    "read",
    "score",
    "score_stored",
    "starting_policy",
    "store",
    "workforce",
    "write",
}

HEAVY = {"numpy", "polars", "scipy", "pandas", "streamlit", "rich", "pyarrow", "shapely", "msgspec"}


def run(code, *arguments):
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, encoding="utf-8", check=True
    ).stdout


def test_the_names_are_these():
    assert set(labelqa.__all__) == NAMES
    assert {*NAMES, "kinds"} <= set(dir(labelqa))


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_name_is_there(name):
    assert getattr(labelqa, name) is getattr(labelqa, name)
    assert getattr(labelqa, name).__doc__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'scores'"):
        labelqa.scores  # noqa: B018


def test_errors_form_one_tree():
    assert issubclass(labelqa.FormatError, labelqa.InputError)
    assert issubclass(labelqa.InputError, labelqa.LabelqaError)
    assert issubclass(labelqa.UsageError, labelqa.LabelqaError)


@pytest.mark.parametrize("used", ["kinds", "score", "read"])
def test_kinds_need_no_import_of_their_own(used):
    code = f"import labelqa; labelqa.{used}; print(labelqa.kinds.bbox.iou([0, 0, 2, 2], [0, 0, 2, 1]))"
    assert run(code) == "0.5\n"


LOADED = "print(*{name.partition('.')[0] for name in sys.modules})"


@pytest.mark.parametrize(
    "code",
    [
        "import labelqa, sys",
        "import sys; from labelqa import LabelqaError, UsageError, __version__",
        *(
            f"import sys, contextlib, io; from labelqa.cli.main import main\n"
            f"sys.argv = ['labelqa', {arguments}]\n"
            f"with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()): main()"
            for arguments in ("'--help'", "'score', '--help'", "'demo', '-h'", "'formats', '--help'", "'--version'")
        ),
    ],
)
def test_nothing_heavy_is_imported_before_it_is_needed(code):
    assert not HEAVY & set(run(f"{code}\n{LOADED}").split())
