"""Who labels in the demo, and how well: the planted truth that measures should recover."""

from __future__ import annotations

import operator

import numpy as np
import polars as pl

from labelqa.errors import UsageError
from labelqa.simulation.draws import Draws

EXPERT = "expert@example.com"
"""Makes the benchmark labels, which are the truth itself."""

REVIEWER = "rita@example.com"

_NAMES = (
    "ana", "ben", "chen", "dara", "emil", "fay", "goran", "hana", "ivo", "june", "kofi", "lena",
    "mads", "nora", "omar", "pia", "quinn", "rosa", "sami", "tara", "umar", "vera", "wim", "yuki",
)  # fmt: skip

_PROFILES = ("steady", "careless", "careful", "confused")
"""In the order in which they are given out, one each; everyone after these is steady."""

_RANGES = {
    #                     steady          careless        careful         confused
    "miss_rate":         ((0.050, 0.120), (0.240, 0.300), (0.010, 0.020), (0.050, 0.100)),
    "false_alarms":      ((0.100, 0.250), (0.500, 0.700), (0.010, 0.030), (0.100, 0.200)),
    "box_jitter":        ((0.020, 0.035), (0.055, 0.065), (0.010, 0.015), (0.020, 0.030)),
    "confusion_rate":    ((0.010, 0.030), (0.030, 0.050), (0.000, 0.010), (0.300, 0.400)),
    "answer_error_rate": ((0.030, 0.080), (0.180, 0.250), (0.005, 0.020), (0.030, 0.080)),
    "skip_rate":         ((0.010, 0.020), (0.020, 0.040), (0.010, 0.020), (0.010, 0.020)),
    "box_seconds":       ((3.500, 6.000), (1.200, 1.600), (9.000, 11.00), (3.500, 6.000)),
    "overhead_seconds":  ((6.000, 10.00), (3.000, 4.000), (12.00, 18.00), (6.000, 10.00)),
    "hours_a_day":       ((6.000, 8.000), (5.000, 6.000), (6.000, 8.000), (6.000, 8.000)),
    "slowdown_per_hour": ((0.000, 0.050), (0.000, 0.010), (0.020, 0.040), (0.000, 0.050)),
}  # fmt: skip
"""From where to where each trait lies, for each profile."""

_FIRST_HOURS = (6, 7, 8, 9, 10)


def truth(labelers: int = 6, seed: int = 0) -> pl.DataFrame:
    """Tell how well each labeler of `demo(labelers=labelers, seed=seed)` works: the truth behind its labels.

    One is careless and fast, one careful and slow, one takes cars for trucks and trucks for cars; the others are
    steady. (The first is steady, the second careless, the third careful, the fourth confused, in an order that the
    seed shuffles; so with fewer than four labelers not all of them are there.)

    Parameters
    ----------
    labelers : int
        How many, at least 1.
    seed : int
        The same seed as for the demo.

    Returns
    -------
    polars.DataFrame
        One row a labeler, sorted by name:

        - `labeler`, `profile` (steady, careless, careful or confused)
        - `miss_rate`: share of the true objects that are not drawn, over all assets; more on difficult assets and of
          small objects, less elsewhere
        - `false_alarms`: mean number of boxes drawn around nothing, in one label
        - `box_jitter`: standard deviation of each edge of a box, as a share of the box's width or height
        - `confusion_rate`: share of the drawn cars called truck, and of the drawn trucks called car
        - `answer_error_rate`: share of labels in which `weather` is wrong; and likewise `hazards`
        - `skip_rate`: share of assets passed over
        - `box_seconds`, `overhead_seconds`: the median label takes overhead + n boxes * box seconds in the first
          hour of the day
        - `slowdown_per_hour`: by what share labels take longer with each hour of the day
        - `first_hour` (UTC), `hours_a_day`: when the working day begins and how long it is

    Raises
    ------
    UsageError
        If an argument is not a whole number, or there is no labeler.

    Examples
    --------
    >>> truth(labelers=3, seed=0).select("labeler", "profile").rows()
    [('ana@example.com', 'careful'), ('ben@example.com', 'steady'), ('chen@example.com', 'careless')]
    """
    n = whole("labelers", labelers, least=1)
    draws = Draws(whole("seed", seed))
    person = np.arange(n)
    rank = np.argsort(np.argsort(draws.uniform("order of profiles", person)))
    profile = np.where(rank < len(_PROFILES), rank, 0)
    skills = pl.DataFrame(
        {
            "labeler": [_address(number) for number in range(n)],
            "profile": [_PROFILES[number] for number in profile],
        }
    )
    traits = {}
    for name, ranges in _RANGES.items():
        low, high = np.array(ranges)[profile].T
        traits[name] = draws.between(low, high, name, person)
    first_hour = np.array(_FIRST_HOURS)[draws.below(len(_FIRST_HOURS), "first hour", person)]
    return skills.with_columns(**{name: pl.Series(values) for name, values in traits.items()}, first_hour=first_hour)


def _address(number: int) -> str:
    """Name a labeler; when the names run out, by number."""
    return f"{_NAMES[number]}@example.com" if number < len(_NAMES) else f"labeler-{number + 1:04d}@example.com"


def display_name(labeler: str) -> str:
    """Make a name for people of an address.

    Examples
    --------
    >>> display_name("ana@example.com")
    'Ana'
    """
    return labeler.partition("@")[0].capitalize()


def whole(name: str, value: object, least: int | None = None) -> int:
    """Check that an argument of the demo is a whole number, at least `least`."""
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise UsageError(f"The demo takes a whole number as {name}; found {value!r}") from None
    if least is not None and number < least:
        raise UsageError(f"The demo takes at least {least} as {name}; found {number}")
    return number
