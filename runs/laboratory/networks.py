"""The networks of Glorot & Bengio 2010, section 2.3, at a reduced size and at the paper's.

Arms of several experiments are the same network with the same label: it is trained once and read by all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.experiment import Experiment
from runs.laboratory.entry import Arm

SHAPESET, DIGITS = "shapeset", "digits"
DIGITS_EXTENT = ((8, 8, 1), 10, 1258)  # shape of an example, classes, training examples
STANDARD, NORMALIZED = "standard", "glorot_uniform"
INITIALIZATION = {STANDARD: "standard", NORMALIZED: "normalized"}
BATCH = 10
TRAINING_SHARE = 0.7
LONG = "5 million updates, learning rate chosen on validation images (its grid is not printed; 0.05 is ours)"


@dataclass(frozen=True)
class Scale:
    """How large and how long: units of a layer, updates, learning rate, seeds, images to begin with."""

    width: int
    updates: int
    rate: float
    seeds: tuple[int, ...]
    images: int

    @property
    def epochs(self) -> int:
        """So many passes over the training part that the updates end the training."""
        per_epoch = int(TRAINING_SHARE * self.images) // BATCH - 1
        return self.updates // per_epoch + 2


REDUCED = Scale(width=100, updates=10_000, rate=0.05, seeds=(0, 1, 2), images=6000)
PAPER = Scale(width=1000, updates=5_000_000, rate=0.05, seeds=(0,), images=60_000)
REDUCED_WORDS = (
    "100 units in each layer instead of 1000, 10 000 updates of 10 new images instead of 5 million, three "
    "seeds, learning rate"
)


def network(activation: str, initializer: str, scale: Scale, depth: int = 5) -> Arm:
    """Return a network of equal layers that learns Shapeset-3×2 by plain gradient descent, each image seen once."""
    layers = [{"type": "dense", "units": scale.width, "activation": activation}] * depth
    experiment = Experiment(
        layers=tuple(layers),
        initializer=initializer,
        optimizer={"type": "sgd", "learning_rate": scale.rate},
        batch_size=BATCH,
        epochs=scale.epochs,
        max_steps=scale.updates,
        seeds=scale.seeds,
    )
    label = f"{activation}, {INITIALIZATION[initializer]}, {depth} × {scale.width}, rate {scale.rate:g}"
    return Arm(label, experiment, SHAPESET, {"n": scale.images, "fresh": 1})


def fresh_network(activation: str, initializer: str, *, width: int, seeds: tuple[int, ...]) -> Arm:
    """Return a network that is looked at before its first update (and once after it)."""
    layers = [{"type": "dense", "units": width, "activation": activation}] * 5
    experiment = Experiment(
        layers=tuple(layers),
        initializer=initializer,
        optimizer={"type": "sgd", "learning_rate": 0.01},
        batch_size=BATCH,
        epochs=1,
        max_steps=1,
        seeds=seeds,
    )
    label = f"{activation}, {INITIALIZATION[initializer]}, fresh, 5 × {width}"
    return Arm(label, experiment, SHAPESET, {"n": 2000, "fresh": 0})
