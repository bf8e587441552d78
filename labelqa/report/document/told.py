"""What a report tells about: scores, work, verdicts, and where the images are."""

from __future__ import annotations

from dataclasses import dataclass

from labelqa.gates.verdict import Verdicts
from labelqa.measures.score import Scores
from labelqa.measures.workforce.workforce import Workforce
from labelqa.report.drawing.folder import ImageFolder
from labelqa.report.numbers import percent


@dataclass(frozen=True)
class Told:
    """What a report tells about.

    Parameters
    ----------
    scores : Scores
    work : Workforce
        Of the same scores.
    verdicts : Verdicts or None
        What came of a policy, if there is one.
    images : ImageFolder or None
        Where the assets' images are, if they may be shown.
    """

    scores: Scores
    work: Workforce
    verdicts: Verdicts | None = None
    images: ImageFolder | None = None

    @property
    def confidence(self) -> str:
        """The confidence of the intervals, as in `95 %`."""
        return percent(self.scores.how["interval"]["confidence"])

    @property
    def quality(self) -> str | None:
        """The measure by which labelers stand beside each other: the benchmark if most have it, else consensus, else none."""
        labelers = self.scores.labelers
        benchmark, consensus = (int(labelers[name].count()) for name in ("benchmark", "consensus"))
        if not benchmark and not consensus:
            return None
        return "benchmark" if 2 * benchmark > labelers.height and 2 * benchmark > consensus else "consensus"
