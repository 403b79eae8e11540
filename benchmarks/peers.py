"""Engines that are compared, each in a process of its own: `python -m benchmarks.peers ENGINE WORKLOAD`.

A peer answers lines on its standard input: ``check N`` with the losses of the first N steps, ``time N`` with the
seconds that N further steps take. All read the same data in the same order from the same initial weights, and every
step's loss is computed and read.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from itertools import count

import numpy as np

from benchmarks.workloads import WORKLOADS, Workload
from models import train
from models.batches import Batches
from models.training import network_for

Losses = Iterator[float]


def engine(load: Workload, n_seeds: int = 1) -> Losses:
    """Backscope's engine."""
    for step in train(load.experiment(n_seeds), load.data()):
        if step.number:
            yield float(step.batch_loss[0])


def torch_eager(load: Workload, fused: bool = False) -> Losses:
    """PyTorch as everybody uses it."""
    from benchmarks.torch_training import TorchTraining

    training = TorchTraining(load, fused)
    while True:
        yield training.step()


def scikit_learn(load: Workload) -> Losses:
    """scikit-learn's MLPClassifier, one mini-batch at a time; it draws its own initial weights."""
    from sklearn.neural_network import MLPClassifier

    experiment, data = load.experiment(), load.data()
    batches = Batches(experiment, network_for(experiment, data), data)
    sizes = tuple(int(str(layer["units"])) for layer in load.layers)
    activation = str(load.layers[0]["activation"])
    x, y = np.asarray(data.x_train), np.asarray(data.y_train)
    model = MLPClassifier(sizes, activation=activation, solver=load.optimizer, batch_size=load.batch_size, alpha=0)
    classes = np.arange(load.n_classes)
    for step in count():
        rows = batches.rows(step)[0, 0]
        model.partial_fit(x[rows], y[rows], classes=classes)
        yield float(model.loss_)


def ten_seeds(load: Workload) -> Losses:
    """Backscope's engine with ten seeds at once."""
    return engine(load, 10)


def torch_fused(load: Workload) -> Losses:
    """PyTorch with its fused Adam."""
    return torch_eager(load, fused=True)


PEERS: dict[str, Callable[[Workload], Losses]] = {
    "engine": engine,
    "ten seeds": ten_seeds,
    "torch": torch_eager,
    "torch fused": torch_fused,
    "scikit-learn": scikit_learn,
}


def main() -> None:
    """Answer lines until there are none left."""
    warnings.simplefilter("ignore")
    losses = PEERS[sys.argv[1]](WORKLOADS[sys.argv[2]])
    for line in sys.stdin:
        command, number = line.split()
        start = time.perf_counter()
        found = [next(losses) for _ in range(int(number))]
        seconds = time.perf_counter() - start
        print(json.dumps(found if command == "check" else seconds), flush=True)


if __name__ == "__main__":
    main()
