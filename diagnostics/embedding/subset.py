"""Which snapshots make a map where there are too many for all pairs of them; the others are placed into it."""

from __future__ import annotations

import numpy as np

from diagnostics.snapshots import Ints, Snapshots


def chosen_rows(snapshots: Snapshots, most: int) -> Ints:
    """Return all rows, or about `most`, evenly chosen along each path, ends included (at least two of each path)."""
    n = len(snapshots)
    if n <= most:
        return np.arange(n)
    share = most / n
    picked = []
    for rows in snapshots.rows():
        size = rows.stop - rows.start
        places = np.linspace(rows.start, rows.stop - 1, max(2, round(share * size)))
        picked.append(np.rint(places).astype(np.int64))
    return np.unique(np.concatenate(picked))


def sampled(n_fitted: int, n: int) -> tuple[str, ...]:
    """Return the sentence that says so, or none."""
    if n_fitted == n:
        return ()
    return (f"{n_fitted} of the {n} snapshots, evenly chosen, make the map; the others are placed into it.",)
