"""The engine against PyTorch and scikit-learn, side by side: `python -m benchmarks.engine [W1 W2 …] [--threads 2]`.

Each peer runs in a process of its own; rounds are interleaved, and the median of the per-round ratios is printed. A
peer whose losses differ from the engine's is void (scikit-learn draws its own weights and is not compared).
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import time

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.workloads import WORKLOADS

CHECKED = 30
ROUNDS = 7
GOALS = {
    ("W1", "torch"): 22,
    ("W1", "scikit-learn"): 12,
    ("W1", "ten seeds"): 120,
    ("W2", "torch"): 8,
    ("W2", "scikit-learn"): 5,
    ("W2", "ten seeds"): 14,
    ("W3", "torch"): 1.7,
    ("W3", "scikit-learn"): 2.2,
    ("W4 8", "torch"): 2.2,
    ("W4 28", "torch"): 1,
    ("W5", "torch"): 1.2,
    ("W6", "torch"): 1.6,
}


class Peer:
    """One engine in a process of its own."""

    def __init__(
        self,
        engine: str,
        workload: str,
        threads: int,
        *,
        module: str = "benchmarks.peers",
        python: str = sys.executable,
    ) -> None:
        self._name = engine
        names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
        environment = {**os.environ, **dict.fromkeys(names, str(threads))}
        command = [python, "-m", module, engine, workload, str(threads)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def ask(self, command: str, *numbers: int) -> object:
        """Send one line, return the answer.

        Raises
        ------
        RuntimeError
            If the process has ended.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(" ".join([command, *map(str, numbers)]) + "\n")
        self._process.stdin.flush()
        if not (answer := self._process.stdout.readline()):
            raise RuntimeError(f"{self._name} ended before it answered {command!r}; its error stands above")
        return json.loads(answer)

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)


def compare(workload: str, threads: int) -> None:
    """Print one line for each peer of one workload."""
    load = WORKLOADS[workload]
    engines = ["engine", "torch", "torch fused"] if load.optimizer == "adam" else ["engine", "torch"]
    if load.layers[0]["type"] == "dense":
        engines += ["scikit-learn"]
    if workload in ("W1", "W2"):
        engines += ["ten seeds"]
    peers = {name: Peer(name, workload, threads) for name in engines}
    losses = {name: np.array(peer.ask("check", CHECKED)) for name, peer in peers.items()}
    seconds: dict[str, list[float]] = {name: [] for name in engines}
    for _ in range(ROUNDS):
        for name, peer in peers.items():
            seconds[name].append(float(str(peer.ask("time", load.n_steps))) / load.n_steps)
    for peer in peers.values():
        peer.close()
    print(f"{workload}: {load.words}; {threads} thread(s), a step {1e6 * statistics.median(seconds['engine']):.1f} µs")
    for name in engines[1:]:
        pairs = zip(seconds["engine"], seconds[name], strict=True)
        if name == "ten seeds":  # of one seed against PyTorch
            pairs = ((of_ten / 10, torch) for of_ten, torch in zip(seconds[name], seconds["torch"], strict=True))
        ratio = statistics.median(theirs / ours for ours, theirs in pairs)
        differs = float(np.abs(losses[name] - losses["engine"]).max())
        void = name.startswith("torch") and differs > 1e-3
        goal = GOALS.get((workload, name))
        words = "against torch, per seed of ten" if name == "ten seeds" else f"against {name}"
        print(
            f"  {words:32s} {ratio:7.2f} ×"
            + (f"  (goal {goal})" if goal and threads == 1 else "")
            + (f"  VOID: losses differ by {differs:.1e}" if void else "")
        )
    if load.optimizer == "sgd":
        with threadpool_limits(threads):
            share = _operations(workload) / statistics.median(seconds["engine"]) / _sgemm_rate()
        print(f"  share of the sgemm rate at (128, 1000, 1000)  {share:.0%}  (goal 70 %)")


def _operations(workload: str) -> float:
    """Multiplications and additions of one step: three products for each layer, two for the first."""
    sizes = [784, 1000, 1000, 1000, 1000, 10]
    pairs = list(itertools.pairwise(sizes))
    products = 3 * sum(a * b for a, b in pairs) - pairs[0][0] * pairs[0][1]
    return 2.0 * 128 * products


def _sgemm_rate() -> float:
    """Operations per second of this machine's matrix product, measured now."""
    a, b = np.ones((128, 1000), np.float32), np.ones((1000, 1000), np.float32)
    out, best = np.empty((128, 1000), np.float32), 1.0
    for _ in range(50):
        start = time.perf_counter()
        np.dot(a, b, out)
        best = min(best, time.perf_counter() - start)
    return 2.0 * 128 * 1000 * 1000 / best


def main() -> None:
    """Compare the workloads that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workloads", nargs="*", default=list(WORKLOADS))
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    for workload in options.workloads:
        compare(workload, options.threads)


if __name__ == "__main__":
    main()
