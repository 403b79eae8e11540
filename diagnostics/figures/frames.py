"""The frames of a moving figure, each made when it is asked for: the one that is seen first need not wait for the rest.

What all frames have in common, such as their axes, is found before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

Drawn = TypeVar("Drawn", covariant=True)


@dataclass(frozen=True)
class Frames(Generic[Drawn]):
    """`n` drawings of one figure; `draw` makes that of a number from 0 to n - 1, a new one at each call."""

    n: int
    draw: Callable[[int], Drawn]

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, number: int) -> Drawn:
        return self.draw(range(self.n)[number])

    def __iter__(self) -> Iterator[Drawn]:
        return (self.draw(number) for number in range(self.n))
