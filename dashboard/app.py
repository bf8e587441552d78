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


@st.cache_resource(show_spinner=False)
def _declared(path: Path) -> tuple[str | None, tuple[str, ...]]:
    """Find what a page's file says of itself before it runs: `ICON`, and the filters it begins `without`."""
    icon, without = None, ()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "ICON":
            icon = ast.literal_eval(node.value)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "page.begin":
            without = next((ast.literal_eval(given.value) for given in node.keywords if given.arg == "without"), ())
    return icon, without


def _menu(pages: dict[Path, st.Page]) -> None:
    """Draw the menu by hand: Streamlit's own would fetch a page's icon from a server of Google's, as the tab's."""
    with st.sidebar, st.container(gap="xxsmall"):
        st.markdown("**labelqa**")
        for path, page in pages.items():
            st.page_link(page, icon=_declared(path)[0], width="stretch")


_know_the_package()
views = {
    path: st.Page(path, title=path.stem[3:].replace("_", " ").capitalize())
    for path in sorted((HERE / "views").glob("[0-9][0-9]_*.py"))
}
chosen = st.navigation(list(views.values()), position="hidden")
st.set_page_config(f"{chosen.title} · labelqa", str(HERE / "icon.svg"), layout="wide", initial_sidebar_state="expanded")
_menu(views)
path = next(path for path, page in views.items() if page is chosen)
importlib.import_module("dashboard.components.page").frame(without=_declared(path)[1])
chosen.run()
