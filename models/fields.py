"""A `Field` or `Choice` describes one setting: its default, what it may be and a line that explains it.

Forms draw them and `checked` checks them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Field:
    """One numeric setting of a layer, optimizer or schedule.

    `low` and `high` are inclusive. `integer` fields hold whole numbers, `boolean` fields True or False.
    """

    name: str
    default: float
    low: float
    high: float
    explanation: str
    integer: bool = False
    boolean: bool = False


@dataclass(frozen=True)
class Choice:
    """One setting that is a word out of `options`."""

    name: str
    default: str
    options: tuple[str, ...]
    explanation: str


Value = float | str


def checked(kind: str, fields: Sequence[Field | Choice], settings: Mapping[str, object]) -> dict[str, Value]:
    """Return all settings of `fields`, with defaults filled in; whole numbers as int, switches as bool.

    Raises
    ------
    ValueError
        For a setting that `kind` does not have, that is no number, or that is out of range.
    """
    known = {field.name: field for field in fields}
    for name in settings:
        if name != "type" and name not in known:
            raise ValueError(f"{kind} has no setting {name!r}; it has {', '.join(known) or 'none'}")
    return {field.name: _checked(kind, field, settings.get(field.name, field.default)) for field in fields}


def checked_numbers(kind: str, fields: Sequence[Field], settings: Mapping[str, object]) -> dict[str, float]:
    """Return what `checked` returns, where all fields are numbers."""
    return {name: value for name, value in checked(kind, fields, settings).items() if not isinstance(value, str)}


def _checked(kind: str, field: Field | Choice, value: object) -> Value:
    if isinstance(field, Choice):
        if value not in field.options:
            raise ValueError(f"{kind} has the unknown {field.name} {value!r}: use one of {', '.join(field.options)}")
        return str(value)
    if isinstance(value, (bool, np.bool_)) and not field.boolean:
        raise ValueError(f"{kind}: {field.name} must be a number, got {value!r}")
    if not isinstance(value, (int, float, np.integer, np.floating, np.bool_)):
        raise ValueError(f"{kind}: {field.name} must be a number, got {value!r}")
    if not field.low <= value <= field.high:
        raise ValueError(f"{kind}: {field.name} must lie between {field.low:g} and {field.high:g}, got {value!r}")
    if field.boolean:
        return bool(value)
    if not field.integer:
        return float(value)
    if value != int(value):
        raise ValueError(f"{kind}: {field.name} must be a whole number, got {value!r}")
    return int(value)
