"""Networks at moments of a training that never was, small enough to be known."""

from __future__ import annotations

from functools import cache

import numpy as np

from diagnostics.representations import Moments
from models import Experiment, Network

LAYERS = [{"type": "dense", "units": 6, "activation": "tanh"}, {"type": "dense", "units": 5, "activation": "relu"}]


@cache
def image_moments() -> Moments:
    """A convolution of two channels with batch normalization, at two moments that differ in one weight; 20 images."""
    layers = [{"type": "convolution", "channels": 2}, {"type": "batch_norm"}, {"type": "flatten"}, LAYERS[0]]
    network = Network.build(Experiment(layers=layers), (4, 5, 1), "classification", 3)
    params = network.init((0, 1))
    later = params.copy()
    later[:, 0] += 1.0
    buffers = {name: np.array(array) for name, array in network.init_buffers(2).items()}
    moved = {name: array + 0.5 for name, array in buffers.items()}
    x = np.random.default_rng(0).normal(size=(20, 4, 5, 1)).astype(np.float32)
    y = np.arange(20) % 3
    return Moments(
        network, (0, 1), (0, 7), (params, later), (buffers, moved), np.ones((2, 2), bool), x, y, "classification",
        ("a", "b", "c"), "run", "images",
    )  # fmt: skip
