"""The Laboratory at sizes that tests have no time for: `python -m benchmarks.laboratory [initialization|tanh|spread]`.

The initialization panels at the paper's width, five seeds; and tanh with standard and normalized weights at width 200
for the paper's first epoch of 20 000 updates, five seeds. `spread NAME --seeds 10` prints by how much beginnings
differ in an experiment: tolerances that hang on it were set by that.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from runs.laboratory.catalog import ENTRIES
from runs.laboratory.conducting import conduct
from runs.laboratory.entry import Size
from runs.laboratory.networks import NORMALIZED, STANDARD, Scale, network
from runs.laboratory.readings import error, high_percentile, listed
from runs.laboratory.rows import as_markdown

EPOCH = Scale(width=200, updates=20_000, rate=0.05, seeds=(0, 1, 2, 3, 4), images=6000)
LEAST_GAIN = 4.0  # points


def initialization() -> None:
    """Print the table of the initialization panels at the size of the paper."""
    entry = ENTRIES["initialization"]
    found = entry.conclude(conduct(entry.paper), "paper")
    print(f"{as_markdown(found.rows)}\n{found.verdict}")


def tanh(seeds: int) -> None:
    """Print the errors of both initializations after an epoch, and by how much the normalized one is better."""
    errors = {}
    for initializer in (STANDARD, NORMALIZED):
        arm = network("tanh", initializer, EPOCH).with_seeds(seeds)
        start = time.process_time()
        (run,) = conduct(Size("reduced", (arm,), "")).values()
        errors[initializer] = error(run)
        seconds = time.process_time() - start
        print(
            f"{arm.label}: error {errors[initializer].mean():.1f} ± {errors[initializer].std():.1f} % over {seeds} "
            f"seeds ({', '.join(f'{value:.1f}' for value in errors[initializer])}), reach by layer "
            f"{listed(high_percentile(run))}, {seconds:.0f} s of processor time",
            flush=True,
        )
    gain = errors[STANDARD] - errors[NORMALIZED]
    verdict = "agrees" if gain.mean() >= LEAST_GAIN else "does not agree"
    print(f"normalized is {gain.mean():.1f} ± {gain.std():.1f} points better; at least {LEAST_GAIN:g}: {verdict}")


def spread(name: str, seeds: int) -> None:
    """Print the mean and the standard deviation of each quantity of an experiment over that many beginnings."""
    entry = ENTRIES[name]
    for row in entry.conclude(conduct(entry.reduced.with_seeds(seeds)), "reduced").rows:
        deviation = float(np.std(row.values, ddof=1)) if len(row.values) > 1 else float("nan")
        print(f"{row.quantity}: {row.mean:.4g}, standard deviation {deviation:.2g}; tolerance {row.tolerance}")


def main() -> None:
    """Run the panels and the comparison, or what is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="?", choices=("initialization", "tanh", "spread"))
    parser.add_argument("name", nargs="?", choices=tuple(ENTRIES), default="initialization", help="of the spread")
    parser.add_argument("--seeds", type=int, default=len(EPOCH.seeds))
    asked = parser.parse_args()
    if asked.part == "spread":
        spread(asked.name, asked.seeds)
        return
    if asked.part != "tanh":
        initialization()
    if asked.part != "initialization":
        tanh(asked.seeds)


if __name__ == "__main__":
    main()
