"""What the dashboard is started with, and what the command refuses before it starts."""

import pytest
from click.testing import CliRunner

from dashboard.settings import Settings, stamps
from labelqa.cli import browser
from labelqa.cli.main import program


def test_arguments_reach_the_pages():
    given = [
        "--images=photos",
        "--tz=Europe/Berlin",
        "--benchmark=expert",
        "--benchmark=-x",
        "--",
        "-odd.json",
        "b.csv",
    ]
    settings = Settings.of(given)
    assert settings == Settings(("-odd.json", "b.csv"), benchmark=("expert", "-x"), images="photos", tz="Europe/Berlin")
    assert Settings.of(["--demo=50,3,7"]).demo == (50, 3, 7)


def test_a_file_written_anew_has_another_stamp(tmp_path):
    file = tmp_path / "export.json"
    file.write_text("{}")
    before = stamps((str(tmp_path),))
    file.write_text("{ }")
    assert stamps((str(tmp_path),)) != before
    assert stamps((str(tmp_path / "absent"),)) == ()


def called(*arguments):
    return CliRunner().invoke(program, [str(argument) for argument in arguments], prog_name="labelqa")


@pytest.fixture
def served(monkeypatch):
    calls = []
    monkeypatch.setattr(browser.subprocess, "run", lambda command, **_: calls.append(command) or browser_end())
    return calls


def browser_end():
    return type("Ended", (), {"returncode": 0})


def test_it_is_started_on_this_computer_alone(served, tmp_path):
    pytest.importorskip("streamlit")
    (tmp_path / "a.csv").write_text("x")
    assert called("dashboard", tmp_path / "a.csv", "--no-browser", "--port", browser._free(None)).exit_code == 0
    command = served[0]
    assert "--server.address=127.0.0.1" in command
    assert "--browser.gatherUsageStats=false" in command
    assert "--server.enableXsrfProtection=true" in command
    assert "--server.headless=true" in command
    assert command[-2:] == ["--", str(tmp_path / "a.csv")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["absent.json"], "absent.json"),
        (["{here}", "--images", "no-folder"], "no such folder"),
        (["{here}", "--tz", "Mars"], "time zone"),
        (["{here}", "--policy", "absent.toml"], "absent.toml"),
    ],
)
def test_what_cannot_be_is_refused_before_a_browser_opens(served, tmp_path, arguments, said):
    result = called("dashboard", *(part.format(here=tmp_path) for part in arguments))
    assert result.exit_code == 2
    assert said in result.stderr
    assert not served


def test_without_streamlit_it_says_what_to_install(served, monkeypatch, tmp_path):
    monkeypatch.setattr(browser.importlib.util, "find_spec", lambda _: None)
    result = called("dashboard", tmp_path)
    assert result.exit_code == 2
    assert "labelqa[dashboard]" in result.stderr
    assert not served


def test_a_port_that_is_taken_is_said_so(served, tmp_path):
    pytest.importorskip("streamlit")
    with browser.socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = called("dashboard", tmp_path, "--port", port)
    assert result.exit_code == 2
    assert f"Port {port} is taken" in result.stderr
    assert not served


def test_the_demo_opens_in_it(served):
    pytest.importorskip("streamlit")
    called("demo", "--dashboard", "--assets", "30", "--labelers", "3", "--seed", "5")
    assert served[0][-1] == "--demo=30,3,5"


@pytest.mark.parametrize(("options", "is_kept"), [([], True), (["--pseudonyms"], False)])
def test_what_is_worked_out_is_kept_where_it_may_be_met_again(options, is_kept, run, full, tmp_path, monkeypatch):
    monkeypatch.setattr("labelqa.measures.cache.LEAST_ANNOTATIONS", 10)
    for _ in range(2):
        app = run("01_overview.py", full, f"--cache={tmp_path / 'cache'}", *options)
        assert not app.exception
        assert (tmp_path / "cache").exists() == is_kept
    assert not is_kept or len(list((tmp_path / "cache").iterdir())) == 2  # the comparison, and the findings
