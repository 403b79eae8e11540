"""How noisy the gradient of a mini-batch is, beside its size: tests, noise scale, and how successive ones agree.

The functions take lengths and inner products of the gradients gᵢ of single examples (of
`diagnostics.recording.example_gradients`, which has them without the gradients) on their last axis, N, and the
squared length of their mean g. What cannot be said (one example, no gradient) is NaN. `gradient_noise` reads what
`diagnostics.recording.noise_reader` recorded.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diagnostics.learning_curves import smoothed
from diagnostics.run import Run
from diagnostics.seed_spread import Floats, Spread, spread_over_seeds
from models.arrays import Array

NETWORK = "gradient_noise"
GSNR_EPSILON = 1e-5  # as in Cockpit (Schneider et al. 2021), so that numbers can be compared
SMOOTHING = 0.9  # of past and present when trace and squared gradient are averaged over recorded steps


def trace(squared_lengths: Array, squared_gradient: Array) -> Floats:
    """Return tr Σ̂ = (Σ‖gᵢ‖² - N‖g‖²)/(N - 1), the summed variance of all elements, unbiased.

    Parameters
    ----------
    squared_lengths : array (…, N)
    squared_gradient : array (…)
        ‖g‖².
    """
    n = squared_lengths.shape[-1]
    if n < 2:
        return np.full(squared_gradient.shape, np.nan)
    total = squared_lengths.sum(axis=-1, dtype=np.float64)
    return np.asarray(np.maximum(total - n * squared_gradient.astype(np.float64), 0.0) / (n - 1))


@np.errstate(all="ignore")
def norm_test(spread: Floats, squared_gradient: Array, n: int) -> Floats:
    """Return θ = √(tr Σ̂/(N‖g‖²)): the norm test holds for every threshold from θ up; below 1 the signal prevails.

    Source: Byrd et al. 2012, equation 3.9.
    """
    return np.asarray(np.sqrt(spread / (n * squared_gradient)))


@np.errstate(all="ignore")
def inner_product_test(products: Array, squared_gradient: Array) -> Floats:
    """Return θ = √(Var(gᵢ·g)/(N‖g‖⁴)): how far the examples disagree along g. For products gᵢ·g, (…, N).

    Source: Bollapragada et al. 2018, equation 2.6 (adaptive sampling, arXiv 1710.11258).
    """
    n = products.shape[-1]
    deviation = products.astype(np.float64) - squared_gradient[..., None]
    variance = np.square(deviation).sum(axis=-1) / (n - 1 if n > 1 else np.nan)
    return np.asarray(np.sqrt(variance / n) / squared_gradient)


@np.errstate(all="ignore")
def orthogonality_test(squared_lengths: Array, products: Array, squared_gradient: Array) -> Floats:
    """Return ν = √((Σ‖gᵢ‖² - Σ(gᵢ·g)²/‖g‖²)/((N - 1) N‖g‖²)): how far they point away from g.

    Source: Bollapragada et al. 2018, equation 3.3.
    """
    n = products.shape[-1]
    along = np.square(products.astype(np.float64)).sum(axis=-1) / squared_gradient
    across = np.maximum(squared_lengths.sum(axis=-1, dtype=np.float64) - along, 0.0)
    return np.asarray(np.sqrt(across / ((n - 1 if n > 1 else np.nan) * n * squared_gradient)))


def signal(spread: Floats, squared_gradient: Array, n: int) -> Floats:
    """Return ‖g‖² - tr Σ̂/N, the unbiased estimate of the squared length of the true gradient; may be negative."""
    return np.asarray(squared_gradient - spread / n, np.float64)


@np.errstate(all="ignore")
def noise_scale(spread: Floats, signal: Floats) -> Floats:
    """Return tr Σ̂/(‖g‖² - tr Σ̂/N), the batch size from which on larger batches bring little.

    NaN where the signal is not positive: the batch was too small to tell. Averages of both over some steps, taken
    before the division, tell more than one step. Source: McCandlish et al. 2018, section 2.2 and appendix A.1.
    """
    return np.where(signal > 0, spread / signal, np.nan)


@np.errstate(all="ignore")
def diversity(squared_lengths: Array, squared_gradient: Array) -> Floats:
    """Return Σ‖gᵢ‖²/‖Σgᵢ‖²: 1/N for N equal gradients, 1 for orthogonal ones.

    Source: Yin et al. 2018, definition 1.
    """
    n = squared_lengths.shape[-1]
    return np.asarray(squared_lengths.sum(axis=-1, dtype=np.float64) / (n**2 * squared_gradient))


@np.errstate(all="ignore")
def mean_cosine(squared_sum: Array, n: int) -> Floats:
    """Return the mean cosine of the angles between two examples, for ‖Σ gᵢ/‖gᵢ‖‖² (…)."""
    return np.asarray((squared_sum - n) / (n * (n - 1 if n > 1 else np.nan)), np.float64)


@np.errstate(all="ignore")
def signal_to_noise(squares: Array, gradient: Array) -> Floats:
    """Return the mean over the elements j of g_j²/(mean_i g_ij² - g_j² + 1e-5), for mean squares and g (…, elements).

    Source: Liu et al. 2020, equation 1; the constant is that of Cockpit.
    """
    signal = np.square(gradient)
    noise = np.subtract(squares, signal)
    np.maximum(noise, 0, out=noise)
    noise += noise.dtype.type(GSNR_EPSILON)
    np.divide(signal, noise, out=signal)
    return np.asarray(signal.mean(axis=-1, dtype=np.float64))


@np.errstate(all="ignore")
def cosine(product: Array, squared: Array, other: Array) -> Floats:
    """Return the cosine of an angle from the inner product and the squared lengths."""
    return np.asarray(product / np.sqrt(squared.astype(np.float64) * other), np.float64)


@dataclass(frozen=True, eq=False)
class NoiseLine:
    """One quantity of one layer, or of the whole network (name ""), over training: steps (T,) and spread (T,)."""

    name: str
    depth: int
    steps: NDArray[np.int64]
    spread: Spread


@dataclass(frozen=True, eq=False)
class GradientNoiseReport:
    """What is known of the noise in the gradient.

    Attributes
    ----------
    norm_test, agreement : tuple of NoiseLine
        √(tr Σ̂/(N‖g‖²)), and the cosine of the angle between the gradients of successive steps: the network first.
    noise_scale : NoiseLine or None
        Of the network, from trace and squared gradient averaged over the recorded steps so far, the newest most.
    batch_size, n_layers : int
    coupled : bool
        Whether batch normalization mixes the examples of a mini-batch, so that they are no independent draws.
    """

    norm_test: tuple[NoiseLine, ...]
    agreement: tuple[NoiseLine, ...]
    noise_scale: NoiseLine | None
    batch_size: int
    n_layers: int
    coupled: bool
    run_id: str
    n_seeds: int


def gradient_noise(run: Run) -> GradientNoiseReport:
    """Return how noisy the gradients of a run were; empty if that was not recorded."""
    return GradientNoiseReport(
        norm_test=_lines(run, "norm_test"),
        agreement=_lines(run, "cosine_of_successive"),
        noise_scale=_noise_scale(run),
        batch_size=run.experiment.batch_size,
        n_layers=len(run.layers),
        coupled=any(entry.get("type") == "batch_norm" for entry in _entries(run.experiment.layers)),
        run_id=run.id,
        n_seeds=len(run.experiment.seeds),
    )


def _lines(run: Run, what: str) -> tuple[NoiseLine, ...]:
    names = {"": NETWORK, **{layer.name: f"{layer.name}/weight_gradient" for layer in run.layers}}
    lines = []
    for depth, (name, head) in enumerate(names.items(), start=-1):
        series = run.series.get(f"{head}/{what}")
        if series is not None and len(series.steps):
            lines.append(NoiseLine(name, depth, series.steps, spread_over_seeds(series.values)))
    return tuple(lines)


def _noise_scale(run: Run) -> NoiseLine | None:
    """Trace and signal averaged over the records before they are divided."""
    spread, signal_ = (run.series.get(f"{NETWORK}/{what}") for what in ("trace", "signal"))
    if spread is None or signal_ is None or not len(spread.steps):
        return None
    parts = [np.asarray(series.values, np.float64) for series in (spread, signal_)]
    means = [np.stack([smoothed(seed, SMOOTHING) for seed in part.T], axis=1) for part in parts]
    return NoiseLine("", -1, spread.steps, spread_over_seeds(noise_scale(means[0], means[1])))


def _entries(layers: object) -> list[dict[str, object]]:
    """All entries of the layers, those within residual blocks, too."""
    assert isinstance(layers, (list, tuple))
    return [inner for entry in layers for inner in (entry, *_entries(entry.get("layers", ())))]
