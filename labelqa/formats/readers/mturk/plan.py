"""How the columns of a batch are read: by rule, and where the rule is not enough, as `mturk.toml` says."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labelqa.errors import InputError
from labelqa.formats.files import File

KINDS = ("choice", "checklist", "text", "number", "rating", "skip")

_ASSETS = ("asset_id", "image_url", "image", "img_url", "img", "video_url", "video", "audio_url", "audio", "url", "text_id",
           "item_id", "id", "text")  # fmt: skip
_LONG = 60
_MANY = 20
_KEYS = frozenset(("asset", "answers"))


@dataclass(frozen=True)
class Plan:
    """What `mturk.toml` says: the `Input` column that names the asset, and kinds of questions."""

    asset: str | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)


def parsed(text: str) -> dict[str, Any] | None:
    """Read a text as a plan; None if it is none."""
    try:
        found = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return None
    return found if found and found.keys() <= _KEYS else None


def plan_of(files: Iterable[File]) -> Plan:
    """Read the plans among files; together they are one.

    Raises
    ------
    InputError
        If one says what cannot be.
    """
    asset: str | None = None
    kinds: dict[str, str] = {}
    for file in files:
        found = parsed(file.head(1 << 20).decode(errors="replace")) or {}
        told = found.get("answers", {})
        if not isinstance(told, dict) or not isinstance(found.get("asset", ""), str):
            expected = "asset = a column, and under [answers] question = kind"
            raise InputError(expected, file=file.name, found=str(found)[:80])
        for question, kind in told.items():
            if kind not in KINDS:
                raise InputError(f"one of {', '.join(KINDS)}", file=file.name, field=f"answers.{question}", found=kind)
            kinds[question.removeprefix("Answer.")] = kind
        asset = found.get("asset", asset)
    return Plan(asset.removeprefix("Input.") if asset else None, kinds)


def asset_column(inputs: Sequence[str], plan: Plan, file: str) -> str | None:
    """Choose the `Input` column that names the asset; None: the HIT does.

    Examples
    --------
    >>> asset_column(["caption", "image_url"], Plan(), "a.csv"), asset_column(["a", "b"], Plan(), "a.csv")
    ('image_url', None)
    """
    if plan.asset is not None:
        if plan.asset not in inputs:
            expected = f"one of the columns {', '.join(f'Input.{name}' for name in inputs)}"
            raise InputError(expected, file=file, field="asset", found=plan.asset, remedy="Correct mturk.toml.")
        return plan.asset
    if len(inputs) == 1:
        return inputs[0]
    lower = {name.lower(): name for name in reversed(inputs)}
    return next((lower[name] for name in _ASSETS if name in lower), None)


class Survey:
    """What is seen in the answers to each question; it decides the kind of those that are not told."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._values: dict[str, set[str]] = {}
        self._n: dict[str, int] = {}
        self._is_long: set[str] = set()
        self._has_several: set[str] = set()

    def plain(self, question: str, value: str) -> None:
        """See an answer in words."""
        self._n[question] = self._n.get(question, 0) + 1
        values = self._values.setdefault(question, set())
        if len(value) > _LONG or "\n" in value:
            self._is_long.add(question)
        elif len(values) < 10 * _MANY:
            values.add(value)
        if "|" in value:
            self._has_several.add(question)

    def truths(self, question: str, ticked: Mapping[str, bool]) -> None:
        """See which names are ticked."""
        if sum(ticked.values()) > 1 or len(ticked) == 1:
            self._has_several.add(question)

    def kind(self, question: str) -> str:
        """Give the kind of a question that is answered in words."""
        if question in self._plan.kinds:
            return self._plan.kinds[question]
        values = self._values.get(question, set())
        if question in self._is_long:
            return "text"
        if question in self._has_several:
            return "checklist"
        is_free = len(values) > _MANY and 2 * len(values) > min(self._n[question], 10 * _MANY)
        if is_free:
            return "number" if all(_is_number(value) for value in values) else "text"
        return "choice"

    def kind_of_truths(self, question: str) -> str:
        """Give the kind of a question with names to tick: a choice if never more than one is ticked."""
        return self._plan.kinds.get(question, "checklist" if question in self._has_several else "choice")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
