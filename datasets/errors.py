"""The error of bad data: one sentence that says what is wrong, and what to do."""

from __future__ import annotations


class DataError(ValueError):
    """A file or table that cannot be used as it is; the message can be shown to a person."""
