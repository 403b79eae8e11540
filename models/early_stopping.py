"""Early stopping: a seed whose validation loss has not fallen for long enough is not trained any further.

Patience is counted in examples, so that it means the same at any batch size. It starts at `patience` examples; a new
minimum after t examples raises it to t · `factor`. The loss is looked at every time as many examples were seen as the
validation part holds. Source: Bengio 2012, Practical recommendations for gradient-based training, on the number of
training iterations.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from models.arrays import Array, BoolArray
from models.fields import Field, checked_numbers
from models.training_state import TrainingState

FIELDS = (
    Field("patience", 10_000, 1, 1e9, "Examples that each seed sees at least.", integer=True),
    Field("factor", 2.0, 1.0, 100.0, "A new minimum after t examples allows t times this many in all."),
    Field("least_gain", 0.0, 0.0, 1.0, "A fall of the loss by less than this share is no new minimum."),
)
ENDED, PATIENCE, BEST = "ended", "patience", "best"


def early_stopping_settings(entry: object) -> dict[str, float]:
    """Return all settings of an experiment's ``early_stopping`` entry, defaults filled in.

    Raises
    ------
    ValueError
        If it is no mapping, or a setting is unknown or out of range.
    """
    if not isinstance(entry, Mapping):
        raise ValueError(f'early_stopping must be a mapping such as {{"patience": 10000}} or None, got {entry!r}')
    return checked_numbers("early_stopping", FIELDS, entry)


class EarlyStopping:
    """Decides after each look which seeds go on; what it remembers stands in ``state.control`` as plain values.

    Parameters
    ----------
    settings : mapping
    seeds : tuple of int
    state : TrainingState
    """

    def __init__(self, settings: Mapping[str, float], seeds: tuple[int, ...], state: TrainingState) -> None:
        self._settings, self._seeds = settings, seeds
        control = state.control
        self._ended = _memory(control, ENDED)
        self._patience = _memory(control, PATIENCE)
        self._best = _memory(control, BEST)

    @property
    def going_on(self) -> BoolArray:
        """Which seeds are still trained, (R,)."""
        return np.array([str(seed) not in self._ended for seed in self._seeds])

    def look(self, losses: Array, examples: int, step: int) -> None:
        """Note the validation losses (R,) after so many examples and updates, and end what has run out of patience."""
        for seed, loss in zip(self._seeds, losses.tolist(), strict=True):
            key = str(seed)
            if key in self._ended:
                continue
            best = self._best.get(key)
            if best is None or loss < best * (1 - self._settings["least_gain"]):
                self._best[key] = loss
                allowed = self._patience.get(key, self._settings["patience"])
                self._patience[key] = max(allowed, examples * self._settings["factor"])
            if examples >= self._patience[key]:
                self._ended[key] = step


def _memory(control: dict[str, object], name: str) -> dict[str, float]:
    memory = control.setdefault(name, {})
    assert isinstance(memory, dict)
    return memory
