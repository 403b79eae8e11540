"""Text, character by character: a text of the app's own, half prose and half orders that look like a program.

Its quotes, brackets and indentation make a network remember what it is inside of (Karpathy, Johnson & Fei-Fei 2015,
Visualizing and understanding recurrent networks, section 4.2).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.array_data import ArrayData

N_STRETCHES = 20  # the text is divided into so many of equal length; three are for validation and three for test
N_HELD_OUT = 3
SHOWN = {" ": "space", "\n": "new line"}

Rows = NDArray[np.int64]


@cache
def text() -> str:
    """Return the text."""
    return (Path(__file__).parent / "characters.txt").read_text(encoding="utf-8")


@cache
def alphabet() -> str:
    """Return the characters that occur in it, each once; a character's place is its token."""
    return "".join(sorted(set(text())))


def tokens_of(some: str) -> NDArray[np.int64]:
    """Return the tokens of a text; characters that are not in the alphabet become spaces."""
    known = alphabet()
    return np.array([known.find(c) if c in known else known.index(" ") for c in some], dtype=np.int64)


def text_of(tokens: NDArray[np.int64]) -> str:
    """Return the text that tokens stand for."""
    known = alphabet()
    return "".join(known[int(token)] for token in np.ravel(tokens))


def characters(n: int, length: int, seed: int, split_seed: int) -> ArrayData:
    """Pieces of the text; at each position the next character is wanted.

    `n` pieces for training start anywhere in the training text; those for validation and test stand side by side in
    stretches of their own, so that no character is in two parts.
    """
    tokens = tokens_of(text())
    stretches = _stretches(len(tokens), split_seed)
    starts = [
        np.concatenate([_starts(run, length, 1 if i == 0 else length) for run in runs])
        for i, runs in enumerate(stretches)
    ]
    generator = np.random.default_rng(seed)
    starts[0] = np.sort(generator.permutation(starts[0])[:n])
    notes = (
        () if len(starts[0]) == n else (f"the training text has only {len(starts[0])} pieces of {length} characters",)
    )
    everything = np.concatenate(starts)
    windows = tokens[everything[:, None] + np.arange(length + 1)]
    first, second = len(starts[0]), len(starts[0]) + len(starts[1])
    rows = np.arange(len(everything))
    return ArrayData(
        windows[:, :-1],
        windows[:, 1:],
        "classification",
        "next character",
        tuple(f"character {i + 1}" for i in range(length)),
        (length,),
        tuple(SHOWN.get(c, c) for c in alphabet()),
        parts=(rows[:first], rows[first:second], rows[second:]),
        notes=notes,
    )


def _stretches(n: int, split_seed: int) -> list[list[tuple[int, int]]]:
    """Return the runs of characters [start, stop) of the three parts; neighbours of one part are joined."""
    order = np.random.default_rng(split_seed).permutation(N_STRETCHES)
    part = np.zeros(N_STRETCHES, np.int64)
    part[order[:N_HELD_OUT]], part[order[N_HELD_OUT : 2 * N_HELD_OUT]] = 1, 2
    edges = np.linspace(0, n, N_STRETCHES + 1).astype(int)
    result: list[list[tuple[int, int]]] = [[], [], []]
    for i in range(N_STRETCHES):
        runs = result[part[i]]
        if runs and runs[-1][1] == edges[i]:
            runs[-1] = (runs[-1][0], int(edges[i + 1]))
        else:
            runs.append((int(edges[i]), int(edges[i + 1])))
    return result


def _starts(run: tuple[int, int], length: int, distance: int) -> Rows:
    """Return where pieces may start: the character after the last one is still in the run, since it is wanted."""
    return np.arange(run[0], run[1] - length, distance, dtype=np.int64)
