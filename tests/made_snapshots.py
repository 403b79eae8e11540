"""Snapshots made by hand: paths in a plane of known shape, and paths of probabilities."""

from __future__ import annotations

import numpy as np

from diagnostics.snapshots import Snapshots


def made_snapshots(outputs: np.ndarray, task: str, n_paths: int, **changes: object) -> Snapshots:
    """Snapshots of one run; `outputs` (n, P, K) path after path, all paths equally long."""
    n = len(outputs) // n_paths
    path, moment = np.repeat(np.arange(n_paths), n), np.tile(np.arange(n), n_paths)
    zeros = np.zeros(len(outputs), dtype=np.int64)
    values = {
        "outputs": outputs, "task": task, "truth": np.empty(0), "path": path, "run": zeros, "seed": path,
        "step": moment, "epoch": moment.astype(float), "loss": np.zeros(len(outputs)), "run_ids": ("made",),
        "run_names": ("made",), "ended_early": np.zeros(n_paths, dtype=bool), "n_recorded": np.full(n_paths, n),
        "examples": np.arange(outputs.shape[1]), "n_examples": outputs.shape[1],
    }  # fmt: skip
    return Snapshots(**{**values, **changes})  # type: ignore[arg-type]


def planar(n_paths: int = 4, n: int = 30, n_dimensions: int = 40) -> tuple[Snapshots, np.ndarray]:
    """Bent paths that leave a common centre, in a plane of a large space, and their places in it."""
    t = np.linspace(0.05, 1, n)[None] ** 1.5
    angle = 2 * np.pi * np.arange(n_paths)[:, None] / n_paths + 0.6 * t
    reach = t * (1 + 0.4 * np.arange(n_paths)[:, None])
    plane = np.stack([3 * reach * np.cos(angle), reach * np.sin(angle)], axis=2).reshape(-1, 2)
    basis, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(n_dimensions, 2)))
    return made_snapshots((plane @ basis.T)[:, :, None] * np.sqrt(n_dimensions), "regression", n_paths), plane


def learning(n_paths: int = 3, n: int = 12, n_examples: int = 15, n_classes: int = 4, seed: int = 0) -> Snapshots:
    """Class probabilities that begin near uniform and become sure, each path in its own way."""
    generator = np.random.default_rng(seed)
    truth = generator.integers(n_classes, size=n_examples)
    t = np.linspace(0, 1, n)[:, None, None]
    noise = generator.normal(size=(n_paths, n, n_examples, n_classes)).cumsum(axis=1) * 0.2
    logits = (4 * t * np.eye(n_classes)[truth] + noise).reshape(-1, n_examples, n_classes)
    exponentials = np.exp(logits)
    return made_snapshots(
        exponentials / exponentials.sum(axis=2, keepdims=True), "classification", n_paths, truth=truth
    )


def with_labels(n_paths: int = 2, n: int = 10) -> Snapshots:
    """Probabilities of three labels."""
    logits = np.random.default_rng(3).normal(size=(n_paths, n, 9, 3)).cumsum(axis=1).reshape(-1, 9, 3)
    return made_snapshots(1 / (1 + np.exp(-logits)), "multi_label", n_paths)
