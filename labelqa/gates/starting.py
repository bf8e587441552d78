"""A policy to begin with: what a project meets today, as limits that it passes."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from labelqa.errors import UsageError
from labelqa.gates.catalogue import level_of
from labelqa.gates.decide import PASS, Bounds
from labelqa.gates.figures import Sources
from labelqa.gates.gate import verdict_of
from labelqa.gates.policy import Policy
from labelqa.gates.verdict import Verdict
from labelqa.measures.score import Scores, score
from labelqa.project import Project

_FEWEST = 10
"""Assets that a rule asks for at most to begin with."""

_QUALITY = {
    "consensus": "How far labelers agree with one another.",
    "benchmark": "How far labels agree with the benchmark.",
    "precision": "Share of what was drawn that is in the benchmark.",
    "recall": "Share of the benchmark that was drawn.",
    "mean_iou": "How closely matched objects lie on the benchmark's.",
    "self_consistency": "How far labelers agree with themselves where they labeled an asset twice.",
}

_TRIED = (
    *(("project", measure) for measure in _QUALITY),
    *(("labeler", measure) for measure in ("consensus", "benchmark")),
    *(("class", measure) for measure in ("consensus", "benchmark")),
    *(("asset", measure) for measure in ("agreement_rate",)),
)

_EVIDENCE = {
    "assure": "passes only if the one-sided 95 % bound clears the limit",
    "detect": "fails only who is surely below: the bound on the other side, Holm over all, 5 % in all",
    "estimate": "goes by the value itself",
}

_HEAD = """\
# What {names} must meet: a policy to begin with, from its figures of today, all of which it passes.
# labelqa gate EXPORT --policy THIS_FILE           exit code 0 pass, 1 fail, 4 inconclusive
#
# level       project, labeler, class, attribute, pair, batch, dataset, asset, label, or metadata.KEY
# at_least / at_most   the limit, in the measure's own unit; the limit itself passes
# evidence    estimate: the value; assure: the one-sided 95 % bound clears the limit; detect: fails only if the bound on
#             the other side misses it (Holm over the rows of the level)
# severity    error, or warn, which never changes the exit code
# min_n       fewer assets (or what the table counts) are inconclusive
# inconclusive  fail (the pipeline stops, exit code 4) or pass

{scheme}inconclusive = "fail"
"""


@dataclass(frozen=True)
class _Draft:
    """A rule before it is written: its level and measure, limit, least n, and what stands above it."""

    level: str
    measure: str
    limit: float
    evidence: str
    min_n: int
    notes: tuple[str, ...]

    def fields(self) -> dict[str, object]:
        severity = "error" if self.level == "project" else "warn"
        fields: dict[str, object] = {"measure": self.measure, "level": self.level, "at_least": self.limit}
        return {**fields, "evidence": self.evidence, "min_n": self.min_n, "severity": severity}

    def text(self) -> str:
        lines = [f"# {note}" for note in self.notes]
        lines += [f"[rules.{self.level}-{self.measure}]"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in self.fields().items()]
        return "\n".join(lines) + "\n"


def starting_policy(project_or_scores: Project | Scores, scheme: str | None = None, seed: int = 0) -> str:
    """Write a policy that a project passes today, with only rules that are conclusive on it.

    Limits are rounded down to two places.

    Parameters
    ----------
    project_or_scores : Project or Scores
    scheme : str, optional
        Name or TOML file of the scheme; it is written into the policy.
    seed : int
        For the order in which bounds take the assets.

    Returns
    -------
    str
        TOML.

    Raises
    ------
    UsageError
        If there is nothing in the project to hold to.

    Examples
    --------
    >>> import labelqa
    >>> project = labelqa.demo(assets=60, labelers=4, seed=1)
    >>> from labelqa.gates.policy import Policy
    >>> labelqa.gate(project, Policy.parse(starting_policy(project))).outcome
    'pass'
    """
    given = project_or_scores
    scores = score(given, scheme, seed=seed) if isinstance(given, Project) else given
    drafts = list(_drafts(scores, Sources(scores), Bounds(scores.comparison.project, seed)))
    if not drafts:
        raise UsageError("There is no label in this project: nothing to make a policy from")
    names = ", ".join(scores.project["project_id"].head(3).to_list())
    named = f"scheme = {_quoted(scheme)}\n" if scheme is not None else ""
    head = _HEAD.format(names=json.dumps(names), scheme=named)
    return "\n".join([head, *(draft.text() for draft in drafts)])


def _drafts(scores: Scores, sources: Sources, bounds: Bounds) -> Iterator[_Draft]:
    n = min(scores.project["n_labels"].to_list(), default=0)
    if n:
        yield _Draft("project", "n_labels", n, "estimate", 1, (f"Labels that are someone's work; today {n:,}.",))
    for level, measure in _TRIED:
        draft = _draft(sources, bounds, level, measure)
        if draft is not None:
            yield draft


def _draft(sources: Sources, bounds: Bounds, level: str, measure: str) -> _Draft | None:
    """Make a rule that passes; None where it would not be conclusive, or say nothing."""
    evidence = level_of(level).evidence
    probe = {"measure": measure, "level": level, "at_least": 0.01, "evidence": evidence}
    rows = _judged(probe, sources, bounds).rows
    if not rows.height or rows["value"].null_count():
        return None
    least: float = min(rows["bound" if evidence == "assure" else "value"].to_list())
    limit = rounded_down(least)
    if limit <= 0:
        return None
    worst = rows.sort("value").row(0, named=True)
    n = min(rows["n"].to_list())
    bound = f" (bound {least:.4f})" if evidence == "assure" else ""
    today = f"Today {worst['value']:.4f} over {worst['n']:,}{bound}"
    of = "" if rows.height == 1 else f" in the worst of {rows.height:,}"
    about = _QUALITY.get(measure, "Share of an asset's labels that agree with its winning label.")
    draft = _Draft(level, measure, limit, evidence, min(n, _FEWEST), (about, f"{today}{of}; {_EVIDENCE[evidence]}."))
    return draft if _judged(draft.fields(), sources, bounds).outcome == PASS else None


def _judged(rule: Mapping[str, Any], sources: Sources, bounds: Bounds) -> Verdict:
    return verdict_of(Policy.of({"rules": {"rule": rule}}).rules[0], sources, bounds)


def rounded_down(value: float) -> float:
    """Round to two places, never up.

    Examples
    --------
    >>> rounded_down(0.8799), rounded_down(0.88), rounded_down(0.29)
    (0.87, 0.88, 0.29)
    """
    near = round(value, 2)
    return near if near <= value else round(math.floor(100 * near - 1 + 1e-9) / 100, 2)


def _quoted(text: str) -> str:
    return json.dumps(text)
