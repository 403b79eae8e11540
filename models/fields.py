"""A `Field` describes one setting: its default, its range and a line that explains it. Forms and checks read it."""

from __future__ import annotations

from collections.abc import Mapping
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


def checked(kind: str, fields: tuple[Field, ...], settings: Mapping[str, object]) -> dict[str, float]:
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
    result = {}
    for field in fields:
        value = settings.get(field.name, field.default)
        if isinstance(value, bool) and not field.boolean:
            raise ValueError(f"{kind}: {field.name} must be a number, got {value!r}")
        if not isinstance(value, (int, float, np.integer, np.floating)):
            raise ValueError(f"{kind}: {field.name} must be a number, got {value!r}")
        if not field.low <= value <= field.high:
            raise ValueError(f"{kind}: {field.name} must lie between {field.low:g} and {field.high:g}, got {value!r}")
        result[field.name] = _typed(kind, field, float(value))
    return result


def _typed(kind: str, field: Field, value: float) -> float:
    if field.boolean:
        return bool(value)
    if not field.integer:
        return float(value)
    if value != int(value):
        raise ValueError(f"{kind}: {field.name} must be a whole number, got {value!r}")
    return int(value)
