"""On how many examples two networks answer differently: between seeds, between runs, over training, and on which.

Two networks may be equally good and yet err on different examples; then they are different functions.

Source: Fort, Hu & Lakshminarayanan 2019.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diagnostics.run import AnyArray
from diagnostics.seed_spread import Floats, Spread, spread_over_seeds
from diagnostics.snapshots import Ints, Snapshots

THRESHOLD = 0.5  # from which on a label counts as given
MOST_STEPS = 150  # of runs that were recorded at different steps there may be very many


@dataclass(frozen=True, eq=False)
class DisagreementReport:
    """How much networks disagree.

    Attributes
    ----------
    matrix : array (T, paths, paths)
        Share of the probe examples (and labels) on which two networks answer differently, at each step, each network
        as it was last recorded; of a regression the root of the mean square difference, in standard deviations of the
        target. NaN for a path that has diverged or stopped while its run went on.
    final : array (paths, paths)
        The same between the last records of the paths.
    spread : Spread
        Mean and standard deviation over the pairs at each step, (T,); its `n` counts pairs.
    steps, epochs : array (T,)
        Where any path is recorded, of more than 150 steps so many, evenly chosen; a step of several runs has the mean
        of their epochs.
    example : array (P,)
        Of each probe example the share of the pairs that disagree on it at the end (regression: the root of the mean
        square difference).
    most : array (P,) of int
        The examples, those on which they disagree most first.
    n_classes_given : array (P,) of int
        How many different answers are given at the end; 0 for a regression.
    path_run, path_seed : array (paths,) of int
    task, unit : str
    """

    matrix: Floats
    final: Floats
    spread: Spread
    steps: Ints
    epochs: Floats
    example: Floats
    most: Ints
    n_classes_given: Ints
    path_run: Ints
    path_seed: Ints
    task: str
    unit: str


def disagreement(snapshots: Snapshots) -> DisagreementReport:
    """Return how much networks disagree.

    Parameters
    ----------
    snapshots : Snapshots
        With the spacing "recorded", so that nothing is left out.

    Raises
    ------
    ValueError
        If there are not at least two paths.
    """
    n = snapshots.n_paths
    if n < 2:
        raise ValueError("one network cannot disagree: choose a run with several seeds, or several runs")
    answers = _answers(snapshots.outputs, snapshots.task)
    steps = np.unique(snapshots.step)
    if len(steps) > MOST_STEPS:
        steps = steps[np.unique(np.linspace(0, len(steps) - 1, MOST_STEPS).astype(int))]
    newest = newest_rows(snapshots, steps)
    matrix = np.full((len(steps), n, n), np.nan)
    for index, rows in enumerate(newest):
        paths = np.flatnonzero(rows >= 0)
        matrix[index][np.ix_(paths, paths)] = _matrix(answers[rows[paths]], snapshots.task)
    epochs = np.array([snapshots.epoch[snapshots.step == step].mean() for step in steps])
    last = answers[snapshots.ends]
    first, second = np.triu_indices(n, 1)
    example = _by_example(last, snapshots.task)
    return DisagreementReport(
        matrix=matrix,
        final=_matrix(last, snapshots.task),
        spread=spread_over_seeds(matrix[:, first, second]),
        steps=steps,
        epochs=epochs,
        example=example,
        most=np.argsort(-example, kind="stable"),
        n_classes_given=_n_given(last, snapshots.task),
        path_run=snapshots.path_run,
        path_seed=snapshots.path_seed,
        task=snapshots.task,
        unit="standard deviations of the target" if snapshots.task == "regression" else "share of the probe examples",
    )


def newest_rows(snapshots: Snapshots, steps: Ints) -> Ints:
    """Return the row of each path's last record at or before each step, (T, paths); -1 where the path is not there."""
    result = np.full((len(steps), snapshots.n_paths), -1, dtype=np.int64)
    for number, path in enumerate(snapshots.rows()):
        own = snapshots.step[path]
        is_there = (steps >= own[0]) & ((steps <= own[-1]) | ~snapshots.ended_early[number])
        result[is_there, number] = path.start + np.searchsorted(own, steps[is_there], side="right") - 1
    return result


def _answers(outputs: AnyArray, task: str) -> AnyArray:
    """What is answered, (n, P, …): the likeliest class (n, P, 1), the labels given, or the numbers themselves."""
    if task == "regression":
        return np.asarray(outputs, dtype=np.float64)
    if task == "multi_label":
        return (np.asarray(outputs, dtype=np.float64) > THRESHOLD).astype(np.int64)
    return np.asarray(outputs.argmax(axis=2))[:, :, None]


def _matrix(answers: AnyArray, task: str) -> Floats:
    result = np.zeros((len(answers), len(answers)))
    for i, one in enumerate(answers):
        others = answers[i:]
        if task == "regression":
            result[i, i:] = np.sqrt(np.square(others - one).mean(axis=(1, 2)))
        else:
            result[i, i:] = (others != one).mean(axis=(1, 2))
    return np.maximum(result, result.T)


def _by_example(answers: AnyArray, task: str) -> Floats:
    """Over all pairs, (P,). The mean square difference of n numbers is 2 n/(n - 1) times their variance; how many pairs
    agree follows from how many networks give each answer.
    """
    n = len(answers)
    if task == "regression":
        return np.asarray(np.sqrt(2 * n / (n - 1) * answers.var(axis=0).mean(axis=1)))
    counts = _counts(answers)
    agreeing = (counts * (counts - 1)).sum(axis=0) / (n * (n - 1))
    return np.asarray(1 - agreeing.mean(axis=1))


def _counts(answers: AnyArray) -> NDArray[np.int64]:
    """How many give each answer, (answers, P, labels)."""
    n_answers = int(answers.max()) + 1
    return np.stack([(answers == answer).sum(axis=0) for answer in range(n_answers)])


def _n_given(answers: AnyArray, task: str) -> Ints:
    if task == "regression":
        return np.zeros(answers.shape[1], dtype=np.int64)
    return np.array([len(np.unique(answers[:, i], axis=0)) for i in range(answers.shape[1])], dtype=np.int64)
