"""The update rules, each written for one array: the flat buffer of all parameters of all seeds. Start at `OPTIMIZERS`.

A rule turns a gradient into an update Δ, which training adds to the parameters. It keeps its memory in named slots.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from models.arrays import Array
from models.fields import Field, checked

LEARNING_RATE = "Step size: too small is slow, too large makes the loss jump or diverge."
Settings = Mapping[str, float]


class Optimizer(Protocol):
    """An update rule; `fields` are its settings."""

    @property
    def fields(self) -> tuple[Field, ...]:
        """The settings, in the order of the form."""
        ...

    def slots(self, settings: Settings) -> tuple[str, ...]:
        """Return the names of the arrays that the rule keeps from step to step, each shaped like the parameters."""
        ...

    def update(self, settings: Settings, move: Move, out: Array) -> None:
        """Write the update Δ to `out` and bring the slots up to date."""
        ...


@dataclass(frozen=True)
class Move:
    """What a rule reads: the gradient, its slots (written in place), the learning rate and the update's number."""

    gradient: Array
    slots: Mapping[str, Array]
    learning_rate: float
    number: int


class Sgd:
    """Δ = -η g; with momentum v ← μ v + g and Δ = -η v, or Δ = -η (g + μ v) after Nesterov.

    Source: Sutskever et al. 2013, section 2, in the form in which the learning rate stands outside of the velocity.
    """

    fields = (
        Field("learning_rate", 0.1, 1e-8, 100.0, LEARNING_RATE),
        Field("momentum", 0.0, 0.0, 0.9999, "Share of the last update that is kept; 0.9 is usual, 0 is plain descent."),
        Field("nesterov", False, 0, 1, "Look ahead along the momentum before measuring the slope.", boolean=True),
    )

    def slots(self, settings: Settings) -> tuple[str, ...]:
        return ("velocity",) if settings["momentum"] > 0 else ()

    def update(self, settings: Settings, move: Move, out: Array) -> None:
        momentum = settings["momentum"]
        if momentum == 0:
            np.multiply(move.gradient, -move.learning_rate, out=out)
            return
        velocity = move.slots["velocity"]
        velocity *= momentum
        velocity += move.gradient
        if settings["nesterov"]:
            np.multiply(velocity, momentum, out=out)
            out += move.gradient
            out *= -move.learning_rate
        else:
            np.multiply(velocity, -move.learning_rate, out=out)


class Adam:
    """Δ = -η m̂/(√v̂ + ε), with bias-corrected running means of g and g² (Kingma & Ba 2015, algorithm 1)."""

    fields = (
        Field("learning_rate", 1e-3, 1e-8, 100.0, LEARNING_RATE),
        Field("beta1", 0.9, 0.0, 0.9999, "How long the mean of the gradient remembers."),
        Field("beta2", 0.999, 0.0, 0.999999, "How long the mean of the squared gradient remembers."),
        Field("epsilon", 1e-8, 1e-12, 1.0, "Keeps the division finite where gradients vanish."),
    )

    def slots(self, settings: Settings) -> tuple[str, ...]:
        return ("mean", "square")

    def update(self, settings: Settings, move: Move, out: Array) -> None:
        beta1, beta2, gradient = settings["beta1"], settings["beta2"], move.gradient
        mean, square = move.slots["mean"], move.slots["square"]
        mean *= beta1
        np.multiply(gradient, 1 - beta1, out=out)
        mean += out
        square *= beta2
        np.multiply(gradient, gradient, out=out)
        out *= 1 - beta2
        square += out
        np.sqrt(square, out=out)
        out *= (1 - beta2**move.number) ** -0.5
        out += settings["epsilon"]
        np.divide(mean, out, out=out)
        out *= -move.learning_rate / (1 - beta1**move.number)


OPTIMIZERS: Mapping[str, Optimizer] = {"adam": Adam(), "sgd": Sgd()}


def optimizer_settings(entry: Mapping[str, object]) -> dict[str, float]:
    """Return all settings of an experiment's ``optimizer`` entry, defaults filled in.

    Raises
    ------
    ValueError
        For an unknown type or a setting out of range.
    """
    name = str(entry["type"])
    settings = checked(name, OPTIMIZERS[name].fields, entry)
    if settings.get("nesterov") and not settings["momentum"]:
        raise ValueError("sgd: nesterov needs a momentum above 0: set momentum, 0.9 is usual, or switch nesterov off")
    return settings
