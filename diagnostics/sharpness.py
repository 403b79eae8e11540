"""How sharply the loss curves where the training is, beside what its learning rate allows.

The sharpness is the largest eigenvalue λ of the Hessian of the training loss, on up to 500 training examples. Descent
with the rate η along a direction of curvature λ multiplies the distance from the lowest point by 1 - ηλ at each update,
so that it grows from λ = 2/η on; with momentum β from 2(1 + β)/η on, after Nesterov from 2(1 + β)/(η(1 + 2β)) on.
Source: Cohen et al. 2021, "Gradient descent on neural networks typically occurs at the edge of stability", section 2
and appendix B. For other optimizers the limit depends on their own scaling of the gradient, and none is stated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diagnostics.curvature import MOST_EXAMPLES, Curvature
from diagnostics.run import AnyArray, Run
from diagnostics.seed_spread import Floats, Spread, spread_over_seeds
from models.arrays import Array, Targets
from models.experiment import Experiment
from models.network import Network
from models.training_state import TrainingState

SERIES = "sharpness/largest_eigenvalue"
MOMENTS = 8


@dataclass(frozen=True, eq=False)
class SharpnessReport:
    """The sharpness over training.

    Attributes
    ----------
    steps : array (T,)
    spread : Spread
        Of λ, (T,) over the seeds.
    limit : array (T,) or None
        From where on descent is unstable along that direction, at the rate of each step; None where it is not known.
    ratio : Spread or None
        λ/limit: 1 is the edge.
    rule : str
        The limit as a formula.
    n_examples : int
        The most that are looked at.
    """

    steps: NDArray[np.int64]
    spread: Spread
    limit: Floats | None
    ratio: Spread | None
    rule: str
    n_examples: int
    run_id: str
    n_seeds: int


def sharpness(run: Run) -> SharpnessReport:
    """Return the sharpness as it was recorded; empty if it was not."""
    series = run.series.get(SERIES)
    n_seeds = len(run.experiment.seeds)
    if series is None:
        return sharpness_report(run, np.empty(0, np.int64), np.empty((0, n_seeds)))
    return sharpness_report(run, series.steps, series.values)


def sharpness_report(run: Run, steps: NDArray[np.int64], values: AnyArray) -> SharpnessReport:
    """Return the report of eigenvalues (T, R) at some steps of a run."""
    rates, numbers = run.series.get("learning_rate"), np.asarray(values, np.float64)
    factor, rule = stability_limit(run.experiment)
    limit = None
    if factor is not None and rates is not None and len(steps):
        by_step = [float(np.asarray(rates.at(int(step))[1])) for step in steps]
        with np.errstate(divide="ignore"):
            limit = factor / np.array(by_step)
    return SharpnessReport(
        steps=steps,
        spread=spread_over_seeds(numbers),
        limit=limit,
        ratio=None if limit is None else spread_over_seeds(numbers / limit[:, None]),
        rule=rule,
        n_examples=min(MOST_EXAMPLES, int(str(run.info.get("n_train", MOST_EXAMPLES)))),
        run_id=run.id,
        n_seeds=len(run.experiment.seeds),
    )


def stability_limit(experiment: Experiment) -> tuple[float | None, str]:
    """Return the number that, divided by the learning rate, is the largest stable curvature, and its formula.

    None for optimizers other than descent with or without momentum, and where layers have rates of their own.
    """
    settings = experiment.optimizer
    if settings["type"] != "sgd" or experiment.layer_rates:
        return None, ""
    beta = float(str(settings.get("momentum", 0)))
    if not beta:
        return 2.0, "2/η"
    if settings.get("nesterov"):
        return 2 * (1 + beta) / (1 + 2 * beta), "2(1 + β)/(η(1 + 2β))"
    return 2 * (1 + beta), "2(1 + β)/η"


def sharpness_steps(layers: frozenset[int]) -> frozenset[int]:
    """Return up to eight of the steps at which the layers are recorded: first, last, and at equal ranks between."""
    ordered = sorted(layers)
    places = np.linspace(0, len(ordered) - 1, min(MOMENTS, len(ordered)))
    return frozenset(ordered[round(place)] for place in places)


class SharpnessReader:
    """Measures again and again, each time from the same random directions, so that no measurement depends on others.

    Parameters
    ----------
    experiment : Experiment
    network : Network
    x, y : array
        Training examples.
    """

    def __init__(self, experiment: Experiment, network: Network, x: Array, y: Targets) -> None:
        smoothing = experiment.label_smoothing
        self._curvature = Curvature(network, len(experiment.seeds), x, y, smoothing=smoothing)

    def __call__(self, state: TrainingState) -> Array:
        """Return the largest eigenvalue of each seed, (R,), where the training stands; nothing of it is changed."""
        self._curvature.place(state.params, state.buffers)
        return self._curvature.largest_eigenvalue().values
