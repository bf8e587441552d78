"""Policies: what a project must meet, as named rules in TOML."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from labelqa.errors import UsageError, excerpt, near_match
from labelqa.gates.catalogue import Level, level_of, unit_of
from labelqa.gates.lines import line_of
from labelqa.gates.written import written

EVIDENCE = ("estimate", "assure", "detect")
SEVERITIES = ("error", "warn")
INCONCLUSIVE = ("fail", "pass")

_TOP = ("scheme", "inconclusive", "rules")
_KEYS = ("measure", "level", "of", "at_least", "at_most", "evidence", "min_n", "severity", "inconclusive", "worsening")
_LIMITS = ("at_least", "at_most")
_UNITS = {
    "share": "a share between 0 and 1",
    "count": "a whole number from 0 on",
    "amount": "a number from 0 on",
}
_MOST = 1_000_000_000


@dataclass(frozen=True)
class Rule:
    """One demand on every row of a level.

    Parameters
    ----------
    name : str
    measure : str
        A measure of the level; see `labelqa.gates.catalogue`.
    level : str
        project, labeler, class, attribute, pair (of labelers), batch, dataset, asset, label, or `metadata.KEY`.
    limit : float
        In the measure's own unit; the limit itself passes.
    is_floor : bool
        Whether values must be at least the limit (`at_least`), else at most (`at_most`).
    evidence : "estimate", "assure" or "detect"
        What decides: the value; the one-sided 95 % bound, which must clear the limit; or the bound on the other side,
        which fails if it misses the limit, Holm over the rows of the level at 5 % in all.
    severity : "error" or "warn"
        A warning never changes the exit code.
    min_n : int
        Below so many (assets for a measure with a bound, else what the table counts) a row is inconclusive.
    inconclusive : "fail" or "pass"
        Whether an inconclusive rule stops the pipeline.
    of : tuple of str
        The rows the rule holds for, by name; all if empty.
    worsening : float
        Against a baseline, how much worse a row may be than it was; a worsening beyond that and beyond chance fails.
    """

    name: str
    measure: str
    level: str
    limit: float
    is_floor: bool = True
    evidence: str = "assure"
    severity: str = "error"
    min_n: int = 1
    inconclusive: str = "fail"
    of: tuple[str, ...] = ()
    worsening: float = 0.0

    @property
    def is_comparable(self) -> bool:
        """Whether it can be held against a baseline: what it measures is known asset by asset, in saved scores too."""
        return self.measure in level_of(self.level).sampled and self.level != "attribute"

    @property
    def unit(self) -> str:
        """Unit of the measure: share, count or amount."""
        return unit_of(self.measure)


@dataclass(frozen=True)
class Policy:
    """What a project must meet.

    Parameters
    ----------
    rules : tuple of Rule
    scheme : str or None
        How labels are compared: the name of a scheme or a TOML file.

    Examples
    --------
    >>> policy = Policy.of({"rules": {"agreement": {"measure": "consensus", "level": "project", "at_least": 0.8}}})
    >>> policy.rules[0].evidence
    'assure'
    """

    rules: tuple[Rule, ...]
    scheme: str | None = None
    where: str = field(default="The policy", compare=False)

    @classmethod
    def of(cls, given: Policy | str | Path | Mapping[str, Any]) -> Policy:
        """Take a policy as it is, from a TOML file, or from a mapping with the same fields.

        Raises
        ------
        UsageError
            If the file cannot be read, a key or measure is unknown, or a limit cannot be.
        """
        if isinstance(given, Policy):
            return given
        if isinstance(given, Mapping):
            return _policy(given, _Place("The policy", ""))
        path = Path(given)
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from error
        except ValueError as error:
            raise UsageError(f"{path}: is no TOML: {error}") from error
        return cls.parse(text, str(path))

    @property
    def text(self) -> str:
        """The policy as TOML, without comments; reading it gives an equal policy."""
        return written(self)

    def with_limits(self, limits: Mapping[str, float]) -> Policy:
        """Give the same policy with other limits of some rules, by name.

        Raises
        ------
        UsageError
            If a limit cannot be.

        Examples
        --------
        >>> policy = Policy.of({"rules": {"agreement": {"measure": "consensus", "level": "project", "at_least": 0.8}}})
        >>> policy.with_limits({"agreement": 0.9}).rules[0].limit
        0.9
        """
        rules = tuple(replace(rule, limit=limits.get(rule.name, rule.limit)) for rule in self.rules)
        return Policy.parse(replace(self, rules=rules).text, self.where)

    @classmethod
    def parse(cls, text: str, where: str = "The policy") -> Policy:
        """Read a policy from the text of a TOML file.

        Raises
        ------
        UsageError
            As `of`.
        """
        try:
            fields = tomllib.loads(text)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{where}: is no TOML: {error}") from error
        return _policy(fields, _Place(where, text))


@dataclass(frozen=True)
class _Place:
    """Where an error is: the file, its text, and the path of the key."""

    where: str
    text: str
    path: tuple[str, ...] = ()

    def at(self, *names: str) -> _Place:
        return _Place(self.where, self.text, self.path + names)

    def error(self, said: str) -> UsageError:
        line = line_of(self.text, self.path) if self.text else None
        key = ".".join(self.path)
        parts = [self.where, *([f"line {line}"] if line else []), *([key] if key else [])]
        return UsageError(f"{', '.join(parts)}: {said}")


def _policy(fields: Mapping[str, Any], place: _Place) -> Policy:
    _check_keys(fields, _TOP, place)
    inconclusive = _choice(fields, "inconclusive", INCONCLUSIVE, "fail", place)
    scheme = fields.get("scheme")
    if scheme is not None and not isinstance(scheme, str):
        raise place.at("scheme").error(f"is the name of a scheme or a TOML file, not {excerpt(scheme)}")
    rules = fields.get("rules", {})
    if not isinstance(rules, Mapping):
        raise place.at("rules").error(
            f"is a table with an entry for each rule, as in [rules.NAME], not {excerpt(rules)}"
        )
    if not rules:
        raise place.error("has no rules; write one as [rules.NAME]")
    made = tuple(_rule(str(name), entry, place.at("rules", str(name)), inconclusive) for name, entry in rules.items())
    return Policy(made, scheme, place.where)


def _rule(name: str, entry: Any, place: _Place, inconclusive: str) -> Rule:
    if not isinstance(entry, Mapping):
        raise place.error(f"is a table with measure, level and a limit, not {excerpt(entry)}")
    _check_keys(entry, _KEYS, place)
    level_name, level = _level(entry, place)
    measure = _measure(entry, level_name, level, place)
    limits = [key for key in _LIMITS if key in entry]
    if len(limits) != 1:
        raise place.error("needs one limit, at_least or at_most; for both, write two rules")
    is_floor = limits[0] == "at_least"
    limit = _limit(entry[limits[0]], measure, place.at(limits[0]))
    usual = level.evidence if measure in level.sampled else "estimate"
    evidence = _choice(entry, "evidence", EVIDENCE, usual, place)
    if evidence != "estimate" and measure not in level.sampled:
        raise place.at("evidence").error(
            f"{measure} at level {level_name} has no evidence asset by asset to put a bound on; only estimate can decide"
        )
    _check_possible(limit, is_floor, measure, evidence, place.at(limits[0]))
    return Rule(
        name=name,
        measure=measure,
        level=level_name,
        limit=limit,
        is_floor=is_floor,
        evidence=evidence,
        severity=_choice(entry, "severity", SEVERITIES, "error", place),
        min_n=_min_n(entry.get("min_n", 1), place.at("min_n")),
        inconclusive=_choice(entry, "inconclusive", INCONCLUSIVE, inconclusive, place),
        of=_chosen(entry, level_name, level, place.at("of")),
        worsening=_worsening(entry, measure, level_name, place.at("worsening")),
    )


def _check_keys(fields: Mapping[str, Any], known: Iterable[str], place: _Place) -> None:
    for name in fields:
        if name not in known:
            raise place.at(str(name)).error(
                f"there is no key {str(name)!r}{near_match(str(name), known)} (known: {', '.join(known)})"
            )


def _choice(fields: Mapping[str, Any], key: str, known: tuple[str, ...], usual: str, place: _Place) -> str:
    value = fields.get(key, usual)
    if not isinstance(value, str) or value not in known:
        raise place.at(key).error(f"is one of {', '.join(known)}, not {excerpt(value)}{near_match(str(value), known)}")
    return value


def _level(entry: Mapping[str, Any], place: _Place) -> tuple[str, Level]:
    name = entry.get("level", "project")
    if not isinstance(name, str):
        raise place.at("level").error(f"is a name, such as project, not {excerpt(name)}")
    try:
        return name, level_of(name)
    except UsageError as error:
        raise place.at("level").error(str(error)) from None


def _measure(entry: Mapping[str, Any], level_name: str, level: Level, place: _Place) -> str:
    measure = entry.get("measure")
    if measure is None:
        raise place.error('needs a measure, such as measure = "consensus"')
    if not isinstance(measure, str) or measure not in level.measures:
        raise place.at("measure").error(
            f"there is no measure {excerpt(measure)} at level {level_name}{near_match(str(measure), level.measures)} "
            f"(some that are: {', '.join(level.measures[:8])})"
        )
    return measure


def _limit(value: Any, measure: str, place: _Place) -> float:
    unit = unit_of(measure)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise place.error(f"{measure} is {_UNITS[unit]}, not {excerpt(value)}")
    try:
        limit = float(value)
    except OverflowError:
        limit = math.inf
    fits = math.isfinite(limit) and limit >= 0
    if unit == "share":
        fits = fits and limit <= 1
    if unit == "count":
        fits = fits and limit == int(limit)
    if not fits:
        percent = unit == "share" and 1 < limit <= 100
        meant = f"; did you mean {limit / 100:.6g}?" if percent else ""
        raise place.error(f"{measure} is {_UNITS[unit]}, not {excerpt(value)}{meant}")
    return limit


def _check_possible(limit: float, is_floor: bool, measure: str, evidence: str, place: _Place) -> None:
    """Refuse a limit that nothing can meet, and one that nothing can miss."""
    least, most = (0.0, 1.0) if unit_of(measure) == "share" else (0.0, math.inf)
    nothing_misses = limit == (least if is_floor else most)
    if nothing_misses:
        raise place.error(f"every {measure} meets this limit; the rule would say nothing")
    if evidence == "assure" and limit == (most if is_floor else least):
        raise place.error(
            f"no number of assets can assure a {measure} of exactly {limit:g}: a bound always leaves room; "
            'choose a limit inside, or evidence = "estimate"'
        )


def _worsening(entry: Mapping[str, Any], measure: str, level_name: str, place: _Place) -> float:
    if "worsening" not in entry:
        return 0.0
    if not Rule("", measure, level_name, 0.0).is_comparable:
        raise place.error(f"{measure} at level {level_name} has no evidence asset by asset to compare with a baseline")
    value = entry["worsening"]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1:
        raise place.error(f"is how much lower or higher a share may be, from 0 to below 1, not {excerpt(value)}")
    return float(value)


def _min_n(value: Any, place: _Place) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MOST:
        raise place.error(f"is a whole number from 1 on, not {excerpt(value)}")
    return value


def _chosen(entry: Mapping[str, Any], level_name: str, level: Level, place: _Place) -> tuple[str, ...]:
    if "of" not in entry:
        return ()
    given = entry["of"]
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, list | tuple) or not names or not all(isinstance(name, str) for name in names):
        raise place.error(f"is a name or a list of names, not {excerpt(given)}")
    if not level.main:
        raise place.error(f"rows of level {level_name} have no single name to choose by")
    return tuple(dict.fromkeys(names))
