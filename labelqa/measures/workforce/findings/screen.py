"""A look at counts alone: which pairs of classes may be confused by most labelers, before each row is looked at.

The effects of `confused_classes` need no more than how often two labelers met in two classes; only their errors need the
rows. Where fewer labelers lie above the limit than a finding needs, its p-value is 1 whatever the errors are: at
least one of those it rests on is not above the limit, so that its own p-value is at least one half.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelqa.kinds.kind import Floats, Ints
from labelqa.measures.workforce.findings.seen import Met
from labelqa.stats.grouped import count_by, distinct, tallied, total_by

_ROUNDING = 1e-9
"""Effects closer to the limit than this are left to the rows."""

_TINY = 1e-9
"""Share of the greatest eigenvalue below which a system does not tell its effects apart."""


@dataclass(frozen=True)
class Screen:
    """How often labelers met in two classes: E entries sorted by `cell`, the two classes as one number.

    `a`, `b` int64 [E], labelers, b -1 for the benchmark; `n` int64 [E], rows. `met` int64 [F] sorted, cell and labeler as
    one number, with `n_assets` int64 [F] of them.
    """

    cell: Ints
    a: Ints
    b: Ints
    n: Ints
    met: Ints
    n_assets: Ints
    n_labelers: int

    @classmethod
    def of(cls, met: Met, cell: Ints, who_b: Ints, n_labelers: int) -> Screen:
        """Count rows; `cell` [M] numbers the classes of each, `who_b` is -1 for the benchmark."""
        cells, place = distinct(cell, int(cell.max(initial=0)) + 1)
        n_pairs = n_labelers * (n_labelers + 1)
        key, n = tallied(place * n_pairs + met.who_a * (n_labelers + 1) + who_b + 1, len(cells) * n_pairs)
        labeler = np.concatenate([met.who_a, who_b])
        used = labeler >= 0
        span = int(met.asset.max(initial=0)) + 1
        owner = (np.tile(place, 2) * n_labelers + labeler)[used]
        once, _ = tallied(owner * span + np.tile(met.asset, 2)[used], len(cells) * n_labelers * span)
        owners, n_assets = tallied(once // span, len(cells) * n_labelers)
        return cls(
            cells[key // n_pairs],
            key % n_pairs // (n_labelers + 1),
            key % (n_labelers + 1) - 1,
            n,
            cells[owners // n_labelers] * n_labelers + owners % n_labelers,
            n_assets,
            n_labelers,
        )

    def effects(self, alike: tuple[int, int], confused: int, least_assets: int) -> Floats | None:
        """Estimate each labeler's rate of confusion, if counts are enough to tell who is tested; else None.

        `alike` are the cells of rows that agree on one of the two classes, `confused` that of the others.
        """
        bounds = [np.searchsorted(self.cell, (cell, cell + 1)) for cell in (*alike, confused)]
        row = np.concatenate([np.arange(*ends) for ends in bounds])
        n_labelers, n = self.n_labelers, self.n[row].astype(np.float64)
        a, b, two = self.a[row], self.b[row], np.flatnonzero(self.b[row] >= 0)
        system = total_by(a * n_labelers + a, n, n_labelers**2)
        for one, other in ((b, b), (a, b), (b, a)):
            system += total_by(one[two] * n_labelers + other[two], n[two], n_labelers**2)
        right = n * (self.cell[row] == confused)
        known = total_by(a, right, n_labelers) + total_by(b[two], right[two], n_labelers)
        who = np.flatnonzero(system[:: n_labelers + 1])
        if len(who) < 3 or (self._least_assets((*alike, confused))[who] < least_assets).any():
            return None
        block = system.reshape(n_labelers, n_labelers)[np.ix_(who, who)]
        strength = np.linalg.eigvalsh(block)
        if strength[0] <= _TINY * strength[-1]:
            return None
        return np.asarray(np.linalg.solve(block, known[who]), dtype=np.float64)

    def _least_assets(self, cells: tuple[int, ...]) -> Ints:
        """Give assets that each labeler has at least in all of the cells: [n_labelers]."""
        most = np.zeros(self.n_labelers, np.int64)
        for cell in cells:
            first, end = np.searchsorted(self.met, (cell * self.n_labelers, (cell + 1) * self.n_labelers))
            who = self.met[first:end] - cell * self.n_labelers
            most = np.maximum(most, count_by(np.repeat(who, self.n_assets[first:end]), self.n_labelers))
        return most


def may_be_found(effects: Floats, limit: float) -> bool:
    """Tell whether more than half of the effects may lie above the limit."""
    return int((effects > limit - _ROUNDING).sum()) > len(effects) // 2
