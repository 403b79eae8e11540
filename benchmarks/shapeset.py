"""How many images of Shapeset-3×2 one core makes in a second: `python -m benchmarks.shapeset`.

Processor time of this process (all threads together), so that other work on the machine counts little.
"""

from __future__ import annotations

import statistics
import time

from datasets.shapeset import SIDE, shapeset

ROUNDS = 5


def images_per_second(n: int, side: int) -> float:
    """Return the median over some rounds, each with other images."""
    found = []
    for seed in range(ROUNDS):
        start = time.process_time()
        shapeset(n, seed, side=side)
        found.append(n / (time.process_time() - start))
    return statistics.median(found)


def main() -> None:
    """Print the speed for the size of the paper's experiments and of its pictures."""
    shapeset(1000)  # warms up
    for side, n in ((SIDE, 10_000), (2 * SIDE, 5000)):
        print(f"{side} × {side}: {images_per_second(n, side):8.0f} images a second of processor time")


if __name__ == "__main__":
    main()
