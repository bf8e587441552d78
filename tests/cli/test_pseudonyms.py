"""--pseudonyms on the command line: where the key comes from, and that no output names anybody."""

import json

import pytest

KEY = "0123456789abcdef0123456789abcdef"
NAMED = """asset_id,labeler,class,x,y,w,h,created_at,seconds
a1,ann@example.com,cat,0,0,10,10,2026-01-01T10:00:00Z,10
a1,bob@example.com,cat,0,0,10,8,2026-01-01T10:00:00Z,20
a1,gold@example.com,cat,0,0,10,9,2026-01-01T10:00:00Z,30
a2,ann@example.com,dog,0,0,10,10,2026-01-01T10:01:00Z,10
a2,bob@example.com,cat,0,0,10,10,2026-01-01T10:01:00Z,20
"""


@pytest.fixture
def named(tmp_path):
    path = tmp_path / "ann.csv"
    path.write_text(NAMED)
    return path


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "team.key"
    path.write_text(KEY + "\n")
    return path


@pytest.mark.parametrize("command", ["score", "inspect", "workforce"])
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_no_output_names_anybody(labelqa, named, key_file, command, more):
    shown = labelqa(command, named, "--benchmark", "gold@example.com", "--pseudonyms", key_file, *more)
    assert shown.exit_code == 0, shown.output
    assert "labeler-" in shown.stdout
    for name in ("ann@", "bob", "gold", "ann.csv"):
        assert name not in shown.stdout


def test_files_name_nobody(labelqa, named, key_file, tmp_path):
    labelqa("score", named, "--pseudonyms", key_file, "-o", tmp_path / "out", "--to", "csv")
    for path in (tmp_path / "out").iterdir():
        assert "bob" not in path.read_text(), path


def test_the_key_comes_from_a_file_or_the_environment_or_is_made(labelqa, named, key_file, monkeypatch):
    def labelers(*options):
        rows = json.loads(labelqa("score", named, "--json", *options).stdout)["labelers"]
        return [row["labeler"] for row in rows]

    of_file = labelers("--pseudonyms", key_file)
    assert of_file == labelers("--pseudonyms", key_file)
    assert labelers("--pseudonyms") != labelers("--pseudonyms")
    assert "of this run only" in labelqa("score", named, "--pseudonyms").stderr
    monkeypatch.setenv("LABELQA_PSEUDONYM_KEY", KEY)
    assert labelers("--pseudonyms") == of_file
    assert "of this run only" not in labelqa("score", named, "--pseudonyms").stderr


def test_an_export_is_not_taken_for_a_key(labelqa, named):
    done = labelqa("score", "--pseudonyms", named, named)
    assert done.exit_code == 2
    assert "is no key for pseudonyms" in done.stderr
    assert "behind the paths" in done.stderr


def test_a_key_that_is_missing_or_short_is_refused(labelqa, named, tmp_path, monkeypatch):
    assert "cannot be read as the key" in labelqa("score", named, "--pseudonyms", tmp_path / "none").stderr
    monkeypatch.setenv("LABELQA_PSEUDONYM_KEY", "secret")
    done = labelqa("score", named, "--pseudonyms")
    assert done.exit_code == 2
    assert "secret" not in done.stderr


def test_a_rate_card_pays_people_by_their_names(labelqa, named, key_file, tmp_path):
    rates = tmp_path / "rates.toml"
    rates.write_text('currency = "EUR"\n[labelers."ann@example.com"]\nper_label = 2.0\n')
    done = labelqa("workforce", named, "--rates", rates, "--pseudonyms", key_file, "--json")
    document = json.loads(done.stdout)
    assert 4.0 in [row["cost"] for row in document["labelers"]]
    assert "ann@" not in done.stdout
