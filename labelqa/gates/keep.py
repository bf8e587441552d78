"""What meets the rules about single assets goes to training, the rest back to labeling."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from labelqa.comparison import Scheme
from labelqa.errors import InputError, LabelqaError, UsageError
from labelqa.formats.parts.splitting import Split, check_targets, split
from labelqa.formats.read import Export, read
from labelqa.gates.gate import gate
from labelqa.gates.policy import Policy
from labelqa.gates.verdict import Verdicts
from labelqa.project import Project


def check_keep(policy: Policy, targets: Sequence[str | Path | None]) -> None:
    """Refuse, before the work, a policy that says nothing of single assets, and places that exist.

    Raises
    ------
    UsageError
        With the first one found.
    """
    if all(target is None for target in targets):
        return
    if not any(rule.level == "asset" for rule in policy.rules):
        raise UsageError(f'{policy.where}: no rule is of level = "asset"; nothing says which assets to keep')
    check_targets(targets)


def write_parts(
    export: Export,
    verdicts: Verdicts,
    keep: str | Path | None = None,
    rejects: str | Path | None = None,
    *,
    format: str | None = None,
    benchmark: Iterable[str] = (),
) -> Split:
    """Write the assets that meet the rules of level `asset`, and the others, in the export's own format.

    What is kept is read again and held against the rules before it gets its name: some formats tell less when a part of
    them is read by itself.

    Parameters
    ----------
    export : Export
        What the verdicts are about, as `read_export` gives it.
    verdicts : Verdicts
    keep, rejects : str or Path, optional
        New files or folders; see `labelqa.formats.parts.splitting.split`.
    format, benchmark
        As the export was read.

    Returns
    -------
    Split
        What could not be read, which is among what is rejected.

    Raises
    ------
    InputError
        If the export cannot be cut, or the part that is kept does not meet the rules when it is read by itself.
    UsageError
        If no rule is about single assets, or a place cannot be written to.
    """
    check_keep(verdicts.policy, [keep, rejects])

    def check(paths: list[str]) -> None:
        try:
            project = _with_benchmark(read(paths, format=format), benchmark)
        except LabelqaError as error:
            raise _differs(export, f"an error: {str(error).partition(chr(10))[0]}") from error
        _check_meets(project, verdicts, export)

    return split(export, verdicts.kept, keep, rejects, check)


def _with_benchmark(project: Project, labelers: Iterable[str]) -> Project:
    """Take the labels of these labelers as ground truth, as far as they are in this part."""
    there = [name for name in labelers if name in project.labelers["labeler"]]
    return project.with_benchmark(there) if there else project


def _check_meets(project: Project, verdicts: Verdicts, export: Export) -> None:
    of_assets = [rule for rule in verdicts.policy.rules if rule.level == "asset"]
    policy = replace(verdicts.policy, rules=tuple(of_assets), scheme=None)
    scheme: dict[str, Any] = dict(verdicts.how["scheme"])
    found = gate(project, policy, scheme=Scheme.of(scheme), seed=verdicts.how["seed"])
    if found.assets.height != verdicts.kept.height:
        raise _differs(export, f"{found.assets.height:,} assets instead of {verdicts.kept.height:,}")
    if found.rejected.height:
        worst = found.rejected.row(0, named=True)
        raise _differs(export, f"{worst['measure']} {worst['value']} of {worst['asset_id']!r}")


def _differs(export: Export, found: str) -> InputError:
    files = [file for files in export.files.values() for file in files]
    name = files[0].given or files[0].name if files else str(export.projects[0])
    return InputError(
        "a part that reads by itself as it does within the export",
        file=name,
        found=found,
        remedy=f"Convert the export first: labelqa convert {name} assets.json --to label_studio",
    )
