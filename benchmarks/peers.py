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
from models.training import initial_state, network_for

Losses = Iterator[float]


def engine(load: Workload, n_seeds: int = 1) -> Losses:
    """Backscope's engine."""
    for step in train(load.experiment(n_seeds), load.data()):
        if step.number:
            yield float(step.batch_loss[0])


def torch_eager(load: Workload, fused: bool = False) -> Losses:
    """PyTorch as everybody uses it."""
    import torch

    from benchmarks.torch_networks import TorchNetwork

    torch.set_num_threads(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    experiment, data = load.experiment(), load.data()
    network = network_for(experiment, data)
    params = {name: view[0] for name, view in network.views(initial_state(experiment, network).params).items()}
    model, batches = TorchNetwork(network, params), Batches(experiment, network, data)
    x = torch.tensor(data.x_train.reshape(-1, *data.shape))
    if len(data.shape) == 3:
        x = x.permute(0, 3, 1, 2).contiguous()
    binary = load.loss == "binary_cross_entropy"
    y = torch.tensor(data.y_train).float()[:, None] if binary else torch.tensor(data.y_train)
    criterion = torch.nn.BCEWithLogitsLoss() if binary else torch.nn.CrossEntropyLoss()
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if load.optimizer == "adam":
        optimizer = torch.optim.Adam(trained, lr=1e-3, fused=True if fused else None)
    else:
        optimizer = torch.optim.SGD(trained, lr=1e-3)
    for step in count():
        rows = torch.from_numpy(batches.rows(step)[0, 0])
        loss = criterion(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item()


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
