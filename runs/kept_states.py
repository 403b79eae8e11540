"""Checkpoints beside the last one: at equal distances, early ones, and the one of the best validation loss so far.

Most happens at the beginning: before the first of the equal distances states are kept after 1, 2, 4, 8, … updates.
"""

from __future__ import annotations

import numpy as np

from diagnostics.run import AnyArray
from models.experiment import Experiment
from models.training import Step
from models.training_state import TrainingState
from runs.run_folder import RunFolder

N_KEPT = 8
MOST_BYTES = 64 * 2**20  # of all that are kept, the best and the last left aside


class KeptStates:
    """States that are worth going on from, copied when they are seen and written when there is time.

    Parameters
    ----------
    total : int
        Updates planned.
    done : int
        Updates that a run has done before it goes on.
    best : float
        The best validation loss until then.
    """

    def __init__(self, total: int, done: int = 0, best: float = np.inf) -> None:
        self._distance = max(1, -(-total // N_KEPT))
        self._next = done - done % self._distance + self._distance
        self._n_early = (self._distance - 1).bit_length()
        self._best = best
        self._waiting: dict[str, TrainingState] = {}

    def see(self, step: Step, validation_loss: AnyArray | None) -> None:
        """Copy the state of a step if it is the next in line, or the best of the mean loss over all seeds."""
        number, is_next = step.number, step.number >= self._next
        if is_next:
            self._next = number - number % self._distance + self._distance
        is_early = 0 < number < self._distance and number & (number - 1) == 0  # a power of two
        if (is_next or is_early) and _n_bytes(step.state) * (N_KEPT + self._n_early) <= MOST_BYTES:
            self._waiting[f"step-{number:06d}"] = step.state.copy()
        if validation_loss is None:
            return
        loss = float(np.mean(np.asarray(validation_loss, np.float64)))
        if step.number > 0 and loss < self._best:
            self._best = loss
            self._waiting["best"] = step.state.copy()

    def write(self, folder: RunFolder | None, experiment: Experiment) -> None:
        """Write what was copied since the last time."""
        if folder is not None:
            for name, state in self._waiting.items():
                folder.save_checkpoint(experiment, state, name)
        self._waiting.clear()


def _n_bytes(state: TrainingState) -> int:
    return state.params.nbytes + sum(slot.nbytes for slot in state.slots.values())
