"""What full diagnostics cost at every step, and at every tenth: `python -m benchmarks.dense`.

Histograms, moments, extremes and quantiles of activations, back-propagated gradients, weights and weight gradients of
every layer, update ratios, saturated and dead shares, on the mini-batch of each step. One seed, one thread for the
training; the statistics run in a second one.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import replace

from benchmarks.workloads import WORKLOADS
from diagnostics import Recorder
from diagnostics.kernels import begin
from diagnostics.schedule import Schedule
from models import train

ROUNDS = 5
WARM_UP = 60
NOTHING = Schedule(frozenset(), frozenset(), 10**9)


def microseconds(workload: str, every: int, n_steps: int) -> float:
    """Return the time of a step, recorded at every so many (0: not at all)."""
    load = WORKLOADS[workload]
    experiment, data = replace(load.experiment(), max_steps=n_steps + WARM_UP), load.data()
    recorder = Recorder(experiment, data, run_id="r", info={}, dense=every, schedule=NOTHING) if every else None
    start = 0.0
    for step in train(experiment, data):
        if recorder is not None:
            recorder.observe(step)
        if step.number == WARM_UP:
            start = time.perf_counter()
    if recorder is not None:
        recorder.finish("failed")  # takes over what is still being reduced, and evaluates nothing
    return 1e6 * (time.perf_counter() - start) / n_steps


def main() -> None:
    """Print the median over interleaved rounds, and the cost over training alone."""
    if (compiling := begin()) is not None:
        compiling.join()
    for workload, n_steps in (("W1", 3000), ("W2", 1500), ("W3", 25)):
        found: dict[int, list[float]] = {0: [], 1: [], 10: []}
        for _ in range(ROUNDS):
            for every, rounds in found.items():
                rounds.append(microseconds(workload, every, n_steps))
        alone = statistics.median(found[0])
        print(f"{workload}: a step alone {alone:.1f} µs")
        for every in (1, 10):
            ratio = statistics.median(a / b for a, b in zip(found[every], found[0], strict=True))
            print(f"  recorded every {every:2d} step(s)  {ratio:.2f} × of that")


if __name__ == "__main__":
    main()
