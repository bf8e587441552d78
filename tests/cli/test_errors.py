"""What goes wrong ends in one line on stderr, the right exit code, and nothing on stdout."""

from pathlib import Path

import pytest

from labelqa.cli import commands
from labelqa.cli.main import INPUT, INTERNAL, INTERRUPTED, USAGE

KNOWN = ", ".join(sorted(path.stem for path in Path(commands.__path__[0]).glob("[a-z]*.py")))


def told(result):
    assert result.stdout == ""
    assert result.stderr.startswith("labelqa: ")
    assert "Traceback" not in result.stderr
    return result.stderr.removeprefix("labelqa: ").removesuffix("\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["scor", "x"],
            f"There is no command 'scor'; did you mean 'score'? (known: {KNOWN}). See labelqa --help.",
        ),
        (["zzz"], f"There is no command 'zzz' (known: {KNOWN}). See labelqa --help."),
        (["--versoin"], "No such option '--versoin'. Did you mean '--version'? See labelqa --help."),
        (["score"], "Missing argument 'PATH...'. See labelqa score --help."),
        (
            ["score", "--formt", "x", "y"],
            "No such option '--formt'. Did you mean '--format'? See labelqa score --help.",
        ),
        (["score", "--confidence", "1.5", "x"], "Invalid value for '--confidence': 1.5 is not in the range 0<x<1."),
        (["score", "--interval", "exakt", "x"], "Invalid value for '--interval': 'exakt' is not one of"),
        (["score", "--to", "csv", "x"], "--to names the format of the files that -o writes; give -o DIR as well."),
        (["score", "--scheme", "deflaut", "x"], "There is no scheme 'deflaut'; did you mean 'default'?"),
        (["demo", "--assets", "0"], "Invalid value for '--assets': 0 is not in the range x>=1."),
        (["demo", "extra"], "Got unexpected extra argument (extra). See labelqa demo --help."),
    ],
)
def test_a_wrong_call(labelqa, arguments, message):
    result = labelqa(*arguments)
    assert result.exit_code == USAGE
    assert told(result).startswith(message)
    assert result.stderr.count("\n") == 1


def test_unknown_names_in_the_data_are_a_wrong_call(labelqa, export):
    for option, value in (("--format", "labelboxx"), ("--benchmark", "goldd")):
        result = labelqa("score", export, option, value)
        assert result.exit_code == USAGE
        assert repr(value) in told(result)
        assert f"; did you mean {value[:-1]!r}?" in told(result)


def test_a_confidence_that_is_no_number(labelqa, export):
    assert labelqa("score", export, "--confidence", "nan").exit_code == USAGE


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("missing.csv", None),
        ("empty.csv", b""),
        ("broken.json", b'{"a": '),
        ("header.csv", b"a,b\n1,2\n"),
        ("x.zip", b"PK\3\4x"),
    ],
)
def test_an_unreadable_input(labelqa, tmp_path, name, content):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    result = labelqa("score", path)
    assert result.exit_code == INPUT
    assert name in told(result).splitlines()[0]


def test_where_no_format_fits_each_gives_its_reason(labelqa, tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    lines = told(labelqa("score", tmp_path / "x.csv")).splitlines()
    assert len(lines) > 3
    assert all(line.startswith("  ") and ": " in line for line in lines[1:])


def test_a_hostile_file_name_cannot_reach_the_terminal(labelqa, tmp_path):
    path = tmp_path / "\x1b[31mred\n.csv"
    path.write_text("a,b\n1,2\n")
    for given in (path, tmp_path / "\x1b[2Jmissing\nlabelqa: fine"):
        result = labelqa("score", given)
        assert result.exit_code == INPUT
        assert "\x1b" not in told(result)


def test_our_own_fault_is_one_line(labelqa, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("secret \x1b[31m\nplans")

    monkeypatch.setattr("labelqa.simulation.demo", broken)
    result = labelqa("demo")
    assert result.exit_code == INTERNAL
    assert told(result) == (
        r"internal error: ZeroDivisionError: secret \x1b[31m\nplans. Please report it; "
        "run again with --debug for the traceback."
    )


def test_a_panic_of_a_library_is_our_own_fault(labelqa, monkeypatch):
    class Panic(BaseException):
        pass

    def broken(*_):
        raise Panic("index out of bounds")

    monkeypatch.setattr("labelqa.simulation.demo", broken)
    assert labelqa("demo").exit_code == INTERNAL


@pytest.mark.parametrize("arguments", [["--debug", "demo"], ["demo", "--debug"], ["demo", "--json", "--debug"]])
def test_debug_shows_the_traceback(labelqa, monkeypatch, arguments):
    def broken(*_):
        raise ZeroDivisionError("plans")

    monkeypatch.setattr("labelqa.simulation.demo", broken)
    result = labelqa(*arguments)
    assert result.exit_code == INTERNAL
    assert result.stderr.startswith("Traceback")
    assert "in broken\n" in result.stderr


def test_debug_of_one_run_is_over_with_it(labelqa):
    assert "Traceback" in labelqa("--debug", "demo", "-o", __file__).stderr
    assert "Traceback" not in labelqa("demo", "-o", __file__).stderr


def test_an_interrupt(labelqa, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("labelqa.simulation.demo", interrupted)
    result = labelqa("demo")
    assert result.exit_code == INTERRUPTED
    assert result.stderr.strip() == "labelqa: interrupted"


def test_what_cannot_be_written_is_refused_before_the_work(labelqa, monkeypatch, tmp_path):
    (tmp_path / "mine.txt").touch()
    monkeypatch.setattr("labelqa.simulation.demo", lambda *_: pytest.fail("worked in vain"))
    result = labelqa("demo", "-o", tmp_path)
    assert result.exit_code == USAGE
    assert "is not empty and holds no labelqa scores" in told(result)


def test_a_scheme_is_looked_up_before_the_work(labelqa, monkeypatch, tmp_path):
    monkeypatch.setattr("labelqa.formats.read.read", lambda *_, **__: pytest.fail("worked in vain"))
    scheme = tmp_path / "mine.toml"
    scheme.write_text("treshold = 0.7")
    result = labelqa("score", "x", "--scheme", scheme)
    assert result.exit_code == USAGE
    assert "did you mean 'threshold'?" in told(result)
