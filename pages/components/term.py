"""What a term of the field is on the screen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """A term of the field: two sentences, a formula (LaTeX, may be empty) and the source."""

    sentences: str
    formula: str
    source: str
