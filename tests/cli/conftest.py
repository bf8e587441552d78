"""Small exports, and the program as a user runs it."""

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from labelqa.cli.main import program

ROWS = """asset_id,labeler,class,x,y,w,h
a1,ann,cat,0,0,10,10
a1,bob,cat,0,0,10,8
a1,gold,cat,0,0,10,9
a2,ann,dog,0,0,10,10
a2,bob,cat,0,0,10,10
a2,gold,dog,0,0,10,10
"""


@pytest.fixture
def export(tmp_path):
    """A plain table of two assets by two labelers and an expert."""
    path = tmp_path / "export.csv"
    path.write_text(ROWS)
    return path


@pytest.fixture
def labelqa():
    """Call the program within this process; gives exit code, stdout and stderr."""

    def call(*arguments):
        return CliRunner().invoke(program, [str(argument) for argument in arguments], prog_name="labelqa")

    return call


@pytest.fixture
def shell():
    """Call the program as a process of its own."""

    def call(*arguments, **environment):
        return subprocess.run(
            [sys.executable, "-m", "labelqa", *map(str, arguments)],
            capture_output=True,
            env={**os.environ, **environment},
            check=False,
        )

    return call
