"""Schemes: how labels are compared, as data."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelqa.errors import UsageError, near_match

if TYPE_CHECKING:
    from labelqa.kinds.pools import Pool

_CHOICES = {
    "matching": ("optimal", "blind", "greedy", "confidence", "best"),
    "average": ("micro", "kinds", "macro", "types"),
    "regions": ("apart", "together"),
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
    matching : "optimal", "blind", "greedy", "confidence" or "best"
        One-to-one: the assignment of greatest total similarity, the same without regard to class, the best pair first,
        or the labeler's surest annotation first. Or `best`: each annotation of either side takes its best partner of the
        same class, however often that one is taken.
    average : "micro", "kinds", "macro" or "types"
        All objects count as one component of the agreement, or those of one kind, or of one class; `types` averages
        classes and questions within each kind first, then the kinds.
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
    regions : "apart" or "together"
        Whether boxes, rotated boxes, polygons and masks are compared with one another.
    kinds : mapping of kind to a mapping of its options
        Options of kinds, as in `{"point": {"tolerance": 5.0}}`; see the class of each kind.
    family : str
        Whose similarities are taken: ours, or those of a vendor where they differ; see `labelqa.kinds.families`.
    note : str
        What to know about the definition; kept with the results.

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
    regions: str = "apart"
    kinds: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    family: str = "labelqa"
    note: str = ""

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

        if self.matching == "best" and self.denominator != "either":
            raise UsageError('Scheme: matching="best" averages over all annotations; its denominator is "either"')

    def pools(self) -> list[Pool]:
        """Give every kind its pool: which kinds meet each other and how alike they are.

        Raises
        ------
        UsageError
            If `family` or `kinds` names something that is not there.
        """
        from labelqa.kinds.pools import pools

        return pools(self.family, self.regions, self.kinds)

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
        kinds = {name: dict(options) for name, options in sorted(self.kinds.items())}
        return {**asdict(self), "weights": dict(sorted(self.weights.items())), "kinds": kinds}


def _check_number(name: str, value: Any, most: float) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value <= most or not math.isfinite(value):
        raise UsageError(f"Scheme: {name} is a number from 0 to {most:g}, not {value!r}")


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: cannot be read as a scheme: {error}") from None


_CVAT: dict[str, Any] = {"threshold": 0.4, "near_threshold": 0.4, "family": "cvat"}
_CVAT_NOTE = (
    "CVAT's quality report: similarities and parameters as in its source of April 2024, least similarity 0.4; accuracy is "
    "matched / (matched + wrong label + missing + extra). Outlines of one group are one object and count once for each of "
    "its parts. Unknown: the size of the frame where an export does not state it; the extent of its marks is taken. Tracks "
    "are compared whole; CVAT cuts them into frames."
)

PRESETS: Mapping[str, Scheme] = {
    scheme.name: scheme
    for scheme in (
        Scheme(),
        Scheme(name="macro", average="macro"),
        Scheme(name="clip", clip=True),
        Scheme(name="regions", regions="together"),
        Scheme(
            name="labelbox",
            threshold=0.0,
            near_threshold=0.0,
            average="types",
            denominator="larger",
            kinds={"text": {"measure": "exact"}},
            note=(
                "Labelbox: one-to-one in each class, greatest total IoU, no threshold; the sum of IoU over the larger "
                "count, averaged over classes, then over types. Published: one-to-one matching, averaging, radio 0 or 1, "
                "spans by characters. Not published and taken from its SDK: the larger count as denominator, Jaccard for "
                "checklists, equality for texts. Unknown, ours is used: points and lines (the SDK buffers them by 70 "
                "pixels), dropdowns, ratings. Nested classifications are reported as attributes and not folded in."
            ),
        ),
        Scheme(
            name="coco",
            matching="confidence",
            regions="together",
            note=(
                "COCO: the surest detection chooses its partner first, at IoU 0.5 in the match table, outlines and masks "
                "alike. AP and AR are those of COCOeval, with its 10 thresholds, areas, numbers of detections and crowds; see "
                "labelqa.coco_eval. In the match table a crowd is an object like others."
            ),
        ),
        Scheme(
            name="cvat", matching="blind", **_CVAT, note=f"{_CVAT_NOTE} One assignment, whatever the labels (2024)."
        ),
        Scheme(name="cvat_2026", **_CVAT, note=f"{_CVAT_NOTE} Marks of one label are assigned first (since 2026)."),
        Scheme(
            name="label_studio",
            threshold=0.0,
            near_threshold=0.0,
            matching="best",
            average="kinds",
            family="label_studio",
            note=(
                "Label Studio: each region takes its best region of the same label, in both directions, and the mean of "
                "all is taken; the kinds of regions and the questions are averaged with equal weights (in Label Studio: "
                "the control tags, which most projects have one of for each kind). Choices by Jaccard, numbers and ratings "
                "by 1 / (1 + difference), taxonomies by complete paths, texts by edit distance. Rotation is respected. "
                "Unknown, ours is used: key points, relations, rankings."
            ),
        ),
    )
}
"""Schemes by name."""
