"""When what is recorded: functions of the update's number and the planned total, dense at the start and sparse later.

The number of records is bounded, whatever the length of the training, and so is the memory of a run: about
`LAYER_RECORDS` records of each layer, `EVALUATIONS` evaluations, `BATCH_LOSSES` losses of mini-batches.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LAYER_RECORDS = 44
DENSE_START = 8
EVALUATIONS = 120
BATCH_LOSSES = 2000
SNAPPED_FROM = 3  # distances between evaluations; later records of layers are moved to the nearest evaluation


@dataclass(frozen=True)
class Schedule:
    """The updates after which something is recorded; 0 is before the first update.

    Attributes
    ----------
    layers : frozenset of int
        Statistics of the layers.
    evaluations : frozenset of int
        Loss and metrics of the training and the validation part, outputs on the probe examples and on the grid (of
        large ones only with the layers); holds all of `layers`.
    batch_loss_every : int
        The loss of the mini-batch is recorded after every so many updates.
    """

    layers: frozenset[int]
    evaluations: frozenset[int]
    batch_loss_every: int

    def batch_loss(self, step: int) -> bool:
        """Whether the loss of the mini-batch of that update is recorded."""
        return step > 0 and (step % self.batch_loss_every == 0 or step in self.evaluations)


def standard_schedule(total: int, steps_per_epoch: int) -> Schedule:
    """Return the schedule of a training of `total` updates.

    Layers: 0, 1, …, 8, then about 35 steps in geometric progression, and the last. Evaluations: those, and the ends of
    up to 120 epochs at equal distances; if there are few epochs, 120 steps at equal distances.
    """
    epochs = max(1, total // max(steps_per_epoch, 1))
    if epochs >= EVALUATIONS // 3:
        distance = steps_per_epoch * -(-epochs // EVALUATIONS)
    else:
        distance = max(1, -(-total // EVALUATIONS))
    geometric = np.geomspace(max(min(DENSE_START, total), 1), max(total, 1), LAYER_RECORDS - DENSE_START)
    steps = np.rint(geometric).astype(int)
    steps = np.where(steps < SNAPPED_FROM * distance, steps, np.rint(steps / distance).astype(int) * distance)
    layers = {*range(min(DENSE_START, total) + 1), *steps.tolist(), total}
    evaluations = {*layers, *range(0, total + 1, distance)}
    return Schedule(
        frozenset(step for step in layers if step <= total),
        frozenset(step for step in evaluations if step <= total),
        max(1, -(-total // BATCH_LOSSES)),
    )
