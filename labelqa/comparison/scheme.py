"""Schemes: how labels are compared, as data."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from labelqa.errors import UsageError, near_match

_CHOICES = {
    "matching": ("optimal", "greedy"),
    "average": ("micro", "macro"),
    "denominator": ("either", "larger", "dice"),
    "both_empty": ("agree", "leave_out"),
}


@dataclass(frozen=True)
class Scheme:
    """How two labels of one asset are compared.

    Parameters
    ----------
    name : str
        Name shown with the results.
    threshold : float in [0, 1]
        Least similarity of two objects that count as the same; tested with >=, unrounded.
    near_threshold : float in [0, threshold]
        Least similarity of what is reported as a near miss. It explains and never moves the agreement.
    matching : "optimal" or "greedy"
        One-to-one assignment of greatest total similarity, or best pair first.
    average : "micro" or "macro"
        All objects count as one component of the agreement, or one component for each class.
    denominator : "either", "larger" or "dice"
        What the sum of matched similarities S is divided by: n_a + n_b - n_matched (a soft Jaccard coefficient), the
        larger of n_a and n_b, or (n_a + n_b) / 2.
    weights : mapping of str to float
        Weight of a class or question, 1 where not given. Under `micro` it weights the objects inside their component.
    clip : bool
        Cut geometry to the frame of its asset before comparing.
    both_empty : "agree" or "leave_out"
        Two labels with nothing in them agree fully, or are left out of all averages.
    agree_at : float in [0, 1]
        Agreement with the winning label from which a label counts as agreeing.

    Raises
    ------
    UsageError
        If a value is out of range.

    Examples
    --------
    >>> Scheme(threshold=0.7).threshold
    0.7
    >>> Scheme.of({"clip": True}).clip
    True
    """

    name: str = "default"
    threshold: float = 0.5
    near_threshold: float = 0.1
    matching: str = "optimal"
    average: str = "micro"
    denominator: str = "either"
    weights: Mapping[str, float] = field(default_factory=dict)
    clip: bool = False
    both_empty: str = "agree"
    agree_at: float = 0.5

    def __post_init__(self) -> None:
        for name in ("threshold", "near_threshold", "agree_at"):
            _check_number(name, getattr(self, name), most=1.0)
        for name, value in self.weights.items():
            _check_number(f"weights.{name}", value, most=math.inf)
        if not isinstance(self.clip, bool):
            raise UsageError(f"Scheme: clip is true or false, not {self.clip!r}")
        for name, allowed in _CHOICES.items():
            value = getattr(self, name)
            if value not in allowed:
                raise UsageError(
                    f"Scheme: {name} is one of {', '.join(allowed)}, not {value!r}{near_match(str(value), allowed)}"
                )

    @classmethod
    def of(cls, scheme: Scheme | str | Path | Mapping[str, Any] | None) -> Scheme:
        """Make a scheme of a scheme, the name of a preset, a TOML file, a mapping of its fields, or None (default).

        Raises
        ------
        UsageError
            If there is no such preset or field, or the file cannot be read.
        """
        if scheme is None:
            return cls()
        if isinstance(scheme, Scheme):
            return scheme
        if isinstance(scheme, Mapping):
            return cls._of_fields(scheme, "scheme")
        if str(scheme).endswith(".toml"):
            return cls._of_fields({"name": Path(scheme).stem, **_read_toml(Path(scheme))}, str(scheme))
        if str(scheme) not in PRESETS:
            raise UsageError(
                f"There is no scheme {str(scheme)!r}{near_match(str(scheme), PRESETS)} "
                f"Known: {', '.join(PRESETS)}, or a .toml file with the fields of a scheme."
            )
        return PRESETS[str(scheme)]

    @classmethod
    def _of_fields(cls, values: Mapping[str, Any], where: str) -> Scheme:
        known = [f.name for f in fields(cls)]
        for name in values:
            if name not in known:
                raise UsageError(f"{where}: a scheme has no field {name!r}{near_match(str(name), known)}")
        return cls(**values)

    def as_dict(self) -> dict[str, Any]:
        """Give the fields as plain data, for the record kept with results."""
        return {**asdict(self), "weights": dict(sorted(self.weights.items()))}


def _check_number(name: str, value: Any, most: float) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value <= most or not math.isfinite(value):
        raise UsageError(f"Scheme: {name} is a number from 0 to {most:g}, not {value!r}")


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: cannot be read as a scheme: {error}") from None


PRESETS: Mapping[str, Scheme] = {
    scheme.name: scheme for scheme in (Scheme(), Scheme(name="macro", average="macro"), Scheme(name="clip", clip=True))
}
"""Schemes by name."""
