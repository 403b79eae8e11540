"""How strongly each channel of a convolution varies over examples and places; one that never varies is dead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diagnostics.run import LayerInfo, Run
from diagnostics.seed_spread import Floats


@dataclass(frozen=True, eq=False)
class ChannelsReport:
    """One convolution over training, for one seed: channels of different seeds have nothing in common.

    Attributes
    ----------
    layer : LayerInfo or None
    steps : array (T,)
    std : array (T, channels)
        Standard deviation of each channel's activations over probe examples and places.
    dead : array (T,)
        The share of channels that are off on every example and place, mean over the seeds; NaN where a channel cannot
        be off.
    seed : int
        The first that was trained to the end; the first of all, if none was.
    n_channels : int
        Of the layer; the first 256 are recorded.
    """

    layer: LayerInfo | None
    steps: NDArray[np.int64]
    std: Floats
    dead: Floats
    seed: int
    n_channels: int
    run_id: str
    n_seeds: int


def convolutions(run: Run) -> tuple[str, ...]:
    """Return the names of the layers for which channels are recorded."""
    return tuple(layer.name for layer in run.layers if f"{layer.name}/channel_std/each_channel" in run.series)


def channels(run: Run, layer: str) -> ChannelsReport:
    """Return the channels of one convolution; empty if that layer is none."""
    info = next((entry for entry in run.layers if entry.name == layer), None)
    series = run.series.get(f"{layer}/channel_std/each_channel")
    n_seeds = len(run.experiment.seeds)
    if info is None or series is None or len(series.steps) == 0:
        nothing = np.empty((0, 0))
        return ChannelsReport(info, np.empty(0, np.int64), nothing, np.empty(0), 0, 0, run.id, n_seeds)
    values = np.asarray(series.values, np.float64)
    whole = np.flatnonzero(np.isfinite(values[-1]).all(axis=1))
    place = int(whole[0]) if len(whole) else 0
    dead = run.series.get(f"{layer}/activation/dead_share")
    shares = np.full(len(series.steps), np.nan)
    if dead is not None and np.isfinite(dead.values).any():
        rows = [np.asarray(dead.at(int(step))[1], np.float64) for step in series.steps]
        shares = np.array([row[np.isfinite(row)].mean() if np.isfinite(row).any() else np.nan for row in rows])
    seed = int(run.experiment.seeds[place])
    return ChannelsReport(info, series.steps, values[:, place], shares, seed, info.units, run.id, n_seeds)
