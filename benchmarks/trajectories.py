"""Maps of function space: time, memory and quality, beside t-SNE of scikit-learn and openTSNE, and UMAP.

Ten seeds learn the digits; 60 snapshots of each, on 300 probe examples with 10 classes, are embedded in two dimensions.
Each method runs in a process of its own with one thread: the first time with everything that it must load and compile,
then three more. The peers get the same rows, whose Euclidean distance is the Hellinger distance.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from datasets import load_dataset
from diagnostics.embedding import EMBEDDINGS, Embedding
from diagnostics.function_distance import features
from diagnostics.map_quality import map_quality
from diagnostics.random_walk import random_walk
from diagnostics.run import Run
from diagnostics.seed_spread import Floats
from diagnostics.snapshots import Snapshots, snapshots
from models import Experiment
from runs import train_run

N_SEEDS, N_EPOCHS, N_SNAPSHOTS, AGAIN = 10, 60, 60, 3
TIMED = "map_quality", "random_walk"
QUALITY = ("trustworthiness", "continuity", "distance_spearman", "step_spearman")
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL", "NUMBA")}


def scikit_learn_tsne(rows: Floats) -> Floats:
    """t-SNE of scikit-learn as it comes: perplexity 30, PCA start."""
    from sklearn.manifold import TSNE

    return np.asarray(TSNE(random_state=0, n_jobs=1).fit_transform(rows), dtype=np.float64)


def plain_opentsne(rows: Floats) -> Floats:
    """openTSNE as it comes: perplexity 30, PCA start, on all dimensions."""
    from openTSNE import TSNE

    return np.array(TSNE(random_state=0, n_jobs=1).fit(rows), dtype=np.float64)


def umap(rows: Floats) -> Floats:
    """UMAP as it comes; a seed makes it use one thread."""
    import umap as library

    return np.asarray(library.UMAP(random_state=0, n_jobs=1).fit_transform(rows), dtype=np.float64)


PEERS: dict[str, Callable[[Floats], Floats]] = {
    "scikit-learn TSNE": scikit_learn_tsne,
    "openTSNE": plain_opentsne,
    "umap-learn": umap,
}


def recorded(path: Path, n_epochs: int) -> None:
    """Train ten seeds on the digits and keep the run."""
    layers = [{"units": 64, "activation": "tanh"}, {"units": 64, "activation": "tanh"}]
    experiment = Experiment(
        layers=layers,
        optimizer={"type": "sgd", "learning_rate": 0.05},
        epochs=n_epochs,
        batch_size=32,
        seeds=tuple(range(N_SEEDS)),
    )
    train_run(experiment, load_dataset("digits")).save(path)


def task(name: str, taken: Snapshots) -> Callable[[], Embedding | None]:
    """What is timed; a map, if it makes one."""
    if name in EMBEDDINGS:
        return lambda: EMBEDDINGS[name](taken)
    if name in PEERS:
        rows = features(taken.outputs, taken.task)
        return lambda: Embedding(PEERS[name](rows), name, (), float("nan"), "", None)
    embedding = EMBEDDINGS["mds"](taken)
    if name == "map_quality":
        return lambda: map_quality(taken, embedding) and None
    return lambda: random_walk(taken, embedding) and None


def measure(path: Path, name: str, copies: int) -> dict[str, object]:
    """Time one method in this process."""
    taken = several(snapshots(Run.load(path), at_most=N_SNAPSHOTS, spacing="epoch"), copies)
    timed, seconds, found = task(name, taken), [], None
    for _ in range(1 + AGAIN):
        start = time.perf_counter()
        found = timed()
        seconds.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    quality = map_quality(taken, found) if found else None
    return {
        "points": len(taken),
        "dimensions": int(np.prod(taken.outputs.shape[1:])),
        "first": seconds[0],
        "again": statistics.median(seconds[1:]),
        "peak": peak,
        "quality": [getattr(quality, each) for each in QUALITY] if quality else [],
    }


def several(taken: Snapshots, copies: int) -> Snapshots:
    """Make a larger set: the same paths again, their probabilities slightly mixed with noise."""
    if copies == 1:
        return taken
    generator, n, n_paths = np.random.default_rng(0), len(taken), taken.n_paths
    noise = generator.dirichlet(np.ones(taken.outputs.shape[2]), size=(copies, 1, taken.outputs.shape[1]))
    outputs = (0.9 * taken.outputs[None] + 0.1 * noise).reshape(copies * n, *taken.outputs.shape[1:])
    path = np.concatenate([taken.path + n_paths * copy for copy in range(copies)])
    names = ("run", "seed", "step", "epoch", "loss", "ended_early", "n_recorded")
    tiled = {name: np.tile(getattr(taken, name), copies) for name in names}
    return replace(taken, outputs=outputs.astype(np.float32), path=path, **tiled)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=N_EPOCHS)
    parser.add_argument("--copies", type=int, default=1, help="so many times as many paths: 9 make 5 400 snapshots")
    parser.add_argument("--only", nargs="*", help="methods to measure")
    parser.add_argument("--measure", nargs=2, metavar=("RUN", "METHOD"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(measure(Path(given.measure[0]), given.measure[1], given.copies)))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "digits.run"
        recorded(path, given.epochs)
        print("method             points × dims   first s  again s  peak MB  " + "  ".join(QUALITY))
        for name in given.only or [*EMBEDDINGS, *TIMED, *PEERS]:
            command = [sys.executable, "-m", "benchmarks.trajectories", "--copies", str(given.copies)]
            done = subprocess.run(
                [*command, "--measure", str(path), name],
                capture_output=True,
                text=True,
                check=False,
                env={**os.environ, **ONE_THREAD},
            )
            if done.returncode:
                print(f"{name:<18} failed: {done.stderr.strip().splitlines()[-1]}")
                continue
            row = json.loads(done.stdout)
            marks = "  ".join(
                f"{value:>{len(title)}.3f}" for title, value in zip(QUALITY, row["quality"], strict=False)
            )
            size = f"{row['points']} × {row['dimensions']}"
            print(f"{name:<18} {size:>13} {row['first']:>9.2f} {row['again']:>8.2f} {row['peak']:>8.0f}  {marks}")


if __name__ == "__main__":
    main()
