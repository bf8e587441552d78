"""Start the dashboard: Streamlit on this computer alone, with the options it is safe with."""

from __future__ import annotations

import importlib.util
import socket
import subprocess
import sys
from pathlib import Path

from labelqa.errors import UsageError

HOSTS = ("127.0.0.1", "localhost")
"""Names under which the dashboard answers: a page elsewhere that points its own name here is refused."""

FIRST_PORT, LAST_PORT = 8501, 8600
MOST_MEGABYTES = 500
"""Greatest file that may be dropped on the page."""

LIGHT = {
    "primaryColor": "#2563EB",
    "backgroundColor": "#FFFFFF",
    "secondaryBackgroundColor": "#F3F5F9",
    "textColor": "#1A2433",
    "borderColor": "#DCE1EA",
}
DARK = {
    "primaryColor": "#6EA8FE",
    "backgroundColor": "#10151D",
    "secondaryBackgroundColor": "#1A212C",
    "textColor": "#E4E9F1",
    "borderColor": "#2C3644",
}


def app() -> Path:
    """Find the dashboard: `labelqa/_dashboard` once installed, `dashboard` beside it in a source tree.

    Raises
    ------
    UsageError
        If it is in neither place.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "_dashboard", package.parent / "dashboard"):
        if (folder / "server.py").is_file():
            return folder / "server.py"
    raise UsageError("The dashboard is not in this installation; install labelqa anew")


def options(port: int, opens: bool) -> list[str]:
    """Give the options of Streamlit: loopback, no telemetry, no files of its own, both themes."""
    given: dict[str, object] = {
        "server.address": "127.0.0.1",
        "server.port": port,
        "server.headless": not opens,
        "server.enableXsrfProtection": True,
        "server.enableCORS": True,
        "server.enableStaticServing": False,
        "server.maxUploadSize": MOST_MEGABYTES,
        "server.fileWatcherType": "none",
        "server.showEmailPrompt": False,
        "browser.serverAddress": "127.0.0.1",
        "browser.gatherUsageStats": False,
        "runner.magicEnabled": False,
        "client.toolbarMode": "viewer",
        "client.showErrorDetails": "type",
        "client.disableDataExport": True,
        "theme.baseRadius": "small",
        "theme.baseFontSize": 14,
        "theme.paddingTop": "1.5rem",
        "theme.headingFontSizes": "1.9rem,1.6rem,1.25rem,1.1rem,1rem,1rem",
        "theme.showSidebarBorder": True,
        "theme.metricValueFontSize": "1.75rem",
        **{f"theme.light.{name}": value for name, value in LIGHT.items()},
        **{f"theme.dark.{name}": value for name, value in DARK.items()},
    }
    hosts = [f"--server.allowedHosts={host}" for host in HOSTS]
    return [
        *hosts,
        *(f"--{name}={str(value).lower() if isinstance(value, bool) else value}" for name, value in given.items()),
    ]


def serve(arguments: list[str], port: int | None = None, opens: bool = True) -> None:
    """Run the dashboard until it is interrupted.

    Parameters
    ----------
    arguments : list of str
        For the dashboard itself; see its `settings.py`.
    port : int, optional
        By default the first free one from 8501.
    opens : bool
        Whether to open a browser.

    Raises
    ------
    UsageError
        If Streamlit is not installed, or no port is free.
    """
    missing = [name for name in ("streamlit", "altair") if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(f'The dashboard needs {" and ".join(missing)}: pip install "labelqa[dashboard]"')
    chosen = _free(port)
    command = [sys.executable, "-m", "streamlit", "run", str(app()), *options(chosen, opens), "--", *arguments]
    try:
        code = subprocess.run(command, check=False).returncode
    except KeyboardInterrupt:
        return
    if code not in (0, -2, 130):
        raise UsageError(f"The dashboard ended with exit code {code}; what Streamlit said stands above")


def _free(port: int | None) -> int:
    """Find a free port."""
    for number in range(FIRST_PORT, LAST_PORT + 1) if port is None else (port,):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", number))
            except OSError:
                continue
            return number
    where = f"Port {port} is taken" if port else f"No port from {FIRST_PORT} to {LAST_PORT} is free"
    raise UsageError(f"{where}; choose another with --port")
