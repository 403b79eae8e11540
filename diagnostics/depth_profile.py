"""One number for each layer, in the order of depth, beside what theory expects of fresh weights.

`depth_profile` reads the standard deviations that a run has recorded; `singular_value_profile` measures the mean
singular value of each layer's Jacobian, which no run records: that of fresh weights can be drawn again at any time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diagnostics.layer_jacobians import affordable_examples, mean_singular_values, spread_examples
from diagnostics.run import Run
from diagnostics.seed_spread import Floats, spread_over_seeds
from diagnostics.theory import MEAN_SINGULAR_VALUE, METHODS, QUANTITIES, Method, TheoryReport, network_of, theory_of_run
from models.arrays import Array


@dataclass(frozen=True, eq=False)
class DepthProfileReport:
    """One number for each layer at one step.

    Attributes
    ----------
    quantity : str
        One of `diagnostics.theory.QUANTITIES`; of all but the last, the standard deviation.
    layers : tuple of str
        Names of the layers, the first first; the last one is "output".
    step : int
        The record it is read from. That of a weight gradient is the update that was made with it: number 1 is the
        gradient of the fresh weights.
    mean, low, high : array (L,)
        Mean over the seeds, less and plus one standard deviation; NaN where nothing is recorded.
    theories : tuple of TheoryReport
        Of fresh weights, whatever the step.
    n_examples : int
        From which a mean singular value was taken; 0 for all other quantities.
    """

    quantity: str
    layers: tuple[str, ...]
    step: int
    mean: Floats
    low: Floats
    high: Floats
    theories: tuple[TheoryReport, ...]
    run_id: str
    n_seeds: int
    n_examples: int = 0


def theories_of_run(run: Run, *, singular_values: bool = True) -> tuple[TheoryReport, ...]:
    """Return what each method of `diagnostics.theory.METHODS` expects. It never changes: a caller may keep it."""
    methods: tuple[Method, ...] = tuple(METHODS)
    return tuple(theory_of_run(run, method, singular_values=singular_values) for method in methods)


def depth_profile(
    run: Run, quantity: str = "activation", step: int | None = 0, theories: tuple[TheoryReport, ...] | None = None
) -> DepthProfileReport:
    """Return the standard deviation of a quantity in every layer at the last record at or before `step`.

    Parameters
    ----------
    run : Run
    quantity : str
        "pre_activation", "activation", "gradient" (∂ℓ_n/∂pre-activation of single examples) or "weight_gradient".
    step : int, optional
        The last record for None; the first one if all are later.
    theories : tuple of TheoryReport, optional
        Those of `theories_of_run` if not given.

    Raises
    ------
    ValueError
        For an unknown quantity.
    """
    if quantity not in QUANTITIES or quantity == MEAN_SINGULAR_VALUE:
        raise ValueError(f"unknown quantity {quantity!r}: use one of {', '.join(QUANTITIES[:-1])}")
    names, rows, at = tuple(layer.name for layer in run.layers), [], 0
    for name in names:
        series = run.series.get(f"{name}/{quantity}/std")
        values: object = np.full(len(run.experiment.seeds), np.nan)
        if series is not None and len(series.steps):
            at, values = series.at(step)
        rows.append(np.asarray(values, np.float64))
    theories = theories_of_run(run) if theories is None else theories
    return _report(run, quantity, np.array(rows), step=at, theories=theories)


def singular_value_profile(
    run: Run,
    params: Array | None = None,
    step: int = 0,
    theories: tuple[TheoryReport, ...] | None = None,
    *,
    n_examples: int = 0,
) -> DepthProfileReport:
    """Return the mean singular value of ∂a/∂(what a layer reads), averaged over some probe examples.

    Layers other than dense ones, and those that read a sequence, have NaN.

    Parameters
    ----------
    run : Run
        With its probe examples.
    params : array (R, n_parameters), optional
        Of a checkpoint; fresh weights if not given, drawn from the run's seeds.
    step : int
        That of the checkpoint.
    theories : tuple of TheoryReport, optional
        Those of `theories_of_run` if not given.
    n_examples : int
        Probe examples at which it is taken; 0: as many as take some seconds, at least one.

    Raises
    ------
    ValueError
        If the run has no probe examples.
    """
    if "probe/x" not in run.constants:
        raise ValueError("the run has no probe examples, which the Jacobian is taken at")
    network = network_of(run)
    weights = network.init(run.experiment.seeds) if params is None else params
    n_examples = n_examples or affordable_examples(network, len(weights))
    x = spread_examples(np.asarray(run.constants["probe/x"], np.float32), n_examples)
    measured = mean_singular_values(network, weights, x)
    rows = [measured.get(layer.name, np.full(len(weights), np.nan)) for layer in run.layers]
    theories = theories_of_run(run) if theories is None else theories
    return _report(run, MEAN_SINGULAR_VALUE, np.array(rows), step=step, theories=theories, n_examples=len(x))


def _report(
    run: Run,
    quantity: str,
    rows: Floats,
    *,
    step: int,
    theories: tuple[TheoryReport, ...],
    n_examples: int = 0,
) -> DepthProfileReport:
    spread = spread_over_seeds(rows.reshape(len(rows), len(run.experiment.seeds)))
    return DepthProfileReport(
        quantity,
        tuple(layer.name for layer in run.layers),
        step,
        spread.mean,
        spread.low,
        spread.high,
        theories,
        run.id,
        len(run.experiment.seeds),
        n_examples,
    )
