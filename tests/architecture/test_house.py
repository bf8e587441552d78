"""Rules of the house that no linter knows."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHIPPED = sorted([*(ROOT / "labelqa").rglob("*.py"), *(ROOT / "dashboard").rglob("*.py")])


def test_modules_can_be_read_in_one_sitting():
    long = {str(path.relative_to(ROOT)): n for path in SHIPPED if (n := len(path.read_text().splitlines())) > 400}
    assert not long


def test_names_say_something():
    assert not [path for path in SHIPPED if re.fullmatch(r"(utils?|helpers?|common|misc|core)", path.stem)]


def test_no_module_bears_the_name_of_a_public_function_of_its_package():
    """`from labelqa.comparison import compare` must never be a module for one and a function for the other."""
    for init in (ROOT / "labelqa").rglob("__init__.py"):
        imported = {
            alias.asname or alias.name
            for node in ast.walk(ast.parse(init.read_text()))
            if isinstance(node, ast.ImportFrom) and node.col_offset == 0 and node.module != "__future__"
            for alias in node.names
        }
        modules = {path.stem for path in init.parent.glob("*.py")} | {
            p.name for p in init.parent.iterdir() if p.is_dir()
        }
        assert not imported & modules, init


def test_user_data_meets_errors_not_asserts():
    for path in SHIPPED:
        assert not [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Assert)], path


def test_nothing_is_pickled_or_fetched():
    forbidden = {"pickle", "shelve", "joblib", "requests", "urllib.request", "http.client", "socket"}
    for path in SHIPPED:
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            probes = {"socket"} if path.name == "browser.py" else set()  # it looks for a free port
            assert not forbidden & set(names) - probes, path


def test_the_dashboard_uses_the_public_face_alone():
    for path in (ROOT / "dashboard").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert not (node.module or "").startswith("labelqa"), path
            if isinstance(node, ast.Import):
                assert not [alias for alias in node.names if alias.name.startswith("labelqa.")], path
