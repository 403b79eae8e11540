"""Snapshots: what networks answer on the probe examples at moments of their training, of one or several runs together.

A snapshot is one network (one seed of one run) at one step; a path is all snapshots of one network, in order. Maps
(`diagnostics.embedding`) and comparisons of paths take `Snapshots`. Start at `snapshots`.

How many there are: the outputs are recorded at each evaluation (`diagnostics.recording.schedule`), some 130 times in a
training whatever its length; where they are very many numbers, only some 45 times.

Source: Erhan et al. 2010, section 6.3: all outputs on fixed examples, all networks jointly.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from diagnostics.function_distance import features
from diagnostics.run import AnyArray, Run
from diagnostics.seed_spread import Floats
from diagnostics.step_axis import in_unit
from models.arrays import stream

Ints = NDArray[np.int64]
Spacing = Literal["function", "epoch", "recorded"]
AT_MOST = 60
MOST_NUMBERS = 30_000  # of one snapshot
MOST_LETTERS = 40  # of a name


@dataclass(frozen=True, eq=False)
class Snapshots:
    """Outputs of n snapshots, path after path, each in the order of its steps.

    Attributes
    ----------
    outputs : array (n, P, K)
        Probabilities of the classes or labels; of a regression the predictions, in standard deviations of the target.
        Of sequences every position counts as an example.
    task : str
        "classification", "multi_label" or "regression".
    truth : array (P,) or (P, K)
        Classes, labels or targets of the examples.
    path : array (n,) of int
        Which path; paths are numbered from 0, run after run.
    run, seed, step : array (n,) of int
        `run` is the place in `run_ids`.
    epoch : array (n,)
    loss : array (n,)
        Of the validation part, of the training part where there is none; NaN where it was not evaluated.
    run_ids, run_names : tuple of str
        Names are each once: of two runs that are called the same the start of the id stands behind. Long ones are cut.
    ended_early : array (paths,) of bool
        Whether the run went on when this seed had diverged or stopped.
    n_recorded : array (paths,) of int
        How many snapshots of each path are recorded.
    examples : array (P,) of int
        Which of the recorded examples these are; of sequences example · positions + position.
    n_examples : int
        How many examples (and positions) are recorded: more than P where one snapshot would have been more than 30 000
        numbers, of which some, chosen by chance but always the same, stand for all.
    spacing : str
        How those here were chosen.
    """

    outputs: AnyArray
    task: str
    truth: AnyArray
    path: Ints
    run: Ints
    seed: Ints
    step: Ints
    epoch: Floats
    loss: Floats
    run_ids: tuple[str, ...]
    run_names: tuple[str, ...]
    ended_early: NDArray[np.bool_]
    n_recorded: Ints
    examples: Ints
    n_examples: int
    spacing: Spacing = "recorded"

    def __len__(self) -> int:
        """How many snapshots."""
        return len(self.outputs)

    @property
    def n_paths(self) -> int:
        """How many paths."""
        return len(self.n_recorded)

    @property
    def starts(self) -> Ints:
        """Row of the first snapshot of each path."""
        return np.searchsorted(self.path, np.arange(self.n_paths), side="left")

    @property
    def ends(self) -> Ints:
        """Row of the last snapshot of each path."""
        return np.searchsorted(self.path, np.arange(self.n_paths), side="right") - 1

    @property
    def path_run(self) -> Ints:
        """The run of each path, (paths,)."""
        return np.asarray(self.run[self.starts])

    @property
    def path_seed(self) -> Ints:
        """The seed of each path, (paths,)."""
        return np.asarray(self.seed[self.starts])

    def rows(self) -> Iterator[slice]:
        """Yield the rows of each path."""
        for start, end in zip(self.starts, self.ends, strict=True):
            yield slice(int(start), int(end) + 1)

    def take(self, rows: AnyArray) -> Snapshots:
        """Return some of the snapshots, ascending; every path must keep one.

        Raises
        ------
        ValueError
            If a path would be left without snapshots.
        """
        chosen = np.unique(np.asarray(rows, dtype=np.int64))
        if len(np.unique(self.path[chosen])) < self.n_paths:
            raise ValueError("a path would be left without snapshots: take at least one of each")
        names = ("outputs", "path", "run", "seed", "step", "epoch", "loss")
        return replace(self, **{name: getattr(self, name)[chosen] for name in names})


def snapshots(runs: Run | Sequence[Run], *, at_most: int | None = AT_MOST, spacing: Spacing = "function") -> Snapshots:
    """Return the snapshots of one or several runs, all seeds together.

    Parameters
    ----------
    runs : Run or sequence of Run
        Trained on the same data, so that they were recorded on the same probe examples.
    at_most : int, optional
        Of each path; None: all. First and last always count.
    spacing : str
        "function": at equal distances along the path, measured by `diagnostics.function_distance`, so that a network
        that hardly changes any more gives few; "epoch": at equal distances in time; "recorded": every record (then
        `at_most` is left aside). Of the records the nearest to each place is taken, once.

    Raises
    ------
    ValueError
        If there is no run, nothing is recorded, runs cannot be compared (it says which), or for another spacing.
    """
    runs = [runs] if isinstance(runs, Run) else list(runs)
    if spacing not in ("function", "epoch", "recorded"):
        raise ValueError(f"the spacing must be 'function', 'epoch' or 'recorded', not {spacing!r}")
    if at_most is not None and at_most < 2:
        raise ValueError(f"a path needs at least 2 snapshots, its first and its last, not {at_most}")
    if not runs:
        raise ValueError("no run is given: choose at least one")
    for run in runs:
        _check(run, runs[0])
    everything = _joined(runs)
    if spacing == "recorded" or at_most is None:
        return replace(everything, spacing=spacing)
    kept = [rows.start + _spaced(_places(everything, rows, spacing), at_most) for rows in everything.rows()]
    return replace(everything.take(np.concatenate(kept)), spacing=spacing)


def _called(run: Run) -> str:
    return f"{str(run.info.get('name', run.id))!r} ({run.id})"


def _check(run: Run, first: Run) -> None:
    series = run.series.get("probe/output")
    if series is None or len(series.steps) == 0:
        raise ValueError(f"run {_called(run)} has no recorded outputs: let it train, or leave it out")
    if not np.isfinite(np.asarray(series.values[0], dtype=np.float64)).any():
        raise ValueError(f"run {_called(run)} has no finite outputs: leave it out")
    if run is first:
        return
    pair = f"run {_called(run)} cannot be compared with run {_called(first)}"
    tasks = [str(one.info.get("task")) for one in (run, first)]
    if tasks[0] != tasks[1]:
        raise ValueError(f"{pair}: its task is {tasks[0]}, the other's is {tasks[1]}; choose runs of the same data")
    shapes = [one.series["probe/output"].values.shape[2:] for one in (run, first)]
    if shapes[0] != shapes[1]:
        raise ValueError(f"{pair}: its outputs are {shapes[0]}, the other's {shapes[1]}; choose runs of the same data")
    for name in ("probe/x", "probe/y"):
        one, other = run.constants.get(name), first.constants.get(name)
        if one is not None and other is not None and not _equal(one, other):
            raise ValueError(
                f"{pair}: it was recorded on other probe examples; train it again on the same data with the same split "
                "and preparation, or leave it out"
            )


def _equal(one: AnyArray, other: AnyArray) -> bool:
    return one.shape == other.shape and bool(np.array_equal(one, other, equal_nan=one.dtype.kind == "f"))


def _joined(runs: Sequence[Run]) -> Snapshots:
    outputs: list[AnyArray] = []
    numbers: list[tuple[int, int, int]] = []  # run, seed, number of records
    steps, epochs, losses, early = [], [], [], []
    examples, n_examples = _examples(runs[0])
    for index, run in enumerate(runs):
        series = run.series["probe/output"]
        values = series.values.reshape(*series.values.shape[:2], -1, series.values.shape[-1])
        at, loss = in_unit(run, series.steps, "epoch"), _loss(run, series.steps)
        finite = np.asarray(np.isfinite(values).all(axis=(2, 3)))
        for place, seed in enumerate(run.experiment.seeds):
            alive = np.flatnonzero(finite[:, place])
            if not len(alive):
                continue
            outputs.append(values[alive, place][:, examples])
            numbers.append((index, int(seed), len(alive)))
            steps.append(series.steps[alive])
            epochs.append(at[alive])
            losses.append(loss[alive, place])
            early.append(bool(alive[-1] < len(series.steps) - 1))
    table = np.array(numbers, dtype=np.int64)
    first = runs[0]
    return Snapshots(
        outputs=np.concatenate(outputs),
        task=str(first.info.get("task")),
        truth=_truth(first, n_examples)[examples] if "probe/y" in first.constants else np.empty(0),
        path=np.repeat(np.arange(len(table)), table[:, 2]),
        run=np.repeat(table[:, 0], table[:, 2]),
        seed=np.repeat(table[:, 1], table[:, 2]),
        step=np.concatenate(steps),
        epoch=np.concatenate(epochs),
        loss=np.concatenate(losses),
        run_ids=tuple(run.id for run in runs),
        run_names=_told_apart(runs),
        ended_early=np.array(early, dtype=np.bool_),
        n_recorded=table[:, 2],
        examples=examples,
        n_examples=n_examples,
    )


def _short(name: str) -> str:
    return name if len(name) <= MOST_LETTERS else f"{name[: MOST_LETTERS - 1]}…"


def _told_apart(runs: Sequence[Run]) -> tuple[str, ...]:
    called = [_short(str(run.info.get("name", run.id))) for run in runs]
    return tuple(
        name if called.count(name) == 1 else f"{name} · {run.id[:6]}" for name, run in zip(called, runs, strict=True)
    )


def _examples(run: Run) -> tuple[Ints, int]:
    shape = run.series["probe/output"].values.shape
    n, most = math.prod(shape[2:-1]), max(1, MOST_NUMBERS // max(shape[-1], 1))
    chosen = np.arange(n) if n <= most else np.sort(stream(0, "snapshots").permutation(n)[:most])
    return chosen, n


def _truth(run: Run, n_examples: int) -> AnyArray:
    """The truth with one entry for each example and position."""
    truth = run.constants["probe/y"]
    return truth.ravel() if run.info.get("task") == "classification" else truth.reshape(n_examples, -1)


def _loss(run: Run, steps: Ints) -> Floats:
    """The loss of each seed at those steps, (T, R); NaN where there was no evaluation."""
    result = np.full((len(steps), len(run.experiment.seeds)), np.nan)
    series = run.series.get("validation/loss") or run.series.get("train/loss")
    if series is not None and len(series.steps):
        place = np.minimum(np.searchsorted(series.steps, steps), len(series.steps) - 1)
        found = series.steps[place] == steps
        result[found] = series.values[place[found]]
    return result


def _places(everything: Snapshots, rows: slice, spacing: Spacing) -> Floats:
    """Where each snapshot of a path stands on it: its epoch, or the way that the function has gone until then."""
    if spacing == "epoch":
        return everything.epoch[rows]
    moved = np.diff(features(everything.outputs[rows], everything.task), axis=0)
    return np.concatenate([[0.0], np.linalg.norm(moved, axis=1).cumsum()])


def _spaced(places: Floats, at_most: int) -> Ints:
    """Rows nearest to `at_most` equal distances along ascending `places`, each once; first and last with them."""
    targets = np.linspace(places[0], places[-1], at_most)
    right = np.clip(np.searchsorted(places, targets), 1, max(len(places) - 1, 1))
    right = np.minimum(right, len(places) - 1)
    left = np.maximum(right - 1, 0)
    nearest = np.where(targets - places[left] <= places[right] - targets, left, right)
    return np.unique([0, *nearest.tolist(), len(places) - 1]).astype(np.int64)
