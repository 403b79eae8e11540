"""Hidden units on their way: what each responds to, at every kept moment, all on one map.

A unit is the vector of its responses to the probe examples. Two units are as far apart as they correlate little:
√(2 (1 - r)) is the distance between the vectors once each is standardized over the examples, as M-PHATE does, so that
the scale of a layer does not matter and its sign does. One map holds all units at all moments, so that each unit draws
a line. Here the joint map is by principal components (which is classical scaling of that distance) or by t-SNE: M-PHATE
itself goes on to a kernel over moments and units and its diffusion, which is left out, because the plain distances
can be checked and their map has a share of variance to be printed under it. Source of the idea: Gigante et al. 2019,
"Visualizing the PHATE of neural networks".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from diagnostics.embedding.spectral import principal_axes
from diagnostics.projection import Interrupted, Report, trustworthiness, tsne
from diagnostics.representations import Moments, go_on
from diagnostics.run import AnyArray
from diagnostics.seed_spread import Floats
from models.arrays import stream

Method = Literal["pca", "tsne"]
MOST_POINTS = 1500  # units × moments on the map
SILENT = 1e-6  # standard deviation over the largest response: a unit that varies less responds to nothing
N_COMPONENTS = 50  # in which t-SNE seeks neighbours


@dataclass(frozen=True, eq=False)
class UnitTrajectoriesReport:
    """One point for each unit and moment; unit after unit, each in the order of its moments.

    Attributes
    ----------
    points : array (n, 2)
    layer : array (n,) of int
        The place in `layers`.
    unit, step : array (n,) of int
    preferred : array (n,) of int
        The class to which the unit responds most at its last moment, on average; -1 where there are no classes.
    layers, class_names : tuple of str
    kept : dict of array (units,)
        Of each layer: the correlation of each unit's responses before training with those at the end; NaN for a unit
        that is silent at one of them.
    n_units : dict of int
        How many units each layer has; a part of them may be drawn.
    n_silent : int
        Moments of units that respond the same to every example, and so have no place.
    explained : tuple of float
    trust : float
    steps : tuple of int
    seed : int
    method, run_id : str
    n_examples : int
    """

    points: Floats
    layer: NDArray[np.int64]
    unit: NDArray[np.int64]
    step: NDArray[np.int64]
    preferred: NDArray[np.int64]
    layers: tuple[str, ...]
    class_names: tuple[str, ...]
    kept: dict[str, Floats]
    n_units: dict[str, int]
    n_silent: int
    explained: tuple[float, ...]
    trust: float
    steps: tuple[int, ...]
    seed: int
    method: str
    run_id: str
    n_examples: int


def unit_trajectories(
    moments: Moments,
    layers: Sequence[str] = (),
    seed: int | None = None,
    *,
    method: Method = "pca",
    progress: Report = go_on,
) -> UnitTrajectoriesReport:
    """Return the map of the units of some layers of one seed.

    Parameters
    ----------
    moments : Moments
    layers : sequence of str
        All hidden ones if none is given. Of so many units that the map would be crowded some are drawn, always the
        same ones, of each layer as many as there is room for.
    seed : int, optional
    method : str
        "pca" or "tsne".
    progress : callable
        Is told the share that is done; returns whether to go on.

    Raises
    ------
    ValueError
        For an unknown layer, method or seed, or if no unit responds to anything.
    Interrupted
        If `progress` returned False.
    """
    if method not in ("pca", "tsne"):
        raise ValueError(f"the method must be 'pca' or 'tsne', not {method!r}")
    names = tuple(layers) or moments.hidden_layers
    if unknown := [name for name in names if name not in moments.layers]:
        raise ValueError(f"there is no layer {unknown[0]!r}: choose one of {', '.join(moments.layers)}")
    if not names:
        raise ValueError("the network has no hidden layer, and so no hidden units")
    row = moments.row(seed)
    places = [place for place in range(len(moments.steps)) if moments.is_there[place, row]]
    said, widths = _responses(moments, names, row, places, progress)
    kept = {name: (said[name][0] * said[name][-1]).sum(axis=1) for name in names}
    rows = np.concatenate([said[name].swapaxes(0, 1).reshape(-1, len(moments.x)) for name in names])
    of_layer, unit, step = _indices(names, said, [moments.steps[place] for place in places], widths)
    preferred = np.concatenate([np.repeat(_preferred(said[name][-1], moments), len(places)) for name in names])
    there = np.isfinite(rows).all(axis=1)
    if there.sum() < 2:
        raise ValueError("no unit responds differently to different examples, so there is nothing to map")
    rows = rows[there]
    path = np.unique(np.stack([of_layer, unit], axis=1)[there], axis=0, return_inverse=True)[1].ravel()
    points, explained = _embedded(rows, path, method, lambda share: progress(0.3 + 0.65 * share))
    trust = trustworthiness(rows, points)
    progress(1.0)
    return UnitTrajectoriesReport(
        points=points, layer=of_layer[there], unit=unit[there], step=step[there], preferred=preferred[there],
        layers=names, class_names=moments.class_words, kept=kept, n_units=widths, n_silent=int((~there).sum()),
        explained=explained, trust=trust, steps=tuple(moments.steps[place] for place in places),
        seed=moments.seeds[row], method=method, run_id=moments.run_id, n_examples=len(moments.x),
    )  # fmt: skip


def standardized(responses: AnyArray) -> Floats:
    """Return each unit's responses (units, P) less their mean, at length 1: inner products are correlations.

    NaN for a unit that responds the same to every example.
    """
    values = np.asarray(responses, np.float64)
    centered = values - values.mean(axis=1, keepdims=True)
    length = np.linalg.norm(centered, axis=1, keepdims=True)
    floor = SILENT * np.sqrt(values.shape[1]) * np.abs(values).max(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(length > floor, centered / length, np.nan)


def drawn_units(n_units: int, most: int, layer: str) -> NDArray[np.int64]:
    """Return which units of a layer are looked at, ascending: all, or `most` of them, always the same."""
    if n_units <= most:
        return np.arange(n_units)
    return np.sort(stream(0, "units", layer).permutation(n_units)[:most]).astype(np.int64)


def _most(names: Sequence[str], n_moments: int) -> int:
    return max(1, MOST_POINTS // (len(names) * n_moments))


def _responses(
    moments: Moments, names: Sequence[str], row: int, places: Sequence[int], progress: Report
) -> tuple[dict[str, Floats], dict[str, int]]:
    """Of each layer the standardized responses of the drawn units (T, units, P), and how many units there are."""
    found: dict[str, list[Floats]] = {name: [] for name in names}
    widths: dict[str, int] = {}
    for number, place in enumerate(places):
        if not progress(0.3 * number / len(places)):
            raise Interrupted
        for name, values in moments.read(place, row, names).items():
            widths[name] = values.shape[-1]
            one = values.reshape(len(values), -1, widths[name]).mean(axis=1)  # over the positions, if there are any
            found[name].append(standardized(one[:, drawn_units(widths[name], _most(names, len(places)), name)].T))
    return {name: np.stack(moments_of) for name, moments_of in found.items()}, widths


def _indices(
    names: Sequence[str], said: dict[str, Floats], steps: Sequence[int], widths: dict[str, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    layer, unit, step = [], [], []
    for number, name in enumerate(names):
        n_moments, n_units = said[name].shape[:2]
        layer.append(np.full(n_moments * n_units, number))
        unit.append(np.repeat(drawn_units(widths[name], _most(names, n_moments), name), n_moments))
        step.append(np.tile(np.array(steps), n_units))
    return np.concatenate(layer), np.concatenate(unit), np.concatenate(step)


def _preferred(responses: Floats, moments: Moments) -> NDArray[np.int64]:
    """Of each unit (units, P) the class with the largest mean response; -1 without classes, or if it is silent."""
    labels = moments.labels
    if labels is None:
        return np.full(len(responses), -1)
    classes = np.unique(labels)
    means = np.stack([responses[:, labels == label].mean(axis=1) for label in classes], axis=1)
    return np.where(np.isfinite(means).all(axis=1), classes[np.nan_to_num(means).argmax(axis=1)], -1)


def _embedded(
    rows: Floats, path: NDArray[np.int64], method: Method, progress: Report
) -> tuple[Floats, tuple[float, ...]]:
    """Points (n, 2) and the axes' shares; `path` (n,) numbers the units, whose rows stand together."""
    starts = np.flatnonzero(np.diff(path, prepend=-1))
    ends = np.append(starts[1:], len(path)) - 1
    k = 2 if method == "pca" else max(2, min(N_COMPONENTS, *rows.shape))
    axes = principal_axes(rows, k, starts, ends)
    if method == "tsne":
        return tsne(axes(rows), 0, progress), ()
    if not progress(0.5):
        raise Interrupted
    return axes(rows), tuple(float(share) for share in axes.shares)
