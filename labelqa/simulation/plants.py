"""What can be planted in a project: what a labeler does wrong, and what is wrong with the work itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """What one labeler does; the defaults are a usual labeler without any planted effect.

    Attributes
    ----------
    jitter : float
        Standard deviation of each edge, as a share of the box's width or height.
    miss_rate, confusion, answer_error : float
        Shares of objects not drawn, of objects called by a class at random, of wrong answers.
    pace : float
        Factor on the seconds of every label.
    idle_share : float
        Share of labels with a tab left open for hours.
    grows, shifts : float
        Share by which boxes are too wide and high, and share of the width by which they lie too far right.
    overuses : (class, share), optional
        A class that the labeler gives to this share of the objects of other classes.
    always : str, optional
        The one answer given to `weather`.
    worse_from, worse_by : float
        Share of the project's time after which jitter, misses and wrong answers are multiplied.
    copies, copied_share : int, float
        Number of the labeler whose boxes are taken over, on this share of the assets that both have.
    """

    jitter: float = 0.03
    miss_rate: float = 0.08
    confusion: float = 0.02
    answer_error: float = 0.05
    pace: float = 1.0
    idle_share: float = 0.0
    grows: float = 0.0
    shifts: float = 0.0
    overuses: tuple[str, float] | None = None
    always: str | None = None
    worse_from: float = 1.0
    worse_by: float = 1.0
    copies: int | None = None
    copied_share: float = 0.0


@dataclass(frozen=True)
class Setting:
    """What is planted in the project rather than in a labeler.

    Attributes
    ----------
    labels_each : int
        Labels of each asset, by different labelers.
    unequal : float
        0: assets are given out at random; the more, the more the hard ones go to the labelers who come last.
    hardness : float
        How much hard assets multiply misses, jitter and time: the hardest by 1 + hardness.
    mixed_up : float
        Share of cars and trucks that every labeler takes for the other.
    unclear_share : float
        Share of the assets on which everybody draws and answers at random.
    benchmark_share : float
        Share of the assets with a benchmark label: the truth itself.
    asks : bool
        Whether there is a question beside the boxes.
    prelabel_share : float
        Share of the assets with a pre-label, which labelers keep, edit or delete.
    saves : float
        Share of the time that a pre-label saves.
    """

    labels_each: int = 3
    unequal: float = 0.0
    hardness: float = 0.0
    mixed_up: float = 0.0
    unclear_share: float = 0.0
    benchmark_share: float = 0.0
    asks: bool = True
    prelabel_share: float = 0.0
    saves: float = 0.4
