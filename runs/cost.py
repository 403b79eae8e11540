"""What a training will cost: parameters, steps, arithmetic and a rough time, before it is started.

The time is a rule of thumb (measured on two shared cores, see benchmarks/training.py), good to a factor of about two.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models import Experiment, Network
from models.network import Node
from models.training import planned_steps

if TYPE_CHECKING:
    from datasets import Prepared

SECONDS_TO_RECORD = 0.8  # the layers' statistics, whose number hardly depends on the steps
SECONDS_PER_STEP = 8e-4  # calls of one update, whatever its size, evaluation included
OPERATIONS_PER_SECOND = 8e9  # multiply-adds in float32 in batches of the usual size
PASSES = 3  # forward, backward to the inputs, backward to the weights
PATIENCE = 180.0  # seconds that five seeds may take before fewer are proposed


@dataclass(frozen=True)
class Cost:
    """What one experiment costs: parameters of one seed, updates, multiply-adds per update (all seeds), seconds."""

    n_parameters: int
    steps: int
    operations_per_step: float
    seconds: float
    n_seeds: int


def estimate(experiment: Experiment, data: Prepared) -> Cost:
    """Return the cost of training `experiment` on the training part of `data`."""
    network = Network.build(experiment, data.shape, data.task, data.n_outputs, per_position=data.per_position)
    return cost_of(experiment, network, len(data.train.x))


def cost_of(experiment: Experiment, network: Network, n_train: int) -> Cost:
    """Return the cost of training an experiment's network on so many examples, which need not be there yet."""
    weights = sum(map(_multiplications, network.nodes))
    n_seeds, steps = len(experiment.seeds), planned_steps(experiment, n_train)
    batch = min(experiment.batch_size, n_train)
    operations = float(PASSES * weights * batch * n_seeds)
    seconds = SECONDS_TO_RECORD + steps * per_step(operations)
    return Cost(network.n_parameters, steps, operations, seconds, n_seeds)


def per_step(operations: float) -> float:
    """Return the seconds of one update with so many multiply-adds."""
    return SECONDS_PER_STEP + operations / OPERATIONS_PER_SECOND


def seeds_within_patience(single: Cost) -> int:
    """Return how many seeds fit into `PATIENCE`: 5 where the network is small, else 3, 2 or 1.

    Parameters
    ----------
    single : Cost
        The cost of the experiment with one seed.
    """
    per_seed = single.steps * single.operations_per_step / OPERATIONS_PER_SECOND
    fixed = single.seconds - per_seed
    return next((n for n in (5, 3, 2) if fixed + n * per_seed <= PATIENCE), 1)


def _multiplications(node: Node) -> int:
    """Return the multiply-adds of one example in a node: its weights, as often as there are positions or pixels."""
    weights = sum(math.prod(parameter.shape) for parameter in node.parameters.values() if parameter.is_weight)
    read = node.input_shapes[0]
    return weights * max(math.prod(node.shape[1:]), read[1] if len(read) == 2 else 1)
