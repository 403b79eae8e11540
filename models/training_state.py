"""Everything that changes in training, in one value that can be copied, kept and taken up again."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

from models.arrays import Array


@dataclass
class TrainingState:
    """Everything that changes in training, and nothing else.

    Attributes
    ----------
    params : array (R, n_parameters)
    buffers : dict
        What is neither parameter nor tape, by name, such as the running means of batch normalization.
    slots : dict
        The optimizer's arrays, each (R, n_parameters).
    step : int
        Updates done.
    control : dict
        Plain values: ``"stopped"``, {seed: step} of the seeds that diverged; ``"ended"``, likewise, of those that
        early stopping ended, with its ``"patience"`` and ``"best"``; ``"learning_rate_factor"``, which a caller may
        change between two steps.
    """

    params: Array
    buffers: dict[str, Array] = field(default_factory=dict)
    slots: dict[str, Array] = field(default_factory=dict)
    step: int = 0
    control: dict[str, object] = field(default_factory=dict)

    def copy(self) -> TrainingState:
        """Return a state that shares no array with this one."""
        control = copy.deepcopy(self.control)
        buffers = {name: array.copy() for name, array in self.buffers.items()}
        slots = {name: array.copy() for name, array in self.slots.items()}
        return TrainingState(self.params.copy(), buffers, slots, self.step, control)
