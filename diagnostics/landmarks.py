"""Landmarks: functions whose meaning is known, to be placed into a map of function space beside the networks.

Source: Mao et al. 2024, who mark ignorance and truth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diagnostics.seed_spread import Floats
from diagnostics.snapshots import Snapshots


@dataclass(frozen=True, eq=False)
class Landmarks:
    """`outputs` (m, P, K) of m functions, with their names and what they answer, in words."""

    names: tuple[str, ...]
    meanings: tuple[str, ...]
    outputs: Floats


def landmarks(snapshots: Snapshots) -> Landmarks:
    """Return the landmarks of the task.

    Classes: every class equally likely; the most frequent class of the probe examples, surely; the true classes.
    Labels: each label at ½; each label's majority; the true labels. Regression: the mean of the targets; the targets.
    Without the truth only the first, or none.

    `embedding.place(landmarks(snapshots).outputs)` gives their points in a map.
    """
    _, n_examples, n_outputs = snapshots.outputs.shape
    shape, truth = (n_examples, n_outputs), snapshots.truth
    found: list[tuple[str, str, Floats]] = []
    if snapshots.task == "classification":
        found.append(("no idea", "every class is equally likely", np.full(shape, 1 / n_outputs)))
    elif snapshots.task == "multi_label":
        found.append(("no idea", "every label is as likely as not", np.full(shape, 0.5)))
    if len(truth) == n_examples:
        found += _of_truth(snapshots, shape)
    names, meanings, outputs = zip(*found, strict=True) if found else ((), (), ())
    return Landmarks(tuple(names), tuple(meanings), np.array(outputs, dtype=np.float64).reshape(-1, *shape))


def _of_truth(snapshots: Snapshots, shape: tuple[int, int]) -> list[tuple[str, str, Floats]]:
    truth = snapshots.truth
    if snapshots.task == "classification":
        classes, one_hot = truth.astype(np.int64), np.eye(shape[1])
        most = int(np.bincount(classes, minlength=shape[1]).argmax())
        always = np.broadcast_to(one_hot[most], shape)
        return [
            ("majority", "always the most frequent class", always),
            ("truth", "the true class of every example", one_hot[classes]),
        ]
    targets = np.asarray(truth, dtype=np.float64).reshape(shape)
    mean = np.broadcast_to(targets.mean(axis=0), shape)
    if snapshots.task == "multi_label":
        return [
            ("majority", "of each label what is more frequent", (mean > 0.5).astype(np.float64)),
            ("truth", "the true labels of every example", targets),
        ]
    return [("mean", "always the mean of the targets", mean), ("truth", "the true target of every example", targets)]
