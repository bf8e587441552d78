"""The README is executed: its Python runs, its console output is what the command prints, its tables come from the code."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from labelqa.report.catalogue import markdown

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("code", blocks("python"), ids=range(len(blocks("python"))))
def test_python_blocks_run(code, capsys):
    exec(compile(code, "README.md", "exec"), {})
    assert "print(" not in code or capsys.readouterr().out


@pytest.mark.parametrize("block", blocks("console"), ids=range(len(blocks("console"))))
def test_console_blocks_show_what_is_printed(block):
    command, _, shown = block.partition("\n")
    words = shlex.split(command.removeprefix("$ "))
    assert words[0] == "labelqa"
    done = subprocess.run(
        [sys.executable, "-m", *words],
        capture_output=True,
        cwd=ROOT,
        check=True,
        encoding="utf-8",
        env={**os.environ, "COLUMNS": "100", "PYTHONIOENCODING": "utf-8"},
    )
    lines, wanted = [line.rstrip() for line in done.stdout.strip().splitlines()], shown.rstrip().splitlines()
    if wanted[-1] == "...":
        wanted.pop()
        lines = lines[: len(wanted)]
    assert lines == wanted


def test_the_two_commands_set_up_an_environment_of_their_own():
    commands = [block for block in blocks("sh") if "venv" in block]
    assert len(commands) == 2
    assert all(command.startswith("python3 -m venv .venv && .venv/bin/pip install") for command in commands)


def test_the_commands_shown_exist():
    for block in blocks("sh"):
        for line in block.splitlines():
            if line.startswith("labelqa "):
                subprocess.run(
                    [sys.executable, "-m", "labelqa", line.split()[1], "--help"],
                    capture_output=True,
                    cwd=ROOT,
                    check=True,
                )


def test_the_table_of_formats_is_the_code_s():
    """`labelqa formats --markdown` prints it."""
    assert f"<!-- formats -->\n{markdown()}<!-- /formats -->" in TEXT, markdown()


def test_links_lead_somewhere():
    for page in ROOT.rglob("README.md"):
        if ".venv" in page.parts or "build" in page.parts:
            continue
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page}: {target}"
