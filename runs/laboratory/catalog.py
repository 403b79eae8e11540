"""All experiments of the Laboratory by name, in the order of the paper."""

from __future__ import annotations

from collections.abc import Mapping

from runs.laboratory import costs, initialization, pretraining, saturation, sigmoid, today, training
from runs.laboratory.entry import LaboratoryEntry

ENTRIES: Mapping[str, LaboratoryEntry] = {
    entry.name: entry
    for entry in (
        sigmoid.ENTRY,
        saturation.ENTRY,
        costs.ENTRY,
        initialization.ENTRY,
        training.PAIR,
        training.CURVES,
        training.TABLE_1,
        today.ENTRY,
        pretraining.ENTRY,
    )
}


def experiment_named(name: str) -> LaboratoryEntry:
    """Return an experiment.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    if name not in ENTRIES:
        raise ValueError(f"there is no experiment {name!r}: choose one of {', '.join(ENTRIES)}")
    return ENTRIES[name]
