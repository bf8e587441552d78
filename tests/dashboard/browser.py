"""The dashboard in a real browser, where there is one: a server, and Chromium driven by Playwright."""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from labelqa.cli import browser as launcher

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
MARKS = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed"),
    pytest.mark.skipif(
        not all(map(find_spec, ("streamlit", "playwright"))), reason="Streamlit and Playwright drive it"
    ),
]
"""Of every test in a browser; the fixture `visit` opens windows."""

IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'
SLOW = 120_000
"""Milliseconds after which a page is taken for stuck."""


@contextmanager
def serving(*arguments):
    """Start the dashboard on a free port, give its address, and end it."""
    port = launcher._free(None)
    command = [sys.executable, "-m", "streamlit", "run", str(launcher.app()), *launcher.options(port, opens=False)]
    environment = {**os.environ, "PYTHONPATH": str(Path(launcher.__file__).parents[2])}
    server = subprocess.Popen(
        [*command, "--", *map(str, arguments)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{address}/_stcore/health", server)
        yield address
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _wait(address, server):
    for _ in range(300):
        try:
            with urllib.request.urlopen(address) as answer:
                if answer.read() == b"ok":
                    return
        except OSError:
            if server.poll() is not None:
                raise
        time.sleep(0.2)
    raise TimeoutError(address)


class Visit:
    """A window on the dashboard: what it asks for elsewhere and complains of is kept."""

    def __init__(self, window, address):
        self.window, self.address = window, address
        self.elsewhere, self.complaints = [], []
        ours = (address, address.replace("http", "ws"), "data:", "blob:")
        window.on("request", lambda request: request.url.startswith(ours) or self.elsewhere.append(request.url))
        window.on("console", lambda said: said.type == "error" and self.complaints.append(said.text))
        window.on("pageerror", lambda error: self.complaints.append(str(error)))

    def go(self, path=""):
        """Open a page and wait until it is drawn."""
        self.window.goto(f"{self.address}/{path}")
        return self.settle()

    def settle(self):
        """Wait until nothing runs any more."""
        self.window.wait_for_selector('[data-testid="stHeading"]', timeout=SLOW)
        self.window.wait_for_timeout(300)
        self.window.wait_for_selector(IDLE, timeout=SLOW)
        self.window.wait_for_timeout(300)
        self.window.wait_for_selector(IDLE, timeout=SLOW)
        return self.window

    def tiles(self):
        """Give the tiles on the page: label to value."""
        found = self.window.get_by_test_id("stMetric").all()
        texts = [tile.inner_text().split("\n") for tile in found]
        return {lines[0]: lines[-1] if len(lines) == 2 else next(part for part in lines[1:] if part) for lines in texts}


@contextmanager
def chromium():
    """Start Chromium; give a function that opens a window on an address."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        program = playwright.chromium.launch(
            executable_path=CHROMIUM, headless=True, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )

        def visit(address):
            context = program.new_context(viewport={"width": 1440, "height": 900})
            context.set_default_timeout(SLOW)
            return Visit(context.new_page(), address)

        yield visit
        program.close()
