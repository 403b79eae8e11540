"""What a training will cost: parameters, steps, arithmetic and a rough time, before it is started.

The time is a rule of thumb in four parts: updates, evaluations, the layers' statistics, and what is always needed. Its
constants were measured as processor time on two shared cores (`python -m benchmarks.cost`): from half to twice as much
on a machine that does nothing else, and up to `BUSY` times as long where others work beside it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from diagnostics.recording.probes import MOST_PROBES
from diagnostics.recording.reading import MOST_EVALUATED
from diagnostics.recording.schedule import standard_schedule
from models import Experiment, Network
from models.network import Node
from models.training import planned_steps, steps_per_epoch

if TYPE_CHECKING:
    from datasets import Prepared

SECONDS_TO_BEGIN = 0.5  # data, files, the first compilation
SECONDS_PER_STEP = 1e-4  # calls around an update, whatever its size
SECONDS_PER_NODE = 8e-6  # calls of one layer in an update
OPERATIONS_PER_SECOND = 3e10  # multiply-adds in float32; three for each weight and example
SECONDS_PER_PARAMETER = 1.5e-9  # of an update: gradient, slot and weight are read and written
SECONDS_PER_UNIT = 5e-9  # one unit, one example, forward and backward: the nonlinearity and its derivative
NORMALIZING = ("batch_norm", "layer_norm")  # mean, variance and the way back through both: 30 calls and 20 passes
SECONDS_PER_NORMALIZATION = 2.5e-5  # of their calls in an update, beyond those of another layer
UNITS_PER_NORMALIZED = 3.0  # a number that is normalized takes as long as so many nonlinearities
SECONDS_PER_STATISTIC = 3e-8  # one number that is sorted and counted
FORWARD_SHARE = 0.4  # of an update's time for one example, which an evaluation takes
UNSEEN_SHARE = 15 / 70  # validation examples to training examples, where they need not be there yet
PASSES = 3  # forward, backward to the inputs, backward to the weights
QUANTITIES = 3  # that are recorded of each unit and of each weight
PATIENCE = 180.0  # seconds that five seeds may take before fewer are proposed
BUSY = 3.0


@dataclass(frozen=True)
class Cost:
    """What one experiment costs.

    Attributes
    ----------
    n_parameters : int
        Of one seed.
    steps : int
        Updates.
    operations_per_step : float
        Multiply-adds of an update, all seeds.
    seconds : float
        On a machine that does little else, all seeds.
    n_seeds : int
    seconds_of_a_seed : float
        By how much each seed lengthens it.
    seconds_per_step : float
        Of one update alone, all seeds.
    """

    n_parameters: int
    steps: int
    operations_per_step: float
    seconds: float
    n_seeds: int
    seconds_of_a_seed: float
    seconds_per_step: float


def estimate(experiment: Experiment, data: Prepared) -> Cost:
    """Return the cost of training `experiment` on the training part of `data`."""
    network = Network.build(experiment, data.shape, data.task, data.n_outputs, per_position=data.per_position)
    return cost_of(experiment, network, len(data.train.x), len(data.validation.x))


def cost_of(experiment: Experiment, network: Network, n_train: int, n_validation: int | None = None) -> Cost:
    """Return the cost of training an experiment's network on so many examples, which need not be there yet."""
    n_seeds, steps = len(experiment.seeds), planned_steps(experiment, n_train)
    batch = min(experiment.batch_size, n_train)
    n_validation = round(UNSEEN_SHARE * n_train) if n_validation is None else n_validation
    operations = float(PASSES * sum(map(_multiplications, network.nodes)))
    units = sum(math.prod(node.shape) * _units_per_number(node) for node in network.nodes)
    per_example = operations / OPERATIONS_PER_SECOND + units * SECONDS_PER_UNIT
    per_step = batch * per_example + network.n_parameters * SECONDS_PER_PARAMETER

    schedule = standard_schedule(steps, steps_per_epoch(experiment, n_train))
    n_evaluated = len(schedule.evaluations) * (min(n_train, MOST_EVALUATED) + n_validation)
    with_weights = [node for node in network.nodes if node.has_weights]
    numbers = min(n_validation or n_train, MOST_PROBES) * sum(math.prod(node.shape) for node in with_weights)
    statistics = len(schedule.layers) * QUANTITIES * (numbers + network.n_parameters)

    of_a_seed = steps * per_step + n_evaluated * FORWARD_SHARE * per_example + statistics * SECONDS_PER_STATISTIC
    n_normalizing = sum(node.type in NORMALIZING for node in network.nodes)
    calls = SECONDS_PER_STEP + len(network.nodes) * SECONDS_PER_NODE + n_normalizing * SECONDS_PER_NORMALIZATION
    return Cost(
        n_parameters=network.n_parameters,
        steps=steps,
        operations_per_step=operations * batch * n_seeds,
        seconds=SECONDS_TO_BEGIN + steps * calls + n_seeds * of_a_seed,
        n_seeds=n_seeds,
        seconds_of_a_seed=of_a_seed,
        seconds_per_step=calls + n_seeds * per_step,
    )


def seeds_within_patience(single: Cost) -> int:
    """Return how many seeds fit into `PATIENCE`: 5 where the network is small, else 3, 2 or 1.

    Parameters
    ----------
    single : Cost
        The cost of the experiment with one seed.
    """
    per_seed = single.seconds_of_a_seed
    fixed = single.seconds - per_seed
    return next((n for n in (5, 3, 2) if fixed + n * per_seed <= PATIENCE), 1)


def _units_per_number(node: Node) -> float:
    return UNITS_PER_NORMALIZED if node.type in NORMALIZING else 1.0


def _multiplications(node: Node) -> int:
    """Return the multiply-adds of one example in a node: its weights, as often as there are positions or pixels."""
    weights = sum(math.prod(parameter.shape) for parameter in node.parameters.values() if parameter.is_weight)
    read = node.input_shapes[0]
    return weights * max(math.prod(node.shape[1:]), read[1] if len(read) == 2 else 1)
