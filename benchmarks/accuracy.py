"""Test accuracy beside scikit-learn's MLPClassifier, paired over splits of the same data.

Same widths, activation, optimizer, learning rate, batch size and epochs; no regularization on either side. Both see the
same training rows, prepared by the same recipe; the difference is paired by split, with its standard error.
"""

from __future__ import annotations

import argparse
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from datasets import load_frame, prepare
from models import Experiment
from runs import train_run

NAMES = ("breast_cancer", "wine", "iris", "digits")
EPOCHS = 40


def difference(name: str, split_seed: int) -> tuple[float, float]:
    """Test accuracy (ours, scikit-learn's) on one split of the named data set."""
    frame, target = load_frame(name)
    data = prepare(frame, target=target, task="classification", split_seed=split_seed)
    layers = [{"type": "dense", "units": 64, "activation": "relu"}] * 2
    experiment = Experiment(layers=layers, initializer="glorot_uniform", epochs=EPOCHS, seeds=(split_seed,))
    run = train_run(experiment, data)
    ours = float(run.series["test/accuracy"].values[-1, 0])
    peer = MLPClassifier(
        (64, 64), activation="relu", solver="adam", alpha=0.0, batch_size=32, learning_rate_init=1e-3,
        max_iter=EPOCHS, n_iter_no_change=EPOCHS + 1, tol=0.0, random_state=split_seed,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        peer.fit(data.train.x, data.train.y)
    return ours, float(peer.score(data.test.x, data.test.y))


def main() -> None:
    """Print the mean accuracies and the paired difference of each data set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--splits", type=int, default=20)
    n_splits = parser.parse_args().splits
    for name in NAMES:
        pairs = np.array([difference(name, split_seed) for split_seed in range(n_splits)])
        gaps = 100 * (pairs[:, 0] - pairs[:, 1])
        error = gaps.std(ddof=1) / np.sqrt(n_splits)
        print(
            f"{name:14s} ours {100 * pairs[:, 0].mean():.1f} %   MLPClassifier {100 * pairs[:, 1].mean():.1f} %   "
            f"difference {gaps.mean():+.2f} ± {error:.2f} points over {n_splits} splits"
        )


if __name__ == "__main__":
    main()
