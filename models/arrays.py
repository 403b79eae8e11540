"""Array aliases, the house's shape letters, and random streams by name.

Shape letters: R seeds, N examples in a batch, P probe examples, D features, H width, K outputs, L layers in topological
order, T recorded steps, B bins, Q quantiles. Every array of the engine may carry leading axes; in training there is
one, the seeds (R).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Arrays = Mapping[str, Array]
Targets = Array | IntArray
"""Class numbers (N,), or numbers to be predicted (N, K)."""


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """Give the random generator that belongs to a seed and a name, whatever was drawn before.

    Parameters
    ----------
    seed : int
        Not negative.
    *names : str or int
        What the numbers are for, such as ``"dense1/W"`` or ``"batches", 3``.

    Returns
    -------
    numpy.random.Generator
        The same for the same arguments, on every machine; independent of the order of calls.
    """
    digest = hashlib.sha256("/".join(str(name) for name in names).encode()).digest()
    words = [int.from_bytes(digest[start : start + 4], "little") for start in range(0, 16, 4)]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words])))
