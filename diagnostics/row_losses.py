"""The loss of single rows, and how it went while the network learned. Start at `each_loss`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from diagnostics.run import AnyArray
from diagnostics.seed_spread import Floats
from models.arrays import Targets
from models.losses import Loss
from models.site import Calls, Desk


@dataclass(frozen=True, eq=False)
class RowLossesReport:
    """Of N rows at S states of the training.

    Attributes
    ----------
    steps : array (S,)
        Ascending; 0 is the network before its first update.
    losses : array (S, R, N)
        Of each seed.
    numbers : array (N,)
        Of the rows, in the table.
    part : str
        "validation" or "training".
    chosen : str
        Which rows these are, in words.
    """

    steps: NDArray[np.int64]
    losses: Floats
    numbers: NDArray[np.int64]
    part: str = ""
    chosen: str = ""
    run_id: str = ""

    @property
    def mean(self) -> Floats:
        """Mean over the seeds, (S, N)."""
        return np.asarray(self.losses.mean(axis=1))

    def at(self, step: int) -> Floats:
        """Return the mean losses (N,) at the last state at or before a step."""
        return np.asarray(self.mean[max(0, int(np.searchsorted(self.steps, step, side="right")) - 1)])

    def of(self, rows: Sequence[int] | NDArray[np.int64], chosen: str, step: int) -> Self:
        """Return the report of some of the rows, those with the largest loss at a step first."""
        given = np.asarray(rows, dtype=np.int64)
        order = given[np.argsort(-self.at(step)[given], kind="stable")]
        return replace(self, losses=self.losses[:, :, order], numbers=self.numbers[order], chosen=chosen)


def each_loss(loss: Loss, logits: AnyArray, y: Targets) -> Floats:
    """Return the loss of each example and position, (R, N) or (R, N·positions), as in training but not averaged.

    Parameters
    ----------
    loss : Loss
    logits : array (R, N, K) or (R, N, positions, K)
    y : array
        Targets as the loss takes them.
    """
    n_seeds, k = len(logits), logits.shape[-1]
    rows = np.ascontiguousarray(logits.reshape(n_seeds, -1, k).swapaxes(1, 2), dtype=np.float64)
    wanted = np.ascontiguousarray(loss.encode(y, k).reshape(-1, k).T, dtype=np.float64)
    costs, desk = np.zeros((n_seeds, rows.shape[2])), Desk(Calls(), "float64")
    loss.bind(desk, rows, np.broadcast_to(wanted, rows.shape), costs, np.empty_like(rows))
    with np.errstate(all="ignore"):
        desk.call.replay()
    return costs
