"""The loss landscape and the space of weights of a stored run, from its kept states. Start at any of the functions.

Each loads the kept states, the weights before training among them, and calls one analysis of `diagnostics`. Seeds that
diverged are left out. Loading takes longer than a question about it: keep `kept_weights` while choices are changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from diagnostics import curvature_lines as curvatures
from diagnostics import landscape
from diagnostics import loss_plane as planes
from diagnostics import parameter_space as spaces
from diagnostics.curvature import Curvature
from diagnostics.curvature_lines import CurvatureLinesReport
from diagnostics.landscape import LineReport, PathReport
from diagnostics.loss_plane import PlaneReport
from diagnostics.matching import matched
from diagnostics.parameter_space import SymmetryReport, WeightMapReport
from diagnostics.weight_points import MOST_EXAMPLES, TRAINING, Parts, WeightPoints
from models.arrays import Array
from models.network import Network
from models.training import network_for
from runs.fork import kept_states
from runs.launch import training_data

if TYPE_CHECKING:
    from runs.store import RunStore

START = "start"
Progress = Callable[[float], bool]


def _go_on(share: float) -> bool:
    return True


@dataclass(frozen=True, eq=False)
class KeptWeights:
    """All kept states of a run in the order of their steps, the one before training first.

    Attributes
    ----------
    names : tuple of str, T
        "start", "step-000100", "best", "last".
    steps : array (T,) of int
    seeds : tuple of int, R
        Those that did not diverge.
    params : array (T, R, n_parameters)
    buffers : tuple of dict of array (R, …)
        Running means of each state.
    parts : mapping
        The training and the validation part.
    """

    run_id: str
    network: Network
    names: tuple[str, ...]
    steps: NDArray[np.int64]
    seeds: tuple[int, ...]
    params: Array
    buffers: tuple[dict[str, Array], ...]
    parts: Parts

    def row(self, seed: int) -> int:
        """Return the place of a seed.

        Raises
        ------
        ValueError
            If there is no such seed, or it diverged.
        """
        if seed not in self.seeds:
            raise ValueError(f"there is no network of seed {seed}: choose one of {', '.join(map(str, self.seeds))}")
        return self.seeds.index(seed)

    def place(self, name: str) -> int:
        """Return the place of a state.

        Raises
        ------
        ValueError
            If there is no such state.
        """
        if name not in self.names:
            raise ValueError(f"there is no state {name!r}: choose one of {', '.join(self.names)}")
        return self.names.index(name)

    def means(self, place: int, row: int) -> dict[str, Array]:
        """Return the running means of one network, (1, …)."""
        return {name: array[row : row + 1] for name, array in self.buffers[place].items()}

    @property
    def shown(self) -> Array:
        """Examples on which functions are compared: the validation part; the training part, if that is empty."""
        return next(x for x, _ in reversed(list(self.parts.values())) if len(x))


def kept_weights(run_id: str, store: RunStore) -> KeptWeights:
    """Return the kept states of a run; of several at one step the first of best, last, and the others.

    Raises
    ------
    KeyError
        If there is no such run, or its data are gone.
    ValueError
        If no state after the start was kept, or every seed diverged.
    """
    entry = store.entry(run_id)
    kept = kept_states(run_id, store)
    if not kept:
        raise ValueError("this run has kept no states of its weights: train it anew, and some are kept on the way")
    prepared = store.load_data(entry.data_digest)
    data = training_data(prepared)
    network, seeds = network_for(entry.experiment, data), entry.experiment.seeds
    found = {0: (START, network.init(seeds), network.init_buffers(len(seeds)))}
    for one in kept:
        state = store.checkpoint(run_id, one.name)
        if state is not None and state.step > 0 and (state.step not in found or one.name == "last"):
            found[state.step] = (one.name, state.params, state.buffers)
    if len(found) < 2:
        raise ValueError("no state of the weights after the start is kept yet: some are while the network trains")
    steps = sorted(found)
    alive = [k for k in range(len(seeds)) if all(np.isfinite(found[step][1][k]).all() for step in steps)]
    if not alive:
        raise ValueError(
            "every seed of this run diverged, so there is no landscape to look at: train with a lower rate"
        )
    return KeptWeights(
        run_id, network, tuple(found[step][0] for step in steps), np.array(steps, np.int64),
        tuple(seeds[k] for k in alive), np.stack([found[step][1][alive] for step in steps]),
        tuple({name: array[alive] for name, array in found[step][2].items()} for step in steps),
        {TRAINING: (data.x_train, data.y_train), "validation": (data.x_validation, data.y_validation)},
    )  # fmt: skip


def loss_line(
    kept: KeptWeights, first: tuple[str, int], second: tuple[str, int], progress: Progress = _go_on
) -> LineReport:
    """Return the loss between two networks, each given by state and seed; see `diagnostics.landscape.line`.

    Of two seeds also after the hidden units of the second were matched to those of the first.

    Raises
    ------
    ValueError
        If both are the same, or one is not there.
    """
    if first == second:
        raise ValueError("both ends are the same network: choose another state or another seed")
    ends = [(kept.place(name), kept.row(seed)) for name, seed in (first, second)]
    params = tuple(kept.params[end] for end in ends)
    match = None
    if first[1] != second[1]:
        x, _ = kept.parts[TRAINING]
        rows = np.linspace(0, len(x) - 1, min(len(x), MOST_EXAMPLES)).astype(int)
        means = (kept.means(*ends[0]), kept.means(*ends[1]))
        match = matched(kept.network, params[0], params[1], x[rows], means)
        match = match if match.nodes else None
    names = tuple(f"seed {kept.seeds[row]}, step {kept.steps[place]}" for place, row in ends)
    points = WeightPoints(kept.network, kept.parts, n_points=2 * len(landscape.positions_on_a_line()))
    report = landscape.line(points, (params[0], params[1]), (names[0], names[1]), match=match, progress=progress)
    return replace(report, run_id=kept.run_id)


def loss_path(kept: KeptWeights, seed: int, progress: Progress = _go_on) -> PathReport:
    """Return the loss along the kept states of a seed; see `diagnostics.landscape.path`."""
    points = WeightPoints(kept.network, kept.parts, n_points=2 * landscape.PER_SEGMENT * len(kept.steps))
    report = landscape.path(points, kept.params[:, kept.row(seed)], kept.steps, progress)
    return replace(report, seed=seed, run_id=kept.run_id)


def loss_plane(
    kept: KeptWeights,
    seed: int,
    state: str = "last",
    *,
    kind: str = planes.PATH,
    draw: int = 0,
    progress: Progress = _go_on,
) -> PlaneReport:
    """Return the training loss on a plane through a state of a seed; see `diagnostics.loss_plane`."""
    points = WeightPoints(kept.network, {TRAINING: kept.parts[TRAINING]}, n_points=planes.N_SIDE**2)
    report = planes.loss_plane(
        kept.network, points, kept.params[:, kept.row(seed)], kept.steps,
        kind=kind, center=kept.place(state), draw=draw, progress=progress,
    )  # fmt: skip
    return replace(report, seed=seed, run_id=kept.run_id)


def loss_along_curvature(
    kept: KeptWeights, seed: int, state: str = "last", *, n_lines: int = 2, progress: Progress = _go_on
) -> CurvatureLinesReport:
    """Return the training loss along the sharpest directions; see `diagnostics.curvature_lines`."""
    place, row = kept.place(state), kept.row(seed)
    x, y = kept.parts[TRAINING]
    params = kept.params[place, row].astype(np.float64)
    means = {name: array.astype(np.float64) for name, array in kept.means(place, row).items()}
    curvature = Curvature(kept.network, 1, x, y)
    curvature.place(params[None], means)
    rows = np.linspace(0, len(x) - 1, curvature.n_examples).astype(int)
    double = replace(kept.network, dtype="float64")
    points = WeightPoints(double, {TRAINING: (x[rows], y[rows])}, buffers=means)
    report = curvatures.curvature_lines(curvature, points, params, n_lines, progress)
    return replace(report, step=int(kept.steps[place]), seed=seed, run_id=kept.run_id)


def weight_map(kept: KeptWeights, progress: Progress = _go_on) -> WeightMapReport:
    """Return all seeds over the kept states, by weights and by function; see `diagnostics.parameter_space`."""
    report = spaces.weight_map(
        kept.network, kept.params, kept.buffers, kept.shown, steps=kept.steps, seeds=kept.seeds, progress=progress
    )
    return replace(report, run_id=kept.run_id)


def symmetric_copies(kept: KeptWeights, seed: int, draw: int = 0) -> SymmetryReport:
    """Return other weights for the function of a seed's last network; see `diagnostics.parameter_space`."""
    report = spaces.symmetry_report(
        kept.network, kept.params, kept.buffers, kept.shown,
        steps=kept.steps, seeds=kept.seeds, row=kept.row(seed), draw=draw,
    )  # fmt: skip
    return replace(report, run_id=kept.run_id)
