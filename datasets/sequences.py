"""Tasks for networks with a memory, each a function of its size and a seed."""

from __future__ import annotations

import numpy as np

from datasets.array_data import ArrayData
from datasets.errors import DataError

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def adding_problem(n: int, length: int, seed: int, split_seed: int) -> ArrayData:
    """Two channels at each position, a number from [0, 1) and a mark; the sum of the two marked numbers is wanted.

    One mark stands in the first half and one in the second. Always saying the mean, 1, errs by 1/6 in the mean square.

    Source: Hochreiter & Schmidhuber 1997, Long short-term memory, section 5.4, with numbers from [0, 1) and sequences
    of one length as in Le, Jaitly & Hinton 2015, section 4.1.
    """
    generator = np.random.default_rng(seed)
    half = length // 2
    x = np.zeros((n, length, 2))
    x[..., 0] = generator.random((n, length))
    rows = np.arange(n)
    marked = generator.integers(0, half, n), generator.integers(half, length, n)
    for places in marked:
        x[rows, places, 1] = 1
    y = sum(x[rows, places, 0] for places in marked)
    names = tuple(f"{what} {i + 1}" for i in range(length) for what in ("value", "mark"))
    return ArrayData(x.reshape(n, -1), np.asarray(y)[:, None], "regression", "sum", names, (length, 2))


def parity(n: int, length: int, seed: int, split_seed: int) -> ArrayData:
    """Bits, one at each position; whether the number of ones is odd is wanted. No pattern occurs twice.

    No part of the bits says anything about the answer, so what is learned of some patterns helps with others only if it
    is the rule (Minsky & Papert 1969, Perceptrons, chapter 3).

    Raises
    ------
    DataError
        If there are not that many patterns.
    """
    n_patterns = 2**length
    if n > n_patterns:
        raise DataError(f"There are {n_patterns} patterns of {length} bits, not {n}: ask for fewer rows or more bits.")
    numbers = np.random.default_rng(seed).permutation(n_patterns)[:n]
    x = numbers[:, None] >> np.arange(length) & 1
    names = tuple(f"bit {i + 1}" for i in range(length))
    return ArrayData(x, x.sum(axis=1) % 2, "classification", "parity", names, (length, 1), ("even", "odd"))


def copy_task(n: int, length: int, symbols: int, delay: int, seed: int, split_seed: int) -> ArrayData:
    """Letters, then blanks, then a "go" and as many blanks as letters: at those the letters are wanted, else blanks.

    Tokens: 0 is the blank, 1 to `symbols` the letters, the last one "go". Always saying blank is right at the share
    (length + delay)/(2 length + delay) of the positions, so that must be beaten.

    Source: Arjovsky, Shah & Bengio 2016, section 5.1, the copying memory problem.
    """
    generator = np.random.default_rng(seed)
    letters = generator.integers(1, symbols + 1, (n, length))
    positions = 2 * length + delay
    x = np.zeros((n, positions), np.int64)
    y = np.zeros((n, positions), np.int64)
    x[:, :length] = letters
    x[:, length + delay] = symbols + 1
    y[:, length + delay :] = letters
    names = tuple(f"token {i + 1}" for i in range(positions))
    classes = ("blank", *LETTERS[:symbols])
    return ArrayData(x, y, "classification", "letter", names, (positions,), classes)
