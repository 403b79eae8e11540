"""An `Experiment`: the plain values that, with the data, repeat a run. Its canonical JSON is its identity."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Self

import numpy as np

from models.early_stopping import early_stopping_settings
from models.initializers import INITIALIZERS
from models.layers import checked_layer
from models.losses import LOSSES
from models.optimizers import OPTIMIZERS, optimizer_settings
from models.schedules import SCHEDULES, schedule_settings

Entry = Mapping[str, object]
MOST_SEEDS = 100
NUMBERS = {"l1": 1e6, "l2": 1e6, "clip_value": 1e9, "clip_norm": 1e9, "label_smoothing": 0.999}


@dataclass(frozen=True)
class Experiment:
    """Settings of one training, checked and completed with their defaults when made.

    Parameters
    ----------
    layers : sequence of mapping
        The hidden part, each ``{"type": "dense", "units": 64, "activation": "tanh"}``; may be empty. They are a chain,
        unless one names its ``"inputs"``; then they are a graph. The output layer follows from data and loss.
    initializer, loss : str
        A name of `INITIALIZERS`; a name of `LOSSES` or ``"auto"``.
    optimizer, schedule : str or mapping
        A name of `OPTIMIZERS` (`SCHEDULES`), or ``{"type": name, setting: value}``.
    batch_size, epochs : int
        Examples per update and passes over the training part; the last batch of an epoch may be smaller.
    max_steps : int, optional
        Ends the training after that many updates, if the epochs do not end it before.
    l1, l2 : float
        Penalties: l1·sign(W) + l2·W is added to the gradient of each weight matrix, not of the biases.
    clip_value, clip_norm : float
        Before the penalties each number of the gradient is clipped to ±clip_value, then the whole gradient of a seed
        is scaled down to the length clip_norm; 0 switches it off.
    label_smoothing : float
        Share of the target's probability that is spread evenly over all classes.
    class_weights : sequence of float, "balanced" or None
        How much an example of each class counts in the training loss; balanced: inversely to how often it occurs.
    early_stopping : mapping, optional
        ``{"patience": examples, "factor": f, "least_gain": g}``; see `models.early_stopping`. None: train to the end.
    layer_rates : mapping of str to float
        By the name of a node, what its learning rate is multiplied by; 0 freezes it exactly.
    seeds : sequence of int
        One network for each, trained side by side.
    dtype : str
        ``"float32"``, or ``"float64"`` for checks.
    data : mapping
        What it was trained on (name, digest); filled in by whoever starts the training.

    Raises
    ------
    ValueError
        If a setting is unknown or out of range; the message says which and what is allowed.
    """

    layers: tuple[Entry, ...] = ()
    initializer: str = "glorot_uniform"
    loss: str = "auto"
    optimizer: Entry = field(default_factory=lambda: {"type": "adam"})
    schedule: Entry = field(default_factory=lambda: {"type": "constant"})
    batch_size: int = 32
    epochs: int = 20
    max_steps: int | None = None
    l1: float = 0.0
    l2: float = 0.0
    clip_value: float = 0.0
    clip_norm: float = 0.0
    label_smoothing: float = 0.0
    class_weights: tuple[float, ...] | str | None = None
    layer_rates: Entry = field(default_factory=dict)
    early_stopping: Entry | None = None
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    dtype: str = "float32"
    data: Entry = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check every setting and bring it into its canonical form."""
        layers = tuple(checked_layer(e, f"layer {i}") for i, e in enumerate(_sequence("layers", self.layers), 1))
        self._set("layers", layers)
        _known("initializer", self.initializer, INITIALIZERS)
        _known("loss", self.loss, ("auto", *LOSSES))
        _known("dtype", self.dtype, ("float32", "float64"))
        self._set("optimizer", _complete("optimizer", self.optimizer))
        self._set("schedule", _complete("schedule", self.schedule))
        self._set("batch_size", _whole("batch_size", self.batch_size, 1))
        self._set("epochs", _whole("epochs", self.epochs, 1))
        if self.max_steps is not None:
            self._set("max_steps", _whole("max_steps", self.max_steps, 0))
        for name, most in NUMBERS.items():
            self._set(name, _number(name, getattr(self, name), most))
        self._set("class_weights", _class_weights(self.class_weights))
        self._set("layer_rates", _rates(self.layer_rates))
        if self.early_stopping is not None:
            self._set("early_stopping", early_stopping_settings(self.early_stopping))
        self._set("seeds", _seeds(self.seeds))
        self._set("data", json.loads(json.dumps(dict(self.data))))

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def to_json(self) -> str:
        """Return the canonical JSON: one line, sorted keys, every default written out."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the experiment of a JSON text.

        Raises
        ------
        ValueError
            If the text is no JSON object or holds a setting that is unknown or out of range.
        """
        values = json.loads(text)
        if not isinstance(values, dict):
            raise ValueError(f"an experiment is a JSON object with named settings, got {type(values).__name__}")
        return cls.of(values)

    @classmethod
    def of(cls, values: Mapping[str, object]) -> Self:
        """Return the experiment of named settings.

        Raises
        ------
        ValueError
            If a setting is unknown or out of range.
        """
        known = {item.name for item in fields(cls)}
        if unknown := sorted(set(values) - known):
            raise ValueError(f"unknown settings {', '.join(unknown)}: an experiment has {', '.join(sorted(known))}")
        return cls(**values)  # type: ignore[arg-type]  # checked in __post_init__

    def with_data(self, data: Entry) -> Self:
        """Return the same settings for other data."""
        return replace(self, data=data)

    @property
    def digest(self) -> str:
        """The SHA-256 of the canonical JSON, in hexadecimal."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()


def _known(name: str, value: object, table: Collection[str]) -> None:
    if value not in table:
        raise ValueError(f"unknown {name} {value!r}: use one of {', '.join(table)}")


def _sequence(name: str, value: object) -> tuple[object, ...]:
    if isinstance(value, (str, Mapping)) or not isinstance(value, Iterable):
        raise ValueError(f"{name} must be a list, got {value!r}")
    return tuple(value)


def _complete(name: str, value: object) -> dict[str, object]:
    """Return an optimizer's or schedule's entry with every default filled in."""
    entry: Entry = {"type": value} if isinstance(value, str) else value if isinstance(value, Mapping) else {}
    table: Collection[str] = OPTIMIZERS if name == "optimizer" else SCHEDULES
    _known(name, entry.get("type"), table)
    settings = optimizer_settings(entry) if name == "optimizer" else schedule_settings(entry)
    return {"type": entry["type"], **settings}


def _whole(name: str, value: object, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name} must be a whole number from {least} up, got {value!r}")
    return int(value)


def _number(name: str, value: object, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.floating)) or not 0 <= value <= most:
        raise ValueError(f"{name} must be a number from 0 up to {most:g}, got {value!r}")
    return float(value)


def _class_weights(value: object) -> tuple[float, ...] | str | None:
    if value is None or value == "balanced":
        return None if value is None else "balanced"
    if isinstance(value, str):
        raise ValueError(f'class_weights must be numbers, "balanced" or None, got {value!r}')
    return tuple(_number("a class weight", weight, 1e6) for weight in _sequence("class_weights", value))


def _rates(value: object) -> dict[str, float]:
    if not isinstance(value, Mapping):
        raise ValueError(f'layer_rates must be a mapping such as {{"dense1": 0.1}}, got {value!r}')
    return {str(name): _number(f"the rate of {name}", rate, 1e6) for name, rate in value.items()}


def _seeds(value: object) -> tuple[int, ...]:
    seeds = tuple(_whole("a seed", seed, 0) for seed in _sequence("seeds", value))
    if not 1 <= len(seeds) <= MOST_SEEDS or len(set(seeds)) < len(seeds):
        raise ValueError(f"seeds must be 1 to {MOST_SEEDS} different whole numbers, got {value!r}")
    return seeds
