"""The dashboard uses the public face of labelqa alone, and only its `data.py` does."""

import ast

import pytest

import labelqa
from tests.dashboard.conftest import DASHBOARD

FILES = sorted(DASHBOARD.rglob("*.py"))


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(DASHBOARD)))
def test_only_data_calls_labelqa_and_only_its_face(path):
    used = {name for name in imports(path) if name.split(".")[0] == "labelqa"}
    assert used <= ({"labelqa"} if path.name == "data.py" else set())


def test_every_name_used_is_public():
    tree = ast.parse((DASHBOARD / "data.py").read_text(encoding="utf-8"))
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "labelqa"
    }
    assert used
    assert used <= set(labelqa.__all__)
