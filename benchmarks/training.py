"""What recording costs: training with and without a recorder, side by side in one process.

Five seeds of 30-64-64-2 on breast cancer, 50 epochs, batch 32, Adam 1e-3. Rounds are interleaved and the median of the
per-round ratios is quoted, because the clock of a shared machine drifts.
"""

from __future__ import annotations

import statistics
import time

from datasets import load_dataset
from models import Experiment, train
from runs import train_run
from runs.launch import training_data

ROUNDS = 7


def main() -> None:
    """Print the seconds of each variant and the ratio of the two."""
    data = load_dataset("breast_cancer")
    layers = [{"type": "dense", "units": 64, "activation": "tanh"}] * 2
    experiment = Experiment(layers=layers, epochs=50, seeds=(0, 1, 2, 3, 4))
    plain = training_data(data)
    bare, recorded = [], []
    for round_number in range(ROUNDS + 1):
        start = time.perf_counter()
        n_steps = sum(1 for _ in train(experiment, plain)) - 1
        between = time.perf_counter()
        run = train_run(experiment, data)
        end = time.perf_counter()
        if round_number:  # the first round warms up
            bare.append(between - start)
            recorded.append(end - between)
    ratios = [slow / fast for slow, fast in zip(recorded, bare, strict=True)]
    n_records = len(run.series["dense1/activation/histogram"].steps)
    print(f"{n_steps} steps of five seeds, {ROUNDS} rounds; {n_records} moments of every layer recorded")
    print(f"training alone                {statistics.median(bare):.3f} s")
    print(f"training, fully recorded      {statistics.median(recorded):.3f} s")
    print(f"recorded / alone, median      {statistics.median(ratios):.2f}")
    print(f"a step of five seeds, alone   {1e6 * statistics.median(bare) / n_steps:.0f} µs")


if __name__ == "__main__":
    main()
