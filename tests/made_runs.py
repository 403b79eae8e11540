"""Runs made by hand, with numbers that are known."""

from __future__ import annotations

import numpy as np

from diagnostics import BINNINGS, LayerInfo, Run, Series
from models import Experiment

STEPS = np.array([0, 1, 2, 4], dtype=np.int64)
LAYERS = [{"units": 4, "activation": "tanh"}, {"units": 3, "activation": "relu"}]


def layer(name: str, activation: str, *, bounded: bool, asymptotes: tuple[float | None, float | None]) -> LayerInfo:
    return LayerInfo(name, "dense", activation, 4, 2, 12, asymptotes, bounded, activation == "relu")


def per_seed(values: object, unit: str = "") -> Series:
    """A series over the four steps and two seeds."""
    return Series(("step", "seed"), unit, STEPS, np.array(values, dtype=np.float32))


def histogram(binning: str, numbers: list[list[float]]) -> Series:
    """At each step the same numbers of each of the two seeds."""
    counts = BINNINGS[binning].count(np.sort(np.array(numbers), axis=1))
    return Series(("step", "seed", "slot"), "count", STEPS, np.stack([counts] * len(STEPS)), binning)


def made_run(series: dict[str, Series], **info: object) -> Run:
    """A run of two seeds with two hidden layers, 10 training rows in batches of 4."""
    base = {"name": "made", "n_train": 10, "batch_size": 4, "steps_per_epoch": 3, "task": "classification"}
    layers = (
        layer("dense1", "tanh", bounded=True, asymptotes=(-1.0, 1.0)),
        layer("dense2", "relu", bounded=False, asymptotes=(0.0, None)),
        layer("output", "linear", bounded=False, asymptotes=(None, None)),
    )
    return Run("made", Experiment(layers=LAYERS, seeds=(0, 1)), (), layers, series, {}, {**base, **info})
