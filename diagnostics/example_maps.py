"""The probe examples as one layer sees them, at several moments on one map: how classes come to lie apart.

All moments are embedded jointly, so that their maps have the same axes. Each is centred on its own mean: a shift that
all examples share, as of relu units that grow, would else fill the map and hide what tells the examples apart.

Seeds have no axes in common: the units of one mean nothing to another. They are turned (and mirrored) onto the first
one by orthogonal Procrustes, fitted on their last moments; nothing is stretched. Source: Schönemann 1966, "A
generalized solution of the orthogonal Procrustes problem"; the maps follow Rauber et al. 2017, "Visualizing the hidden
activity of artificial neural networks".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from diagnostics.embedding.spectral import principal_axes
from diagnostics.projection import Interrupted, Report, trustworthiness, tsne
from diagnostics.representations import Moments, chosen_moments, go_on
from diagnostics.run import AnyArray
from diagnostics.seed_spread import Floats
from models.arrays import Array, stream

Method = Literal["pca", "tsne"]
MOST_MOMENTS = {1: 6, 2: 5}  # for so many seeds; fewer of more
MOST_SEEDS = 3
MOST_NUMBERS = 4000  # of a layer, of each example; of a wider one so many are drawn once
N_COMPONENTS = 50  # principal components in which seeds are aligned and neighbours sought
MOST_TRUSTED = 1000  # points whose neighbours are compared


@dataclass(frozen=True, eq=False)
class ExampleMapsReport:
    """One point for each example, at T moments, of R seeds.

    Attributes
    ----------
    points : array (R, T, P, 2)
    steps : array (T,) of int
    seeds : tuple of int
    layer, method : str
    labels : array (P,) of int or None
        The classes of the examples.
    class_names : tuple of str
    targets : array (P,) or None
        The number to be predicted, of a regression of one.
    separation : array (R, T)
        Share of the variance that lies between the classes, in all dimensions of the layer; NaN without classes.
    by_chance : float
        What it would be on average if the classes were dealt out at random.
    explained : tuple of float
        Shares of the two axes (PCA) in the variance around each moment's mean; () for t-SNE.
    held : float
        Share of the variance in the principal components that are looked at.
    alignment : array (R,)
        Share of the first seed's last map (in those components) that each seed's matches; 1 for the first.
    trust : float
        Trustworthiness of the map.
    n_units : int
        Numbers the layer has for each example.
    run_id : str
    """

    points: Floats
    steps: NDArray[np.int64]
    seeds: tuple[int, ...]
    layer: str
    method: str
    labels: NDArray[np.int64] | None
    class_names: tuple[str, ...]
    targets: Floats | None
    separation: Floats
    by_chance: float
    explained: tuple[float, ...]
    held: float
    alignment: Floats
    trust: float
    n_units: int
    run_id: str


def example_maps(
    moments: Moments, layer: str, seeds: Sequence[int] = (), *, method: Method = "pca", progress: Report = go_on
) -> ExampleMapsReport:
    """Return the maps of the probe examples in one layer.

    Parameters
    ----------
    moments : Moments
    layer : str
    seeds : sequence of int
        Up to 3; the first that did not diverge if none is given.
    method : str
        "pca" or "tsne".
    progress : callable
        Is told the share that is done; returns whether to go on.

    Raises
    ------
    ValueError
        For an unknown layer, method or seed, one that diverged, more than 3, or a layer that says the same for every
        example.
    Interrupted
        If `progress` returned False.
    """
    if method not in ("pca", "tsne"):
        raise ValueError(f"the method must be 'pca' or 'tsne', not {method!r}")
    if layer not in moments.layers:
        raise ValueError(f"there is no layer {layer!r}: choose one of {', '.join(moments.layers)}")
    if len(seeds) > MOST_SEEDS:
        raise ValueError(f"at most {MOST_SEEDS} seeds have room beside one another, not {len(seeds)}")
    rows = [moments.row(seed) for seed in seeds] or [moments.row(None)]
    places = chosen_moments(moments, MOST_MOMENTS.get(len(rows), 4))
    for row in rows:
        if not moments.is_there[list(places), row].all():
            raise ValueError(f"seed {moments.seeds[row]} diverged: choose another")
    coordinates, held, separation, n_units = _read(moments, layer, rows, places, progress)
    aligned = [coordinates[0]]
    alignment = np.ones(len(rows))
    for number, other in enumerate(coordinates[1:], start=1):
        rotation, alignment[number] = procrustes_rotation(coordinates[0][-1], other[-1])
        aligned.append(other @ rotation)
    joint = np.concatenate([one.reshape(-1, one.shape[-1]) for one in aligned])
    points, explained = _embedded(joint, method, len(moments.x), lambda share: progress(0.4 + 0.55 * share))
    some = np.linspace(0, len(joint) - 1, min(len(joint), MOST_TRUSTED)).astype(int)
    trust = trustworthiness(joint[some], points[some])
    progress(1.0)
    labels = moments.labels
    by_chance = float("nan")
    if labels is not None and len(labels) > 1:
        by_chance = (len(np.unique(labels)) - 1) / (len(labels) - 1)
    return ExampleMapsReport(
        points=points.reshape(len(rows), len(places), len(moments.x), 2),
        steps=np.array([moments.steps[place] for place in places]),
        seeds=tuple(moments.seeds[row] for row in rows),
        layer=layer, method=method, labels=labels, class_names=moments.class_words, targets=_targets(moments),
        separation=separation, by_chance=by_chance, explained=tuple(share * held for share in explained), held=held,
        alignment=alignment, trust=trust, n_units=n_units, run_id=moments.run_id,
    )  # fmt: skip


def procrustes_rotation(onto: Floats, rows: Floats) -> tuple[Floats, float]:
    """Return the orthogonal matrix (k, k) that turns `rows` (n, k) onto `onto`, and how well it does, 0 to 1.

    Both are centred first. Of M = YᵀX = U S Vᵀ the rotation is U Vᵀ; the match is (Σ S)² / (‖X‖² ‖Y‖²), what is left
    once the scale is chosen best being 1 less it.
    """
    x, y = onto - onto.mean(axis=0), rows - rows.mean(axis=0)
    left, sizes, right = np.linalg.svd(y.T @ x)
    size = float(np.square(x).sum() * np.square(y).sum())
    return np.asarray(left @ right), float(sizes.sum() ** 2 / size) if size > 0 else float("nan")


def between_share(rows: AnyArray, labels: NDArray[np.int64]) -> float:
    """Return the share, 0 to 1, of the variance of rows (n, d) that lies between the means of the classes.

    Σ_c n_c ‖m_c - m‖² / Σ_i ‖x_i - m‖²; NaN if all rows are equal.
    """
    centered = np.asarray(rows, np.float64) - np.asarray(rows, np.float64).mean(axis=0)
    total = float(np.square(centered).sum())
    between = sum(
        float(np.square(centered[labels == label].mean(axis=0)).sum()) * int((labels == label).sum())
        for label in np.unique(labels)
    )
    return between / total if total > 0 else float("nan")


def _read(
    moments: Moments, layer: str, rows: Sequence[int], places: Sequence[int], progress: Report
) -> tuple[list[Floats], float, Floats, int]:
    """Of each seed the principal components (T, P, k), what share they hold at least, the separation, the width."""
    labels, n = moments.labels, len(moments.x)
    separation = np.full((len(rows), len(places)), np.nan)
    coordinates, held, width = [], 1.0, 0
    for number, row in enumerate(rows):
        said = []
        for t, place in enumerate(places):
            if not progress(0.4 * (number * len(places) + t) / (len(rows) * len(places))):
                raise Interrupted
            values = moments.read(place, row, [layer])[layer].reshape(n, -1)
            width = values.shape[1]
            if labels is not None:
                separation[number, t] = between_share(values, labels)
            some = _fewer(values).astype(np.float64)
            said.append(some - some.mean(axis=0))
        joint = np.concatenate(said)
        if not np.isfinite(joint).all() or not np.ptp(joint, axis=0).max() > 0:
            raise ValueError(f"{layer} says the same for every example (seed {moments.seeds[row]}): choose another")
        k = min(N_COMPONENTS, *joint.shape)
        axes = principal_axes(joint, k, np.arange(n), np.arange(len(joint) - n, len(joint)))
        coordinates.append(axes(joint).reshape(len(places), n, k))
        held = min(held, float(axes.shares.sum()))
    return coordinates, held, separation, width


def _fewer(values: Array) -> Array:
    if values.shape[1] <= MOST_NUMBERS:
        return values
    return values[:, np.sort(stream(0, "example maps").permutation(values.shape[1])[:MOST_NUMBERS])]


def _embedded(joint: Floats, method: Method, n_examples: int, progress: Report) -> tuple[Floats, tuple[float, ...]]:
    if method == "tsne":
        return tsne(joint, 0, progress), ()
    if not progress(0.5):
        raise Interrupted
    ends = np.arange(len(joint) - n_examples, len(joint))
    axes = principal_axes(joint, 2, np.arange(n_examples), ends)
    return axes(joint), tuple(float(share) for share in axes.shares)


def _targets(moments: Moments) -> Floats | None:
    y = np.asarray(moments.y)
    if moments.task != "regression" or y.size != len(moments.x):
        return None
    return y.reshape(-1).astype(np.float64)
