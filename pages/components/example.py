"""The ready example: two spirals and a network that can learn them, so that there is something to see at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pages.components import frame, owner

if TYPE_CHECKING:
    from models import Experiment

DATA = "two_spirals"
NAME = "Two spirals"


def example_experiment() -> Experiment:
    """Return the settings of the example: three tanh layers of 32 units, Adam, five seeds; a few seconds to watch."""
    from models import Experiment

    layer = {"type": "dense", "units": 32, "activation": "tanh"}
    return Experiment(
        layers=(layer, layer, layer), optimizer={"type": "adam", "learning_rate": 5e-3}, batch_size=32, epochs=800
    )


def start_example() -> str:
    """Start the example in the background for this browser and return the id of its run."""
    from datasets import load_dataset
    from runs.jobs import registry

    run_id = registry().train(
        example_experiment(), load_dataset(DATA), store=frame.store(), owner=owner.current(), name=NAME
    )
    frame.choose_run(run_id)
    return run_id
