"""What full diagnostics cost at every step, and at every tenth: `python -m benchmarks.dense [W1 W2 …] [--rounds N]`.

Histograms, moments, extremes and quantiles of activations, back-propagated gradients, weights and weight gradients of
every layer that has weights, update ratios, saturated and dead shares, on the mini-batch of each step. One seed, one
thread for the training; the statistics run in a second one. Other
tools: `benchmarks.recording`.
"""

from __future__ import annotations

import argparse
import statistics

from benchmarks.recording import CLOCKS, Tool, ratio
from benchmarks.workloads import WORKLOADS


def main() -> None:
    """Print the median over interleaved rounds, and the cost over training alone."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workloads", nargs="*", default=[name for name in WORKLOADS if name != "W3 sgd"])
    parser.add_argument("--every", nargs="+", type=int, default=[1, 10], help="updates between two records")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5, help="that each is measured in a round")
    options = parser.parse_args()
    print("factors: " + ", then ".join(CLOCKS))
    print("| workload | a step alone |" + "".join(f" every {every} |" for every in options.every))
    print("|---|--:|" + "--:|" * len(options.every))
    for workload in options.workloads:
        tool = Tool("Backscope", workload)
        for every in (0, *options.every):
            tool.plan(every, options.seconds)
        for _ in range(options.rounds):
            for every in tool.rounds:
                tool.measure(every)
        tool.close()
        alone = tool.rounds[0]
        cells = [f"{1e6 * statistics.median(wall for wall, _ in alone):.0f} µs"]
        for every in options.every:
            factors = (ratio(tool.rounds[every], alone, clock) for clock in range(len(CLOCKS)))
            cells.append(", ".join(f"{factor:.3g} ×" for factor in factors))
        print(f"| {workload} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
