"""What a training was told to take beside what it took: `python -m benchmarks.cost`.

Processor seconds of this process, BLAS on one thread, so that others who use the machine count little. The networks
differ in depth, width, kind of layer, seeds and data; the ratios say how good the rule of thumb in `runs.cost` is.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from datasets import load_dataset
from models import Experiment
from runs import train_run
from runs.cost import estimate

DENSE = {"type": "dense", "units": 64, "activation": "tanh"}
CONVOLUTION = {"type": "convolution", "channels": 8, "kernel_size": 3, "activation": "relu"}
Layers = Sequence[Mapping[str, object]]
CASES: Mapping[str, tuple[str, Layers, dict[str, object]]] = {
    "the example": ("two_spirals", [DENSE] * 2, {"epochs": 50, "seeds": (0, 1, 2, 3, 4)}),
    "a table": ("breast_cancer", [DENSE] * 2, {"epochs": 50, "seeds": (0, 1, 2, 3, 4)}),
    "digits": ("digits", [DENSE] * 3, {"epochs": 20, "seeds": (0, 1, 2)}),
    "ten layers": ("digits", [DENSE] * 10, {"epochs": 15, "seeds": (0, 1)}),
    "twenty layers": ("digits", [DENSE] * 20, {"epochs": 15, "seeds": (0, 1)}),
    "wide": ("digits", [{**DENSE, "units": 300}] * 3, {"epochs": 5, "seeds": (0, 1)}),
    "normalized": (
        "digits",
        [DENSE, {"type": "batch_norm", "activation": "relu"}] * 5,
        {"epochs": 10, "seeds": (0, 1)},
    ),
    "convolution": ("digits", [CONVOLUTION, {"type": "flatten"}], {"epochs": 5, "seeds": (0, 1)}),
}


def main() -> None:
    """Print both and their ratio for every network."""
    for name, (dataset, layers, settings) in CASES.items():
        data, experiment = load_dataset(dataset), Experiment.of({"layers": list(layers), **settings})
        told = estimate(experiment, data).seconds
        start = time.process_time()
        train_run(experiment, data)
        took = time.process_time() - start
        print(f"{name:15s} told {told:6.1f} s, took {took:6.1f} s of processor time: {took / told:.2f}", flush=True)


if __name__ == "__main__":
    main()
