"""Verdicts as annotations of GitHub Actions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from labelqa.gates.verdict import Verdicts
from labelqa.report.names import one_line
from labelqa.report.verdicts.sentences import summed


def lines(verdicts: Verdicts) -> Iterator[str]:
    """Give a line for each rule that does not pass: an error if it stops the pipeline, else a warning.

    Examples
    --------
    >>> import labelqa
    >>> from labelqa.gates.gate import gate
    >>> rule = {"measure": "n_labels", "at_least": 1000}
    >>> print(*lines(gate(labelqa.demo(assets=1, labelers=1), {"rules": {"some": rule}})), end="")
    ::error title=labelqa%3A some: fail::n_labels of project at least 1,000 (estimate): n_labels 1, n = 1
    """
    for one in verdicts.verdicts:
        if one.outcome != "pass":
            command = "error" if one.blocks else "warning"
            title = _property(f"labelqa: {one.name}") + f": {one.outcome}"
            yield f"::{command} title={title}::{_message(summed(one))}\n"


def fenced(text: str) -> str:
    """Put a text, in which names may look like commands, where GitHub takes none."""
    token = hashlib.sha256(text.encode()).hexdigest()  # of the whole text: no name in it can contain it
    return f"::stop-commands::{token}\n{text}::{token}::\n"


def _message(text: str) -> str:
    return one_line(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
