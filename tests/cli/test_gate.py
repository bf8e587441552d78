"""`labelqa gate` and `labelqa policy`: exit codes, files, and what is said."""

import json

import pytest
from defusedxml import ElementTree

import labelqa as lib
from labelqa.gates.policy import Policy
from labelqa.gates.starting import starting_policy
from labelqa.report.verdicts.as_markdown import document as markdown

RULE = '[rules.{name}]\nmeasure = "{measure}"\nlevel = "project"\nat_least = {limit}\nevidence = "estimate"\n'


@pytest.fixture
def policy(tmp_path):
    """Write a policy of rules (measure, limit, more lines) to a file."""

    def write(*rules):
        path = tmp_path / "quality.toml"
        parts = [
            RULE.format(name=f"r{k}", measure=measure, limit=limit) + more
            for k, (measure, limit, more) in enumerate(rules)
        ]
        path.write_text("\n".join(parts))
        return path

    return write


PASSES, FAILS, UNKNOWN = ("n_labels", 6, ""), ("n_labels", 7, ""), ("self_consistency", 0.5, "")
WARNS = ("n_labels", 7, 'severity = "warn"\n')


@pytest.mark.parametrize(
    ("rules", "code", "said"),
    [
        ([PASSES], 0, "PASS"),
        ([PASSES, WARNS], 0, "PASS"),
        ([FAILS, PASSES], 1, "FAIL"),
        ([FAILS, UNKNOWN], 1, "FAIL"),
        ([UNKNOWN, WARNS], 4, "INCONCLUSIVE"),
        ([("self_consistency", 0.5, 'inconclusive = "pass"\n')], 0, "PASS"),
    ],
)
def test_the_exit_code_is_the_verdict(labelqa, export, policy, rules, code, said):
    result = labelqa("gate", export, "--policy", policy(*rules))
    assert result.exit_code == code, result.stderr
    assert result.stdout.startswith(f"{said} (exit code {code};")
    assert result.stderr == ""


def test_the_exit_code_of_the_process(shell, export, policy):
    assert shell("gate", export, "--policy", policy(FAILS)).returncode == 1
    assert shell("gate", export, "--policy", policy(UNKNOWN)).returncode == 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[rules.a]\nmeasure = 'consensus'\nat_leest = 1\n", "line 3, rules.a.at_leest: there is no key"),
        ("[rules.a\n", "is no TOML"),
        ("", "has no rules"),
    ],
)
def test_a_wrong_policy_is_exit_code_2_before_the_work(labelqa, tmp_path, text, said):
    path = tmp_path / "bad.toml"
    path.write_text(text)
    for call in (("gate", tmp_path / "absent.csv", "--policy", path), ("policy", "check", path)):
        result = labelqa(*call)
        assert result.exit_code == 2
        assert said in result.stderr
        assert result.stdout == ""


def test_other_wrong_calls_are_exit_code_2(labelqa, export, policy, tmp_path):
    good = policy(PASSES)
    for more in (
        ("--json", tmp_path / "no" / "x.json"),
        ("--json", tmp_path),
        ("--json", tmp_path / "x", "--junit", tmp_path / "x"),
        ("--scheme", "nonsense"),
        ("--rates", tmp_path / "no.toml"),
    ):
        result = labelqa("gate", export, "--policy", good, *more)
        assert result.exit_code == 2, more
        assert result.stdout == ""
    assert labelqa("gate", export).exit_code == 2
    assert labelqa("gate", export, "--policy", tmp_path / "absent.toml").exit_code == 2


def test_unreadable_input_is_exit_code_3(labelqa, policy, tmp_path):
    broken = tmp_path / "broken.json"
    broken.write_text('{"a": [')
    assert labelqa("gate", broken, "--policy", policy(PASSES)).exit_code == 3
    assert labelqa("policy", "init", broken).exit_code == 3


def test_our_own_fault_is_exit_code_70(labelqa, export, policy, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("lost")

    monkeypatch.setattr("labelqa.gates.gate.gate", broken)
    result = labelqa("gate", export, "--policy", policy(PASSES))
    assert result.exit_code == 70
    assert "internal error: RuntimeError: lost" in result.stderr


def test_files_are_written_whatever_the_verdict(labelqa, export, policy, tmp_path):
    targets = [tmp_path / name for name in ("v.json", "v.xml", "v.md", "v.html")]
    options = [
        part for pair in zip(("--json", "--junit", "--markdown", "--html"), targets, strict=True) for part in pair
    ]
    for rules, code in (([FAILS, UNKNOWN], 1), ([PASSES], 0)):
        assert labelqa("gate", export, "--policy", policy(*rules), *options).exit_code == code
        assert json.loads(targets[0].read_text())["exit_code"] == code
        assert ElementTree.parse(targets[1]).getroot().get("tests") == str(len(rules))
        assert targets[2].read_text().startswith("## labelqa gate: ")
        assert f"(exit code {code})" in targets[3].read_text()


def test_github_gets_annotations_and_a_summary(labelqa, export, policy, tmp_path, monkeypatch):
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    path = policy(FAILS, WARNS)
    assert "::" not in labelqa("gate", export, "--policy", path).stdout
    result = labelqa("gate", export, "--policy", path, "--github")
    lines = result.stdout.splitlines()
    assert result.exit_code == 1
    assert lines[0].startswith("::stop-commands::")
    assert [line.split(" ")[0] for line in lines[-2:]] == ["::error", "::warning"]
    from labelqa.gates.gate import gate

    assert summary.read_text() == "before\n" + "".join(markdown(gate(lib.read(export), path)))


def test_names_are_not_hidden_where_the_export_itself_is_written(labelqa, export, tmp_path):
    policy = tmp_path / "assets.toml"
    policy.write_text(ASSETS)
    result = labelqa("gate", export, "--policy", policy, "--rejects", tmp_path / "rest.csv", "--pseudonyms")
    assert result.exit_code == 2
    assert "leave --pseudonyms out" in result.stderr
    assert not (tmp_path / "rest.csv").exists()


def test_options_of_reading_and_scheme_are_taken(labelqa, export, tmp_path):
    path = tmp_path / "b.toml"
    path.write_text('[rules.a]\nmeasure = "benchmark"\nat_least = 0.1\nevidence = "estimate"\n')
    assert labelqa("gate", export, "--policy", path).exit_code == 4
    assert labelqa("gate", export, "--policy", path, "--benchmark", "gold", "--scheme", "clip").exit_code == 0


def test_init_writes_a_policy_that_the_export_passes(labelqa, export, tmp_path):
    target = tmp_path / "made.toml"
    printed = labelqa("policy", "init", export, "--benchmark", "gold")
    assert printed.exit_code == 0, printed.stderr
    assert printed.stdout == starting_policy(lib.read(export, benchmark=["gold"]))
    written = labelqa("policy", "init", export, "--benchmark", "gold", "-o", target)
    assert (written.exit_code, written.stdout) == (0, "")
    assert target.read_text() == printed.stdout
    assert labelqa("gate", export, "--benchmark", "gold", "--policy", target).exit_code == 0
    again = labelqa("policy", "init", export, "-o", target)
    assert again.exit_code == 2
    assert "there is a file already" in again.stderr
    assert labelqa("policy", "init", export, "-o", tmp_path / "no" / "x.toml").exit_code == 2


def test_check_says_what_a_policy_demands(labelqa, policy):
    path = policy(PASSES, WARNS)
    result = labelqa("policy", "check", path)
    assert result.exit_code == 0
    for rule in Policy.of(path).rules:
        assert rule.name in result.stdout
    assert "at least 7" in result.stdout
    assert labelqa("policy", "chekc", path).exit_code == 2


ASSETS = """[rules.right]
measure = "consensus"
level = "asset"
at_least = 0.5
severity = "warn"
"""


def test_kept_and_rejected_assets_are_written(labelqa, export, tmp_path):
    policy = tmp_path / "assets.toml"
    policy.write_text(ASSETS)
    keep, rest = tmp_path / "kept.csv", tmp_path / "rest.csv"
    result = labelqa("gate", export, "--policy", policy, "--benchmark", "gold", "--keep", keep, "--rejects", rest)
    assert result.exit_code == 0, result.stderr
    assert f"1 asset kept: {keep}" in result.stderr
    assert f"1 asset rejected: {rest}; why: {rest}.reasons.csv" in result.stderr
    lines = export.read_text().splitlines(keepends=True)
    assert keep.read_text() == "".join(lines[:4])
    assert rest.read_text() == "".join(lines[:1] + lines[4:])
    table = (tmp_path / "rest.csv.reasons.csv").read_text().splitlines()
    assert table == [
        "project_id,asset_id,rule,measure,at_least,at_most,value,n,outcome,reason,file,record",
        "default,a2,right,consensus,0.5,,0.0,2,fail,,,",
    ]
    again = labelqa("gate", keep, "--policy", policy, "--benchmark", "gold")
    assert (again.exit_code, again.stdout.splitlines()[0]) == (0, "PASS (exit code 0; 1 rule)")


def test_what_cannot_be_read_is_told_among_the_reasons(labelqa, export, tmp_path):
    policy = tmp_path / "assets.toml"
    policy.write_text(ASSETS)
    with export.open("a") as file:
        file.write("a3,ann\n")
    result = labelqa("gate", export, "--policy", policy, "--benchmark", "gold", "--rejects", tmp_path / "rest.csv")
    assert "1 asset rejected, and 1 unread record" in result.stderr
    last = (tmp_path / "rest.csv.reasons.csv").read_text().splitlines()[-1]
    assert last == f",,,,,,,,inconclusive,unread,{export},7"


def test_wrong_places_are_refused_before_the_work(labelqa, policy, tmp_path):
    rules = tmp_path / "assets.toml"
    rules.write_text(ASSETS)
    there = tmp_path / "there.csv"
    there.write_text("x")
    absent = tmp_path / "absent.csv"
    for of_policy, said, more in (
        (policy(PASSES), 'level = "asset"', ("--keep", tmp_path / "k")),
        (rules, "exists", ("--keep", there)),
        (rules, "two parts", ("--keep", tmp_path / "k", "--rejects", tmp_path / "k")),
        (rules, "is no folder", ("--rejects", tmp_path / "no" / "r")),
    ):
        result = labelqa("gate", absent, "--policy", of_policy, *more)
        assert result.exit_code == 2, result.stderr
        assert said in result.stderr


def test_a_baseline_fails_what_has_become_worse(labelqa, tmp_path):
    def table(name, answer):
        rows = [
            f"a{k},{who},q,choice,{answer if who == 'ann' else 'yes'}" for k in range(40) for who in ("ann", "gold")
        ]
        path = tmp_path / name
        path.write_text("\n".join(["asset_id,labeler,class,kind,answer", *rows]))
        return path

    before, now = table("before.csv", "yes"), table("now.csv", "no")
    policy = tmp_path / "q.toml"
    policy.write_text('[rules.right]\nmeasure = "benchmark"\nat_most = 1\n'.replace("at_most = 1", "at_least = 0.01"))
    assert labelqa("score", before, "--benchmark", "gold", "-o", tmp_path / "scores").exit_code == 0
    call = ("gate", "--benchmark", "gold", "--policy", policy, "--baseline", tmp_path / "scores")
    same = labelqa(*call, before)
    assert same.exit_code == 0, same.stderr
    worse = labelqa(*call, now, "--github", "--markdown", tmp_path / "v.md", "--junit", tmp_path / "v.xml")
    assert worse.exit_code == 1
    assert "right, baseline" in worse.stdout
    assert "::error title=labelqa%3A right%2C baseline: fail::benchmark of project no worse than before" in worse.stdout
    assert "default, same assets: benchmark 0.0000, before 1.0000, mean change -1.0000, change <= " in worse.stdout
    assert "right, baseline" in (tmp_path / "v.md").read_text()
    names = [case.get("name") for case in ElementTree.parse(tmp_path / "v.xml").getroot().iter("testcase")]
    assert names == ["right", "right, baseline"]
    other = labelqa(*call, now, "--scheme", "clip")
    assert other.exit_code == 2
    assert "another scheme" in other.stderr
    nothing = labelqa("gate", now, "--policy", policy, "--baseline", tmp_path / "absent")
    assert nothing.exit_code == 2
    assert "no folder of saved scores" in nothing.stderr
