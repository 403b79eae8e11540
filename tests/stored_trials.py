"""Which passes tests/reference holds numbers of, and how a record of them is read."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from engine_pass import SEEDS, Trial
from layer_cases import CASES, Case

from models.arrays import Array


def _made(case: Case, *, training: bool) -> Callable[[], Trial]:
    shown = case if case.vocabulary else case.behind_a_node()
    whole = any(entry["type"] == "max_pool" for entry in case.layers)  # so that windows hold equal numbers
    return lambda: Trial(shown, training=training, n=3 if training else 2, whole=whole, seeds=SEEDS[:1])


TRIALS: dict[str, Callable[[], Trial]] = {name: _made(case, training=False) for name, case in CASES.items()}
TRIALS |= {
    f"{name}, in training": _made(case, training=True)
    for name, case in CASES.items()
    if case.network().init_buffers(1)  # others do the same in training, except for dropout, whose masks are our own
}


def take(trial: Trial, record: Array) -> dict[str, Array]:
    """Write what a record says to all that goes into a trial; return what should come out, by name."""
    parts = [*trial.given, *trial.results.values()]
    ends = np.cumsum([part.size for part in parts])
    assert record.size == ends[-1], "the case was changed: run python -m benchmarks.reference_arrays"
    split = [numbers.reshape(part.shape) for numbers, part in zip(np.split(record, ends[:-1]), parts, strict=True)]
    for array, numbers in zip(trial.given, split, strict=False):
        array[...] = numbers
    return dict(zip(trial.results, split[len(trial.given) :], strict=True))
