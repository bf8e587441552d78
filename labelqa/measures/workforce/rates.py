"""The rate card: what labeling and reviewing costs, from TOML."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from labelqa.errors import UsageError, near_match
from labelqa.project.pseudonyms import pseudonym

AMOUNTS = ("per_hour", "per_label", "per_annotation")
_TOP = ("currency", "hours", "default", "review", "teams", "labelers")
_HOURS = ("active", "raw")


@dataclass(frozen=True)
class Rate:
    """What is paid: amounts of the currency for an hour, a label submitted, an annotation; their sum is the cost."""

    per_hour: float = 0.0
    per_label: float = 0.0
    per_annotation: float = 0.0


@dataclass(frozen=True)
class RateCard:
    """Rates of a workforce.

    A labeler is paid by the entry of their own, else of their team, else the default; one entry counts, they are not
    added up. Hours are active ones (idle time capped) unless `hours` is "raw". Reviews are paid by the hour: by the
    reviewer's own or team's `per_hour`, else that of `review`, else of the default.

    Parameters
    ----------
    currency : str
    default : Rate or None
    labelers, teams : mapping
        Rate of a labeler or team.
    team_of : mapping of str to str
        Team of a labeler.
    review : Rate or None
    hours : "active" or "raw"

    Examples
    --------
    >>> card = RateCard.of({"currency": "EUR", "default": {"per_hour": 18}, "labelers": {"ann": {"per_label": 0.1}}})
    >>> card.rate("ann"), card.rate("bob").per_hour
    (Rate(per_hour=0.0, per_label=0.1, per_annotation=0.0), 18.0)
    """

    currency: str
    default: Rate | None = None
    labelers: Mapping[str, Rate] = field(default_factory=dict)
    teams: Mapping[str, Rate] = field(default_factory=dict)
    team_of: Mapping[str, str] = field(default_factory=dict)
    review: Rate | None = None
    hours: str = "active"

    @classmethod
    def of(cls, given: RateCard | str | Path | Mapping[str, Any] | None) -> RateCard | None:
        """Take a card as it is, from a TOML file, or from a mapping with the same fields.

        Raises
        ------
        UsageError
            If the file cannot be read, a field is unknown or its value is none.
        """
        if given is None or isinstance(given, RateCard):
            return given
        if isinstance(given, Mapping):
            return _card(given, "The rate card")
        path = Path(given)
        try:
            fields = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from error
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{path}: is no TOML: {error}") from error
        return _card(fields, str(path))

    def rate(self, labeler: str | None) -> Rate | None:
        """Give the rate of a labeler; None if there is none."""
        return self._own(labeler) or self.default

    def review_rate(self, reviewer: str | None) -> float | None:
        """Give what an hour of review costs; None if the card does not say."""
        rate = self._own(reviewer)
        if rate is not None and rate.per_hour > 0:
            return rate.per_hour
        rate = self.review or self.default
        return rate.per_hour if rate is not None and rate.per_hour > 0 else None

    def with_pseudonyms(self, key: bytes) -> RateCard:
        """Name the labelers by their pseudonyms, as `Project.with_pseudonyms` does."""
        return replace(
            self,
            labelers={pseudonym(name, key): rate for name, rate in self.labelers.items()},
            team_of={pseudonym(name, key): team for name, team in self.team_of.items()},
        )

    def _own(self, labeler: str | None) -> Rate | None:
        if labeler is None:
            return None
        return self.labelers.get(labeler) or self.teams.get(self.team_of.get(labeler, ""))

    def strangers(self, labelers: Iterable[str]) -> list[str]:
        """Name whom the card pays and the project does not know, each with the near match that may be meant."""
        known = set(labelers)
        named = sorted({*self.labelers, *self.team_of} - known)
        return [f"{name!r}{near_match(name, known)}" for name in named]


def _card(fields: Mapping[str, Any], where: str) -> RateCard:
    _check_names(fields, _TOP, where)
    currency = fields.get("currency")
    if not isinstance(currency, str) or not currency.strip():
        raise UsageError(f'{where}: needs a currency, such as currency = "EUR"')
    hours = fields.get("hours", "active")
    if hours not in _HOURS:
        raise UsageError(f"{where}: hours is one of active, raw, not {hours!r}{near_match(str(hours), _HOURS)}")
    teams: dict[str, Rate] = {}
    team_of: dict[str, str] = {}
    for team, entry in _entries(fields, "teams", where):
        named = f"{where}: teams.{team}"
        teams[team] = _rate(entry, named, extra=("members",))
        members = entry.get("members")
        if not isinstance(members, list) or not all(isinstance(member, str) for member in members):
            raise UsageError(f"{named} needs members, a list of labelers")
        for member in members:
            if team_of.setdefault(member, team) != team:
                raise UsageError(f"{where}: {member!r} is in two teams, {team_of[member]!r} and {team!r}")
    card = RateCard(
        currency=currency.strip(),
        default=_rate(fields["default"], f"{where}: default") if "default" in fields else None,
        labelers={
            name: _rate(entry, f"{where}: labelers.{name}") for name, entry in _entries(fields, "labelers", where)
        },
        teams=teams,
        team_of=team_of,
        review=_rate(fields["review"], f"{where}: review", names=("per_hour",)) if "review" in fields else None,
        hours=hours,
    )
    if card.default is None and not card.labelers and not card.teams:
        raise UsageError(f"{where}: pays nobody; give [default], [teams.NAME] or [labelers.NAME]")
    return card


def _entries(fields: Mapping[str, Any], name: str, where: str) -> Iterable[tuple[str, Any]]:
    entries = fields.get(name, {})
    if not isinstance(entries, Mapping):
        raise UsageError(f"{where}: {name} is a table with an entry for each name, not {entries!r}")
    return entries.items()


def _rate(entry: Any, where: str, names: tuple[str, ...] = AMOUNTS, extra: tuple[str, ...] = ()) -> Rate:
    if not isinstance(entry, Mapping):
        raise UsageError(f"{where} is a table with {', '.join(names)}, not {entry!r}")
    _check_names(entry, (*names, *extra), where)
    amounts = {name: entry[name] for name in names if name in entry}
    if not amounts:
        raise UsageError(f"{where} needs an amount: {', '.join(names)}")
    for name, amount in amounts.items():
        is_number = isinstance(amount, int | float) and not isinstance(amount, bool)
        if not is_number or not math.isfinite(amount) or not 0 <= amount <= 1e9:
            raise UsageError(f"{where}: {name} is an amount of money, 0 or more, not {amount!r}")
    return Rate(**{name: float(amount) for name, amount in amounts.items()})


def _check_names(fields: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for name in fields:
        if name not in known:
            raise UsageError(
                f"{where}: unknown field {name!r} (known: {', '.join(known)}){near_match(str(name), known)}"
            )
