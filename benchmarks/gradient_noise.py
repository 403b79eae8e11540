"""What statistics of single gradients cost: `python -m benchmarks.gradient_noise`.

The set that is always on, at every tenth step; and a set equal to Cockpit's "economy" at every step: relative step,
distance, histogram of gradients of single examples, gradient norm, inner-product test, loss, norm test, orthogonality
test, length of the update. Bare and recorded trainings take turns in one process, in which the linear algebra has one
thread (set here, before NumPy is imported); ratios are medians over the rounds, of wall time and of processor time.
The histogram is that of 128 fixed elements of each layer, while Cockpit counts all of them.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import statistics
import time
from dataclasses import replace

from benchmarks.workloads import WORKLOADS, Workload, dense
from diagnostics.recording.growing_series import GrowingSeries
from diagnostics.recording.kernels import begin
from diagnostics.recording.measures import Measures
from diagnostics.recording.schedule import Schedule
from models import train
from models.training import network_for

ROUNDS = 7
WARM_UP = 40
NOTHING = Schedule(frozenset(), frozenset(), 10**9)
ECONOMY = ("tests", "relative_step", "distances", "example_gradients")
LARGE = tuple(dense(units, "relu") for units in (1000, 500, 100))
COCKPIT = Workload("Cockpit's", "784-1000-500-100-10 relu, batch 128, sgd", LARGE, (784,), 10, 128, 40, optimizer="sgd")
COCKPIT_ADAM = replace(COCKPIT, name="with adam", optimizer="adam", words="the same with adam")


def seconds(load: Workload, chosen: tuple[str, ...], every: int, n_steps: int) -> tuple[float, float]:
    """Return wall and processor seconds of a step; `every` 0 is a bare training."""
    experiment, data = replace(load.experiment(), max_steps=n_steps + WARM_UP), load.data()
    network = network_for(experiment, data)
    measures = Measures(experiment, network, {}, NOTHING, chosen=chosen, every=every, tests=ECONOMY) if every else None
    kept: dict[str, GrowingSeries] = {}
    wall = cpu = 0.0
    for step in train(experiment, data):
        if measures is not None and measures.observe(step):
            for steps, rows in measures.finished():
                for name, values in rows.items():
                    if name not in kept:
                        kept[name] = GrowingSeries(("step",) * values.ndim, "", "", values[0])
                    kept[name].extend(steps, values)
        if step.number == WARM_UP:
            wall, cpu = time.perf_counter(), time.process_time()
    if measures is not None:
        list(measures.finished(everything=True))
    return (time.perf_counter() - wall) / n_steps, (time.process_time() - cpu) / n_steps


def main() -> None:
    """Print the medians over interleaved rounds, and the cost over training alone."""
    if (compiling := begin()) is not None:
        compiling.join()
    both = ("gradient_noise", "gradient_noise_tests")
    at_every = {"always on, every 1": (both[:1], 1), "economy, every 1": (both, 1), "economy, every 16": (both, 16)}
    cases = (
        (WORKLOADS["W1"], 3000, {"always on, every 10": (both[:1], 10)}),
        (WORKLOADS["W2"], 2000, {"always on, every 10": (both[:1], 10), "economy, every 10": (both, 10)}),
        (WORKLOADS["W3"], 20, {"always on, every 10": (both[:1], 10), "economy, every 10": (both, 10)}),
        (COCKPIT, 40, at_every),
        (COCKPIT_ADAM, 40, {"economy, every 1": (both, 1)}),
    )
    for load, n_steps, variants in cases:
        alone: list[tuple[float, float]] = []
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in variants}
        for _ in range(ROUNDS):
            alone.append(seconds(load, (), 0, n_steps))
            for name, (chosen, every) in variants.items():
                found[name].append(seconds(load, chosen, every, n_steps))
        print(f"{load.name} ({load.words}): a step alone {1e6 * statistics.median(wall for wall, _ in alone):.1f} µs")
        for name, rounds in found.items():
            ratios = [statistics.median(a[k] / b[k] for a, b in zip(rounds, alone, strict=True)) for k in (0, 1)]
            print(f"  {name:20s} {ratios[0]:.2f} × of that (processor time {ratios[1]:.2f} ×)")


if __name__ == "__main__":
    main()
