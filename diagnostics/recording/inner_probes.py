"""What is measured beside the numbers of every layer: biases, gates, the reach of attention, channels.

Each of these probes is defined for some layers only and gives None for all others. They read the tape, which hands out
what happens inside of a layer (`models.layers.protocol.Layer.inner`). Start at `INNER_PROBES`.
"""

from __future__ import annotations

import numpy as np

from diagnostics.recording.probes import Measure, Moment, Probe
from models.arrays import Array

MOST_NUMBERS = 20_000  # of a quantity and a seed; with more, every so many examples are left out
MOST_CHANNELS = 256
OPEN, SHUT = 0.95, 0.05  # a gate beyond these lets (almost) everything or nothing through
GATES = ("input_gate", "forget_gate", "output_gate")


def _inner(moment: Moment, name: str) -> Array | None:
    """Return what happens inside of the node, (R, some examples, …); None if it has nothing of that name."""
    found = moment.tape.made_by.inner(moment.node).get(name)
    if found is None:
        return None
    per_example = int(np.prod(found.shape[2:]))
    return found[:, :: max(1, -(-found.shape[1] * per_example // MOST_NUMBERS))]


def _inside(name: str) -> Measure:
    return lambda moment: _inner(moment, name)


def _share(name: str, low: float, high: float) -> Measure:
    """Return a measure of the share of numbers that lie below `low` or above `high`."""

    def measure(moment: Moment) -> Array | None:
        values = _inner(moment, name)
        if values is None:
            return None
        return np.asarray(((values < low) | (values > high)).reshape(len(values), -1).mean(axis=1))

    return measure


def _gate(name: str) -> Probe:
    shares = {"open_share": _share(name, -np.inf, OPEN), "shut_share": _share(name, SHUT, np.inf)}
    return Probe(name, "", "pass", _inside(name), shares, within=True)


def _entropy(moment: Moment) -> Array | None:
    """-Σ p log p over the positions looked at, (R, some examples, heads, positions that look)."""
    weights = _inner(moment, "attention_weights")
    if weights is None:
        return None
    tiny = np.finfo(weights.dtype).tiny
    return np.asarray(-(weights * np.log(np.maximum(weights, tiny))).sum(axis=-1))


def _entropy_of_each_head(moment: Moment) -> Array | None:
    entropy = _entropy(moment)
    return None if entropy is None else np.asarray(entropy.mean(axis=(1, 3)))


def _entropy_of_uniform(moment: Moment) -> Array | None:
    """The mean entropy of a head that looks at all positions alike that it may look at."""
    weights = moment.tape.made_by.inner(moment.node).get("attention_weights")
    if weights is None:
        return None
    n_positions = weights.shape[-1]
    n_seen = np.arange(1, n_positions + 1) if getattr(moment.node.layer, "causal", False) else np.array([n_positions])
    return np.full(len(weights), np.log(n_seen).mean())


def _channel_std(moment: Moment) -> Array | None:
    """The standard deviation of each channel over probe examples and places, (R, channels)."""
    if moment.node.type != "convolution":
        return None
    a = moment.tape.activation[moment.node.name]
    return np.asarray(a.std(axis=tuple(range(1, a.ndim - 1)), dtype=np.float64).astype(np.float32))


def _first_channels(moment: Moment) -> Array | None:
    spread = _channel_std(moment)
    return None if spread is None else spread[:, :MOST_CHANNELS]


INNER_PROBES: tuple[Probe, ...] = (
    Probe("bias", "", "byproduct", lambda m: m.bias, {}),
    Probe("bias_gradient", "loss per unit", "byproduct", lambda m: m.bias_gradient, {}),
    *map(_gate, GATES),
    Probe("candidate", "", "pass", _inside("candidate"), {}, within=True),
    Probe("cell", "", "pass", _inside("cell"), {}),
    Probe(
        "attention_entropy",
        "nats",
        "pass",
        _entropy,
        {"uniform": _entropy_of_uniform, "each_head": _entropy_of_each_head},
    ),
    Probe("channel_std", "", "pass", _channel_std, {"each_channel": _first_channels}),
)
