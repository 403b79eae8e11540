"""Tools that record, each in a process of its own: `python -m benchmarks.recording_peers TOOL WORKLOAD THREADS`.

A peer answers lines on its standard input: ``check N`` with the losses of the first N updates, ``moments N`` with mean
and standard deviation of what it recorded at update N, by name (if it can say), ``time EVERY WARM N`` with the seconds
and the processor's seconds of N updates after WARM others, recorded at every so many (0: not at all), until all that
was recorded has been reduced. A further tool is a class in `TOOLS`.
"""

from __future__ import annotations

import gc
import json
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from benchmarks.workloads import WATCHED, Workload

if TYPE_CHECKING:
    from diagnostics import Recorder
    from models import Experiment, TrainingData


class Training(Protocol):
    """A training, one update at a time."""

    def step(self) -> float:
        """Make an update, record it if it is time, and return the loss before it."""

    def settle(self) -> None:
        """Wait until all that was recorded has been reduced, or written."""


def dense_recorder(experiment: Experiment, data: TrainingData, every: int) -> Recorder:
    """Everything that `diagnostics.recording.dense` records, and nothing else."""
    return _recorder(experiment, data, every, ())


def full_recorder(experiment: Experiment, data: TrainingData, every: int) -> Recorder:
    """What `train_run(…, record_every=…)` records at those updates: gradient noise too."""
    from diagnostics.recording.measures import ALWAYS

    return _recorder(experiment, data, every, ALWAYS)


def _recorder(experiment: Experiment, data: TrainingData, every: int, measures: tuple[str, ...]) -> Recorder:
    from diagnostics import Recorder
    from diagnostics.recording.schedule import Schedule

    nothing = Schedule(frozenset(), frozenset(), 10**9)
    return Recorder(experiment, data, run_id="r", info={}, dense=every, schedule=nothing, measures=measures)


class Backscope:
    """Backscope's engine, watched by a recorder; for another one, `partial(Backscope, recorder_for=…)` in `TOOLS`."""

    def __init__(
        self,
        load: Workload,
        every: int,
        total: int,
        recorder_for: Callable[[Experiment, TrainingData, int], Recorder] = dense_recorder,
    ) -> None:
        from diagnostics.recording.kernels import begin
        from models import train

        if (compiling := begin()) is not None:
            compiling.join()
        experiment, data = replace(load.experiment(), max_steps=total), load.data()
        self._recorder = recorder_for(experiment, data, every) if every else None
        self._steps = train(experiment, data)
        next(self._steps)  # step 0 updates nothing

    def step(self) -> float:
        """Make an update."""
        step = next(self._steps)
        if self._recorder is not None:
            self._recorder.observe(step)
        return float(step.batch_loss[0])

    def settle(self) -> None:
        """Take over what the second thread is still reducing."""
        if self._recorder is not None:
            self._recorder.finish("failed")  # evaluates nothing

    def moments(self) -> dict[str, tuple[float, float]]:
        """Mean and standard deviation of what was last recorded, by name."""
        assert self._recorder is not None
        series = self._recorder.snapshot().series
        names = [name.removesuffix("/std") for name in series if name.endswith("/std")]
        return {
            name: (float(series[f"{name}/mean"].values[-1, 0]), float(series[f"{name}/std"].values[-1, 0]))
            for name in names
        }


class BackscopeEconomy:
    """Backscope's engine, and what Cockpit's economy has: nothing of the layers, but gradients of single examples."""

    def __init__(self, load: Workload, every: int, total: int) -> None:
        from benchmarks.gradient_noise import ECONOMY
        from diagnostics.recording.measures import Measures
        from diagnostics.recording.schedule import Schedule
        from models import train
        from models.training import network_for

        experiment, data = replace(load.experiment(), max_steps=total), load.data()
        chosen, nothing = ("gradient_noise", "gradient_noise_tests"), Schedule(frozenset(), frozenset(), 10**9)
        network, self._measures = network_for(experiment, data), None
        if every:
            self._measures = Measures(experiment, network, {}, nothing, chosen=chosen, every=every, tests=ECONOMY)
        self._kept: dict[str, list[object]] = {}
        self._steps = train(experiment, data)
        next(self._steps)

    def step(self) -> float:
        """Make an update."""
        step = next(self._steps)
        if self._measures is not None and self._measures.observe(step):
            self._take_over(everything=False)
        return float(step.batch_loss[0])

    def settle(self) -> None:
        """Take over what is still being reduced."""
        self._take_over(everything=True)

    def _take_over(self, *, everything: bool) -> None:
        for _, rows in self._measures.finished(everything) if self._measures is not None else ():
            for name, values in rows.items():
                self._kept.setdefault(name, []).append(values)


def bare(load: Workload, every: int, total: int) -> Training:
    """PyTorch, with nothing recorded."""
    from benchmarks.torch_training import TorchTraining

    return TorchTraining(load)


def tensorboard(load: Workload, every: int, total: int) -> Training:
    """PyTorch with hooks and TensorBoard's `SummaryWriter`."""
    from benchmarks.torch_recording import TensorBoardTraining

    return TensorBoardTraining(load, every, total) if every else bare(load, every, total)


def histc(load: Workload, every: int, total: int) -> Training:
    """PyTorch with hooks and `torch.histc`."""
    from benchmarks.torch_recording import HistcTraining

    return HistcTraining(load, every, total) if every else bare(load, every, total)


def cockpit(load: Workload, every: int, total: int) -> Training:
    """PyTorch with Cockpit, economy."""
    from benchmarks.cockpit_recording import CockpitTraining

    return CockpitTraining(load, every, total) if every else bare(load, every, total)


TOOLS: dict[str, Callable[[Workload, int, int], Training]] = {
    "PyTorch": bare,
    "Backscope": Backscope,
    "Backscope and noise": partial(Backscope, recorder_for=full_recorder),
    "Backscope economy": BackscopeEconomy,
    "TensorBoard": tensorboard,
    "torch.histc": histc,
    "Cockpit": cockpit,
}


def timed(tool: str, load: Workload, every: int, n_warm: int, n_steps: int) -> tuple[float, float]:
    """Return the seconds of some updates, by the clock and by the processor (all threads)."""
    training = TOOLS[tool](load, every, n_warm + n_steps)
    for _ in range(n_warm):
        training.step()
    training.settle()
    gc.collect()
    start, start_cpu = time.perf_counter(), time.process_time()
    for _ in range(n_steps):
        training.step()
    training.settle()
    return time.perf_counter() - start, time.process_time() - start_cpu


def main() -> None:
    """Answer lines until there are none left."""
    warnings.simplefilter("ignore")
    answers, sys.stdout = sys.stdout, sys.stderr  # what tools print is no answer
    tool, load = sys.argv[1], WATCHED[sys.argv[2]]
    for line in sys.stdin:
        command, *words = line.split()
        numbers = [int(word) for word in words]
        found: object
        if command == "time":
            found = timed(tool, load, *numbers)
        else:
            n_steps = numbers[0]
            training = TOOLS[tool](load, 0 if command == "check" else n_steps, n_steps)
            found = [training.step() for _ in range(n_steps)]
            training.settle()
            if command == "moments":
                found = training.moments() if hasattr(training, "moments") else {}
        print(json.dumps(found), file=answers, flush=True)


if __name__ == "__main__":
    main()
