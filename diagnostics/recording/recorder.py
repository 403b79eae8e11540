"""The recorder: watches the steps of a training and keeps what the schedule asks for. It reads, and changes nothing.

All series grow by appending; a snapshot hands out views of what is there already and can be taken from another thread.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Mapping, Sequence

import numpy as np

from diagnostics.descriptions import UNITS, description, layer_info
from diagnostics.recording.dense import DenseReader
from diagnostics.recording.growing_series import GrowingSeries
from diagnostics.recording.inner_probes import INNER_PROBES
from diagnostics.recording.kernels import begin as begin_to_compile
from diagnostics.recording.measures import ALWAYS, Measures
from diagnostics.recording.probes import PROBES, Moment, drawing_constants, measured, probe_rows
from diagnostics.recording.reading import Reading, evaluated_parts, function_numbers
from diagnostics.recording.schedule import Schedule, standard_schedule
from diagnostics.run import AnyArray, LayerInfo, Run, Series
from models.arrays import Array, Targets
from models.evaluation import Outputs, scores
from models.experiment import Experiment
from models.training import STOPPED, Step, network_for, planned_steps, steps_per_epoch
from models.training_data import TrainingData

MANY_NUMBERS = 300_000_000  # some five seconds of statistics in NumPy
MOST_FUNCTION_NUMBERS = 12_000_000  # of one run; 48 MB
TRAINED = ("finished", "stopped")


class Recorder:
    """Records one run.

    Parameters
    ----------
    experiment : Experiment
    data : TrainingData
    run_id : str
    info : mapping
        Plain values for ``Run.info``; the recorder adds task, sizes, planned_steps, state, seconds and diverged_seeds.
    constants : mapping
        Arrays that replace or join those of `diagnostics.recording.probes.drawing_constants`.
    x_test, y_test : array, optional
        Evaluated once, at the end.
    schedule : Schedule, optional
        When what is recorded; `standard_schedule` if not given.
    dense : int
        Record the layers at every so many updates, on the mini-batch of that update instead of the probe examples
        (`diagnostics.recording.dense`); 0: as the schedule says. The distance is made larger where the histograms would
        take more than 64 megabytes.
    measures : sequence of str
        What else is measured, some of `diagnostics.recording.measures.MEASURES`.
    """

    def __init__(
        self,
        experiment: Experiment,
        data: TrainingData,
        *,
        run_id: str,
        info: Mapping[str, object],
        constants: Mapping[str, AnyArray] | None = None,
        x_test: Array | None = None,
        y_test: Targets | None = None,
        schedule: Schedule | None = None,
        dense: int = 0,
        measures: Sequence[str] = ALWAYS,
    ) -> None:
        self.experiment, self.data, self.run_id = experiment, data, run_id
        self.network = network_for(experiment, data)
        self.total = planned_steps(experiment, len(data.x_train))
        per_epoch = steps_per_epoch(experiment, len(data.x_train))
        self.schedule = schedule or standard_schedule(self.total, per_epoch)
        self.constants: dict[str, AnyArray] = {**drawing_constants(data), **(constants or {})}
        self.parts = evaluated_parts(data)
        self.test = None if x_test is None or y_test is None or len(x_test) == 0 else (x_test, y_test)
        self.version = 0
        self.events: tuple[Mapping[str, object], ...] = ()
        self._series: dict[str, GrowingSeries] = {}
        self._dense = None
        if dense:
            self._dense = DenseReader(self.network, dense, self.total, len(experiment.seeds))
        every = self._dense.every if self._dense else 0
        self._measures = Measures(experiment, self.network, self.constants, self.schedule, chosen=measures, every=every)
        if dense or self._numbers_to_read() > MANY_NUMBERS:
            begin_to_compile()
        self._drained: dict[str, int] = {}
        self._lock = threading.Lock()
        self._reading: Reading | None = None
        self._last: Step | None = None
        self._recorded = -1
        self._clock = time.perf_counter()
        self._before = 0.0
        sizes = {"n_train": len(data.x_train), "n_validation": len(data.x_validation)}
        records = len(self.schedule.evaluations) * len(experiment.seeds)
        self._probe_rows = probe_rows(data)
        self._functions_often = records * function_numbers(self.network, self.constants) <= MOST_FUNCTION_NUMBERS
        self.info: dict[str, object] = {
            "task": data.task,
            **sizes,
            "n_test": 0 if self.test is None else len(self.test[0]),
            "n_probe": len(self.constants["probe/x"]),
            "steps_per_epoch": per_epoch,
            "planned_steps": self.total,
            "batch_size": experiment.batch_size,
            "state": "running",
            "seconds": 0.0,
            "error": "",
            "diverged_seeds": {},
            **info,
        }

    def _numbers_to_read(self) -> int:
        """About how many numbers the records of the layers will be made of."""
        per_example = 3 * sum(math.prod(node.shape) for node in self.network.nodes)
        per_seed = 3 * self.network.n_parameters + per_example * len(self.constants["probe/x"])
        return len(self.schedule.layers) * len(self.experiment.seeds) * per_seed

    def observe(self, step: Step) -> bool:
        """Record what the schedule asks for after that step; return whether there was an evaluation."""
        number, self._last = step.number, step
        layers, evaluation = number in self.schedule.layers, number in self.schedule.evaluations
        is_written = False
        if self._dense is not None and number and number % self._dense.every == 0:
            is_written = self._dense.take(step)
        if self._measures.observe(step) or is_written:
            self._take_over(everything=False)
        if layers or evaluation or self.schedule.batch_loss(number):
            self._record(step, layers=layers, evaluation=evaluation)
        return evaluation

    def newest(self, name: str) -> AnyArray | None:
        """Return the last record of a series; None if there is none."""
        growing = self._series.get(name)
        return None if growing is None or not growing.n else growing.view().values[-1]

    def idle(self, seconds: float) -> None:
        """Leave time out of the run's seconds that was spent waiting."""
        self._clock += seconds

    def set_state(self, state: str, error: str = "") -> None:
        """Note the state of the run: "running", "paused", …, and the sentence that says what failed."""
        with self._lock:
            self.info |= {"state": state, "error": error}
            self.version += 1

    def finish(self, state: str, error: str = "") -> None:
        """Record the last step in full and, if the run is finished or stopped, the test part; note the state."""
        step = self._last
        self._take_over(everything=True)
        if step is not None and state in TRAINED:
            if self._recorded != step.number or step.number not in self.schedule.layers:
                self._record(step, layers=True, evaluation=True)
            if self.test is not None:
                x, y = self.test
                outputs = Outputs(self.network, step.state.params, x, step.state.buffers)()
                rows = _masked(scores(self.network, outputs, y, full=True), step)
                self._append(step.number, {f"test/{name}": value for name, value in rows.items()})
        self.set_state(state, error)

    def snapshot(self, prefixes: tuple[str, ...] | None = None) -> Run:
        """Return the run as it stands, with the series whose names begin with one of `prefixes` (None: all)."""
        with self._lock:
            series = {
                name: growing.view()
                for name, growing in self._series.items()
                if prefixes is None or name.startswith(prefixes)
            }
            info = {**self.info, "summary": self._summary()}
        return Run(self.run_id, self.experiment, self.events, self.layers(), series, self.constants, info)

    def _summary(self) -> dict[str, tuple[float, float]]:
        """The last mean and standard deviation over the seeds of each loss and metric."""
        result = {}
        for name, growing in self._series.items():
            part, _, metric = name.partition("/")
            if part in ("train", "validation", "test") and metric in UNITS and growing.n:
                last = np.asarray(growing.view().values[-1], dtype=np.float64)
                last = last[np.isfinite(last)]
                if len(last) and growing.dims == ("step", "seed"):
                    result[name] = (float(last.mean()), float(last.std()))
        return result

    def drain(self) -> dict[str, Series]:
        """Return the records that were added since the last call."""
        with self._lock:
            fresh = {}
            for name, growing in self._series.items():
                start = self._drained.get(name, 0)
                if growing.n > start:
                    fresh[name] = growing.view(start)
                    self._drained[name] = growing.n
        return fresh

    def restore(self, run: Run) -> None:
        """Take over what an earlier part of the same run recorded; its test results are left out."""
        with self._lock:
            for name, series in run.series.items():
                if not name.startswith("test/") and len(series.steps):
                    self._series[name] = GrowingSeries.of(series)
                    self._drained[name] = len(series.steps)
                    self._recorded = max(self._recorded, int(series.steps[-1]))
            if "time/seconds" in self._series:
                self._before = float(self._series["time/seconds"].view().values[-1])
            self._clock = time.perf_counter()
            self.version += 1

    def layers(self) -> tuple[LayerInfo, ...]:
        """Return what analyses must know of each layer."""
        return tuple(layer_info(node) for node in self.network.nodes if node.has_weights)

    @np.errstate(over="ignore")  # what float32 cannot hold is recorded as infinite
    def _record(self, step: Step, *, layers: bool, evaluation: bool) -> None:
        rows: dict[str, AnyArray] = {}
        if step.number > 0:
            rows["train/batch_loss"] = np.asarray(step.batch_loss, dtype=np.float32)
        if self._reading is None or self._reading.state is not step.state:
            self._reading = Reading(self.network, step.state, self.parts, self.constants)
        if evaluation:
            logits = {part: outputs() for part, outputs in self._reading.outputs.items()}
            for part, values in logits.items():
                found = scores(self.network, values, self.parts[part][1], full=part != "train")
                rows |= {f"{part}/{name}": value for name, value in _masked(found, step).items()}
        if layers:
            rows |= self._layer_rows(step)
        elif evaluation and self._functions_often:
            known = None if self._probe_rows is None else logits["validation"][:, self._probe_rows]
            rows |= _masked(self._reading.function(known), step)
        seconds = self._before + time.perf_counter() - self._clock
        rows["time/seconds"] = np.asarray(seconds)
        rows["learning_rate"] = np.asarray(step.learning_rate)
        self._append(step.number, rows)
        self._recorded = step.number
        stopped = step.state.control.get(STOPPED, {})
        self.info |= {"seconds": seconds, "diverged_seeds": dict(stopped) if isinstance(stopped, Mapping) else {}}

    def _layer_rows(self, step: Step) -> dict[str, AnyArray]:
        assert self._reading is not None
        tape, network = self._reading.tape(), self.network
        rows = self._reading.function(tape.output)
        for node in network.nodes:
            if not node.has_weights:
                continue
            weights = network.weights_of(node, step.state.params)
            moved = (network.weights_of(node, array) for array in (step.gradient, step.update))
            biases = (network.biases_of(node, array) for array in (step.state.params, step.gradient))
            moment = Moment(node, tape, weights, *moved, *biases)
            for probe in INNER_PROBES if self._dense is not None else (*PROBES, *INNER_PROBES):
                found = measured(probe, moment)
                rows |= {f"{node.name}/{probe.name}/{what}": value for what, value in found.items()}
        return _masked(rows, step)

    def _take_over(self, *, everything: bool) -> None:
        """Append what the dense reader and the measures have reduced by now, or all that they were given."""
        if self._dense is not None:
            for steps, start, written in self._dense.finished(everything):
                with self._lock:
                    for name, buffer in written.items():
                        series = self._opened(name, buffer[0], buffer)
                        series.extend(steps, buffer[start : start + len(steps)])
                    self.version += 1
        for steps, rows in self._measures.finished(everything):
            with self._lock:
                for name, values in rows.items():
                    self._opened(name, values[0]).extend(steps, values)
                self.version += 1

    def _append(self, step: int, rows: Mapping[str, AnyArray]) -> None:
        with self._lock:
            for name, row in rows.items():
                self._opened(name, row).append(step, row)
            self.version += 1

    def _opened(self, name: str, row: AnyArray, buffer: AnyArray | None = None) -> GrowingSeries:
        """Return the series of that name; a new one for rows like `row` if there is none."""
        if name not in self._series:
            self._series[name] = GrowingSeries(*description(name, row, self.network), row, buffer)
        return self._series[name]


@np.errstate(over="ignore")
def _masked(rows: Mapping[str, AnyArray], step: Step) -> dict[str, AnyArray]:
    """Return rows with the stopped seeds blanked: NaN, and no counts."""
    result, all_active = {}, bool(step.active.all())
    for name, row in rows.items():
        value = row if row.dtype.kind == "u" else row.astype(np.float32)
        if not all_active:
            value = value.copy()
            value[~step.active] = 0 if value.dtype.kind == "u" else np.nan
        elif value is row:
            value = row
        result[name] = value
    return result
