"""The dashboard: `labelqa dashboard PATH...`, or `streamlit run dashboard/app.py -- PATH...`.

A page is a file `views/NN_name.py`: its number is its place, its name its title, `ICON` in it its icon.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import sys
from pathlib import Path

import streamlit as st

HERE = Path(__file__).resolve().parent


def _know_the_package() -> None:
    """Make `dashboard` importable: the folder is `labelqa/_dashboard` once installed."""
    if "dashboard" not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            "dashboard", HERE / "__init__.py", submodule_search_locations=[str(HERE)]
        )
        sys.modules["dashboard"] = importlib.util.module_from_spec(spec)


def _icon(path: Path) -> str | None:
    """Find the icon that a page names."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Constant)
            and ast.unparse(node.targets[0]) == "ICON"
        ):
            return str(node.value.value)
    return None


def _menu(pages: dict[Path, st.Page]) -> None:
    """Draw the menu by hand: Streamlit's own would fetch a page's icon from a server of Google's, as the tab's."""
    with st.sidebar, st.container(gap="xxsmall"):
        st.markdown("**labelqa**")
        kept = importlib.import_module("dashboard.components.filters").carried()
        for path, page in pages.items():
            st.page_link(page, icon=_icon(path), width="stretch", query_params=kept)


_know_the_package()
views = {
    path: st.Page(path, title=path.stem[3:].replace("_", " ").capitalize())
    for path in sorted((HERE / "views").glob("[0-9][0-9]_*.py"))
}
chosen = st.navigation(list(views.values()), position="hidden")
st.set_page_config(f"{chosen.title} · labelqa", str(HERE / "icon.svg"), layout="wide", initial_sidebar_state="expanded")
_menu(views)
chosen.run()
