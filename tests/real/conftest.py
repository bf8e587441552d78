"""Real data, which lies beside the repository or where `LABELQA_DATA` says; tests that need it skip without it."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data():
    """Give the folder of real data."""
    beside = Path(__file__).parents[3] / "shared" / "data"
    folder = Path(os.environ.get("LABELQA_DATA", beside))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; set LABELQA_DATA")
    return folder
