"""What is measured beside the statistics of the layers, and when: gradient noise always, the rest if it is asked for.

Gradient noise is read at the steps at which the layers are recorded (with `Recorder(dense=…)` at every so many
updates), sharpness at up to eight of them. Start at `Measures`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from diagnostics.recording.noise_reader import NoiseReader, Rows, masked
from diagnostics.recording.noise_tests import QUANTITIES, NoiseTests
from diagnostics.recording.reading import as_targets
from diagnostics.recording.schedule import Schedule
from diagnostics.run import AnyArray
from diagnostics.sharpness import SERIES, SharpnessReader, sharpness_steps
from models.experiment import Experiment
from models.network import Network
from models.training import Step

MEASURES = {
    "gradient_noise": "Norm test, noise scale, lengths of single gradients, cosine of successive ones.",
    "gradient_noise_tests": "Inner-product and orthogonality test, signal-to-noise, relative step: half a step more.",
    "sharpness": "Largest eigenvalue of the Hessian, up to eight times in a run: about sixty passes each.",
}
ALWAYS = ("gradient_noise",)


class Measures:
    """Looks at every step and measures at some.

    Parameters
    ----------
    experiment : Experiment
    network : Network
    constants : mapping of array
        Of the recorder; the sharpness is that on "points/x" and "points/y", training examples.
    schedule : Schedule
    chosen : sequence of str
        Some of `MEASURES`.
    every : int
        Updates between two records of gradient noise; 0: at the schedule's steps for layers.
    tests : tuple of str
        What "gradient_noise_tests" holds, some of `diagnostics.recording.noise_tests.QUANTITIES`.

    Raises
    ------
    ValueError
        For a name that is unknown.
    """

    def __init__(
        self,
        experiment: Experiment,
        network: Network,
        constants: Mapping[str, AnyArray],
        schedule: Schedule,
        *,
        chosen: Sequence[str] = ALWAYS,
        every: int = 0,
        tests: tuple[str, ...] = QUANTITIES,
    ) -> None:
        if unknown := sorted(set(chosen) - set(MEASURES)):
            raise ValueError(f"unknown measures {', '.join(unknown)}: choose some of {', '.join(MEASURES)}")
        self._every, self._layers = every, schedule.layers
        with_tests = "gradient_noise_tests" in chosen
        self._tests = NoiseTests(experiment, network, tests) if with_tests else None
        is_read = with_tests or "gradient_noise" in chosen
        self._noise = NoiseReader(network, len(experiment.seeds)) if is_read else None
        self._ready: list[tuple[NDArray[np.int64], Rows]] = []
        self._sharpness_steps = sharpness_steps(schedule.layers) if "sharpness" in chosen else frozenset()
        self._sharpness: SharpnessReader | None = None
        if self._sharpness_steps:
            x, y = np.asarray(constants["points/x"], np.float64), as_targets(constants["points/y"])
            self._sharpness = SharpnessReader(experiment, network, x, y)

    def observe(self, step: Step) -> bool:
        """Measure what is due after that step; return whether `finished` may have something now."""
        number = step.number
        if self._sharpness is not None and number in self._sharpness_steps:
            self._add(step, number, {SERIES: self._sharpness(step.state)})
        if self._noise is not None and number:
            is_due = self._is_due(number)
            if is_due or (self._tests is not None and self._tests.awaits(number)):
                with np.errstate(all="ignore"):  # what is not finite is recorded as such
                    self._read_noise(self._noise, step)
            if self._is_due(number + 1):
                self._noise.keep_gradient(step)
            if is_due:
                return not self._every or self._noise.has_reduced or bool(self._ready)
        return bool(self._ready)

    def finished(self, everything: bool = False) -> Iterator[tuple[NDArray[np.int64], Rows]]:
        """Yield (steps (T,), rows) of what is measured; at the end of a run `everything` that was taken."""
        if self._noise is not None:
            yield from self._noise.finished(everything or not self._every)
            if everything:
                self._noise.release()
        if everything and self._tests is not None:
            self._tests.release()
        while self._ready:
            yield self._ready.pop(0)

    def _read_noise(self, reader: NoiseReader, step: Step) -> None:
        if self._tests is not None and self._tests.awaits(step.number):
            self._add(step, *self._tests.relative_step(step))
        if self._is_due(step.number):
            lengths, gradients = reader.take(step)
            if self._tests is not None:
                self._add(step, step.number, self._tests.row(step, gradients, lengths))

    def _is_due(self, number: int) -> bool:
        return number % self._every == 0 if self._every else number in self._layers

    def _add(self, step: Step, number: int, row: Rows) -> None:
        rows = masked({name: values[None].copy() for name, values in row.items()}, step.active[None])
        self._ready.append((np.array([number], np.int64), rows))
