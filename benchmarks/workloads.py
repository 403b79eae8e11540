"""The networks and data on which engines are compared; see docs/performance.md."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models import Experiment, TrainingData


@dataclass(frozen=True)
class Workload:
    """One network on one kind of data.

    Attributes
    ----------
    name, words : str
        ``"W1"``, and what it is.
    layers : tuple of mapping
    shape : tuple of int
        Of an example: (features,), (height, width, channels), (positions, features).
    n_classes, batch_size, n_examples : int
    loss, optimizer : str
    n_steps : int
        Steps of one round of the measurement.
    """

    name: str
    words: str
    layers: tuple[dict[str, object], ...]
    shape: tuple[int, ...]
    n_classes: int
    batch_size: int
    n_steps: int
    loss: str = "cross_entropy"
    optimizer: str = "adam"
    n_examples: int = 1024

    def experiment(self, n_seeds: int = 1) -> Experiment:
        """Its settings, for as many steps as anybody asks for."""
        return Experiment(
            layers=self.layers,
            loss=self.loss,
            optimizer={"type": self.optimizer, "learning_rate": 1e-3},
            batch_size=self.batch_size,
            epochs=10**7,
            seeds=tuple(range(n_seeds)),
        )

    def data(self) -> TrainingData:
        """Random examples with classes that can be learned from their first numbers."""
        generator = np.random.default_rng(0)
        x = generator.normal(size=(self.n_examples, int(np.prod(self.shape)))).astype(np.float32)
        y = (np.digitize(x[:, : min(8, x.shape[1])].sum(axis=1), [-1.0, 0.0, 1.0]) % self.n_classes).astype(np.int64)
        return TrainingData(x, y, x[:0], y[:0], "classification", self.n_classes, self.shape)


def dense(units: int, activation: str) -> dict[str, object]:
    """One fully connected layer."""
    return {"type": "dense", "units": units, "activation": activation}


def _convolutional(name: str, side: int, n_steps: int) -> Workload:
    layers = (
        {"type": "convolution", "channels": 16},
        {"type": "max_pool"},
        {"type": "convolution", "channels": 32},
        {"type": "max_pool"},
    )
    words = f"convolution 3×3×16, pool, convolution 3×3×32, pool, dense; {side}×{side}, batch 64"
    return Workload(name, words, layers, (side, side, 1), 10, 64, n_steps)


BLOCK = (
    {"type": "residual", "layers": [{"type": "attention", "heads": 4}]},
    {"type": "layer_norm"},
    {"type": "residual", "layers": [dense(128, "relu"), dense(64, "linear")]},
    {"type": "layer_norm"},
)
WORKLOADS = {
    load.name: load
    for load in (
        Workload("W1", "2-8-8-1 tanh, batch 10", (dense(8, "tanh"),) * 2, (2,), 2, 10, 2000, "binary_cross_entropy"),
        Workload("W2", "30-64-64-2 relu, batch 32", (dense(64, "relu"),) * 2, (30,), 2, 32, 1000),
        Workload("W3", "784-1000×4-10 tanh, batch 128", (dense(1000, "tanh"),) * 4, (784,), 10, 128, 12),
        Workload(
            "W3 sgd", "the same with sgd", (dense(1000, "tanh"),) * 4, (784,), 10, 128, 12, "cross_entropy", "sgd"
        ),
        _convolutional("W4 8", 8, 150),
        _convolutional("W4 28", 28, 15),
        Workload("W5", "LSTM, 32 steps, 64 units, batch 32", ({"type": "lstm", "units": 64},), (32, 64), 4, 32, 60),
        Workload("W6", "attention block, d 64, 32 positions, 4 heads, ff 128, batch 32", BLOCK, (32, 64), 4, 32, 60),
    )
}
MNIST_MLP = Workload(
    "MLP",
    "784-1000-500-100-10 relu, batch 128, sgd",
    tuple(dense(units, "relu") for units in (1000, 500, 100)),
    (784,),
    10,
    128,
    12,
    optimizer="sgd",
)
"""On which Cockpit's authors measured their own tool (Schneider, Dangel and Hennig 2021)."""
WATCHED = {**WORKLOADS, MNIST_MLP.name: MNIST_MLP}
