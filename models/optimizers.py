"""The update rules, each written for one array: a block of the flat buffer of all parameters of all seeds.

Start at `OPTIMIZERS`. A rule turns a gradient into an update Δ, which training adds to the parameters. It keeps its
memory in named slots. Like a layer it takes down its calls once; what changes from step to step it states as a few
numbers (`numbers`), which the calls read from arrays without axes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from models.arrays import Array
from models.fields import Field, checked_numbers
from models.site import Calls, Desk

LEARNING_RATE = "Step size: too small is slow, too large makes the loss jump or diverge."
EPSILON = Field("epsilon", 1e-8, 1e-12, 1.0, "Keeps the division finite where gradients vanish.")
Settings = Mapping[str, float]


@dataclass(frozen=True)
class Block:
    """What a rule reads and writes: one stretch of the flat buffers, and the numbers of the step.

    Attributes
    ----------
    gradient, update : array (n,)
    slots : dict of array (n,)
    decayed : array (n,)
        The parameters, with 0 in place of what no penalty acts on (biases); only where the rule asks for it.
    number : dict of array ()
        What `Optimizer.numbers` states, by name.
    """

    gradient: Array
    update: Array
    slots: Mapping[str, Array]
    decayed: Array | None
    number: Mapping[str, Array]


class Optimizer(Protocol):
    """An update rule; `fields` are its settings."""

    @property
    def fields(self) -> tuple[Field, ...]:
        """The settings, in the order of the form."""
        ...

    def slots(self, settings: Settings) -> tuple[str, ...]:
        """Return the names of the arrays that the rule keeps from step to step, each shaped like the parameters."""
        ...

    def numbers(self, settings: Settings, learning_rate: float, step: int) -> dict[str, float]:
        """Return what the calls of update number `step`, from 1 up, need besides arrays."""
        ...

    def bind(self, desk: Desk, settings: Settings, block: Block) -> None:
        """Take down the calls that write the update Δ and bring the slots up to date."""
        ...


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

    def numbers(self, settings: Settings, learning_rate: float, step: int) -> dict[str, float]:
        return {"rate": -learning_rate}

    def bind(self, desk: Desk, settings: Settings, block: Block) -> None:
        gradient, update, rate = block.gradient, block.update, block.number["rate"]
        if settings["momentum"] == 0:
            desk.call(np.multiply, gradient, rate, update)
            return
        velocity, momentum = block.slots["velocity"], desk.constant(settings["momentum"])
        desk.call(np.multiply, velocity, momentum, velocity)
        desk.call(np.add, velocity, gradient, velocity)
        if settings["nesterov"]:
            desk.call(np.multiply, velocity, momentum, update)
            desk.call(np.add, update, gradient, update)
            desk.call(np.multiply, update, rate, update)
        else:
            desk.call(np.multiply, velocity, rate, update)


class Adam:
    """Δ = -η m̂/(√v̂ + ε), with bias-corrected running means of g and g² (Kingma & Ba 2015, algorithm 1).

    The slots hold the sums m/(1 - β₁) and v/(1 - β₂), which saves two passes; `numbers` makes up for it: with
    k = √((1 - β₂)/(1 - β₂ᵗ)) the denominator √v̂ + ε is k (√sum + ε/k).
    """

    fields: tuple[Field, ...] = (
        Field("learning_rate", 1e-3, 1e-8, 100.0, LEARNING_RATE),
        Field("beta1", 0.9, 0.0, 0.9999, "How long the mean of the gradient remembers."),
        Field("beta2", 0.999, 0.0, 0.999999, "How long the mean of the squared gradient remembers."),
        EPSILON,
    )

    def slots(self, settings: Settings) -> tuple[str, ...]:
        return ("mean", "square")

    def numbers(self, settings: Settings, learning_rate: float, step: int) -> dict[str, float]:
        beta1, beta2 = settings["beta1"], settings["beta2"]
        k = ((1 - beta2) / (1 - beta2**step)) ** 0.5
        return {"epsilon": settings["epsilon"] / k, "rate": -learning_rate * (1 - beta1) / (1 - beta1**step) / k}

    def bind(self, desk: Desk, settings: Settings, block: Block) -> None:
        gradient, update, mean, square = block.gradient, block.update, block.slots["mean"], block.slots["square"]
        desk.call(np.multiply, mean, desk.constant(settings["beta1"]), mean)
        desk.call(np.add, mean, gradient, mean)
        desk.call(np.multiply, square, desk.constant(settings["beta2"]), square)
        desk.call(np.multiply, gradient, gradient, update)
        desk.call(np.add, square, update, square)
        desk.call(np.sqrt, square, update)
        desk.call(np.add, update, block.number["epsilon"], update)
        desk.call(np.divide, mean, update, update)
        desk.call(np.multiply, update, block.number["rate"], update)


class AdamW(Adam):
    """Adam, and beside it Δ = -η λ W on the weights (not on biases): decoupled decay (Loshchilov & Hutter 2019)."""

    fields = (
        *Adam.fields,
        Field("weight_decay", 0.01, 0.0, 1.0, "How fast weights shrink by themselves, times the learning rate."),
    )

    def numbers(self, settings: Settings, learning_rate: float, step: int) -> dict[str, float]:
        decay = -learning_rate * settings["weight_decay"]
        return {**super().numbers(settings, learning_rate, step), "decay": decay}

    def bind(self, desk: Desk, settings: Settings, block: Block) -> None:
        super().bind(desk, settings, block)
        assert block.decayed is not None
        desk.call(np.multiply, block.decayed, block.number["decay"], block.decayed)
        desk.call(np.add, block.update, block.decayed, block.update)


class RmsProp:
    """v ← ρ v + (1 - ρ) g²; Δ = -η g/(√v + ε), with momentum u ← μ u + g/(√v + ε), Δ = -η u (Hinton 2012)."""

    fields = (
        Field("learning_rate", 1e-3, 1e-8, 100.0, LEARNING_RATE),
        Field("rho", 0.99, 0.0, 0.9999, "How long the mean of the squared gradient remembers."),
        Field("momentum", 0.0, 0.0, 0.9999, "Share of the last update that is kept."),
        EPSILON,
    )

    def slots(self, settings: Settings) -> tuple[str, ...]:
        return ("square", "velocity") if settings["momentum"] > 0 else ("square",)

    def numbers(self, settings: Settings, learning_rate: float, step: int) -> dict[str, float]:
        return {"rate": -learning_rate}

    def bind(self, desk: Desk, settings: Settings, block: Block) -> None:
        gradient, update, square = block.gradient, block.update, block.slots["square"]
        desk.call(np.multiply, square, desk.constant(settings["rho"]), square)
        desk.call(np.multiply, gradient, gradient, update)
        desk.call(np.multiply, update, desk.constant(1 - settings["rho"]), update)
        desk.call(np.add, square, update, square)
        _divide_by_root(desk, gradient, square, settings["epsilon"], update)
        if settings["momentum"] > 0:
            velocity = block.slots["velocity"]
            desk.call(np.multiply, velocity, desk.constant(settings["momentum"]), velocity)
            desk.call(np.add, velocity, update, velocity)
            desk.call(np.multiply, velocity, block.number["rate"], update)
        else:
            desk.call(np.multiply, update, block.number["rate"], update)


class AdaGrad:
    """s ← s + g²; Δ = -η g/(√s + ε) (Duchi et al. 2011)."""

    fields = (
        Field("learning_rate", 0.01, 1e-8, 100.0, LEARNING_RATE),
        Field("epsilon", 1e-10, 1e-12, 1.0, "Keeps the division finite where gradients vanish."),
    )

    def slots(self, settings: Settings) -> tuple[str, ...]:
        return ("square",)

    def numbers(self, settings: Settings, learning_rate: float, step: int) -> dict[str, float]:
        return {"rate": -learning_rate}

    def bind(self, desk: Desk, settings: Settings, block: Block) -> None:
        gradient, update, square = block.gradient, block.update, block.slots["square"]
        desk.call(np.multiply, gradient, gradient, update)
        desk.call(np.add, square, update, square)
        _divide_by_root(desk, gradient, square, settings["epsilon"], update)
        desk.call(np.multiply, update, block.number["rate"], update)


class AdaDelta:
    """v ← ρ v + (1 - ρ) g²; d = g √(u + ε)/√(v + ε); u ← ρ u + (1 - ρ) d²; Δ = -η d (Zeiler 2012, algorithm 1)."""

    fields = (
        Field("learning_rate", 1.0, 1e-8, 100.0, "A factor of the step that the rule finds; 1 is the paper's."),
        Field("rho", 0.9, 0.0, 0.9999, "How long the two running means remember."),
        Field("epsilon", 1e-6, 1e-12, 1.0, "Starts the first steps, and keeps the division finite."),
    )

    def slots(self, settings: Settings) -> tuple[str, ...]:
        return ("square", "moved")

    def numbers(self, settings: Settings, learning_rate: float, step: int) -> dict[str, float]:
        return {"rate": -learning_rate}

    def bind(self, desk: Desk, settings: Settings, block: Block) -> None:
        gradient, update = block.gradient, block.update
        square, moved = block.slots["square"], block.slots["moved"]
        rho, rest = desk.constant(settings["rho"]), desk.constant(1 - settings["rho"])
        epsilon, part = desk.constant(settings["epsilon"]), desk.transient(*gradient.shape)
        desk.call(np.multiply, square, rho, square)
        desk.call(np.multiply, gradient, gradient, update)
        desk.call(np.multiply, update, rest, update)
        desk.call(np.add, square, update, square)
        desk.call(np.add, moved, epsilon, update)
        desk.call(np.add, square, epsilon, part)
        desk.call(np.divide, update, part, update)
        desk.call(np.sqrt, update, update)
        desk.call(np.multiply, update, gradient, update)
        desk.call(np.multiply, moved, rho, moved)
        desk.call(np.multiply, update, update, part)
        desk.call(np.multiply, part, rest, part)
        desk.call(np.add, moved, part, moved)
        desk.call(np.multiply, update, block.number["rate"], update)


def _divide_by_root(desk: Desk, gradient: Array, square: Array, epsilon: float, out: Array) -> None:
    """Take down out = g/(√s + ε)."""
    desk.call(np.sqrt, square, out)
    desk.call(np.add, out, desk.constant(epsilon), out)
    desk.call(np.divide, gradient, out, out)


OPTIMIZERS: Mapping[str, Optimizer] = {
    "adam": Adam(),
    "adamw": AdamW(),
    "sgd": Sgd(),
    "rmsprop": RmsProp(),
    "adagrad": AdaGrad(),
    "adadelta": AdaDelta(),
}


def optimizer_settings(entry: Mapping[str, object]) -> dict[str, float]:
    """Return all settings of an experiment's ``optimizer`` entry, defaults filled in.

    Raises
    ------
    ValueError
        For an unknown type or a setting out of range.
    """
    name = str(entry["type"])
    settings = checked_numbers(name, OPTIMIZERS[name].fields, entry)
    if settings.get("nesterov") and not settings["momentum"]:
        raise ValueError("sgd: nesterov needs a momentum above 0: set momentum, 0.9 is usual, or switch nesterov off")
    return settings


def update_at_once(entry: Mapping[str, object], gradients: Array, start: Array) -> Array:
    """Return where the rule goes from `start` (n,), given the gradients of its steps (T, n): (T, n).

    The gradients do not depend on where it is: this is for pictures and tests of the rule itself. All of `start` counts
    as weights.
    """
    rule, settings = OPTIMIZERS[str(entry["type"])], optimizer_settings(entry)
    desk, theta = Desk(Calls(), start.dtype.name), start.copy()
    numbers = {name: np.zeros((), start.dtype) for name in rule.numbers(settings, 1.0, 1)}
    slots = {name: np.zeros_like(start) for name in rule.slots(settings)}
    block = Block(np.zeros_like(start), np.zeros_like(start), slots, np.zeros_like(start), numbers)
    rule.bind(desk, settings, block)
    path = []
    for step, gradient in enumerate(gradients, 1):
        for name, value in rule.numbers(settings, settings["learning_rate"], step).items():
            numbers[name][...] = value
        block.gradient[...] = gradient
        np.copyto(block.decayed, theta) if block.decayed is not None else None
        desk.call.replay()
        theta += block.update
        path.append(theta.copy())
    return np.array(path)
