"""The error of bad data: one sentence that says what is wrong, and what to do; and how its sentences count."""

from __future__ import annotations


def counted(n: int, one: str, several: str) -> str:
    """Return `n` with the words for one or for several: "1 row is", "3 rows are"."""
    return f"{n} {one if n == 1 else several}"


class DataError(ValueError):
    """A file or table that cannot be used as it is; the message can be shown to a person."""
