"""What distinguishes runs from one another: the settings in which they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from diagnostics.settings_in_words import architecture, optimizer
from models.experiment import Experiment
from runs.store import Entry

LEFT_OUT = ("data", "layers", "optimizer", "schedule", "seeds", "dtype")


def differing_settings(entries: Sequence[Entry]) -> dict[str, str]:
    """Return, by run, the settings in which the given runs are not all alike, in words; "" where there is none."""
    described = {entry.id: _described(entry.experiment) for entry in entries}
    names = {name for settings in described.values() for name in settings}
    order = [name for settings in described.values() for name in settings]
    differing = {name for name in names if len({settings.get(name, "") for settings in described.values()}) > 1}
    shown = list(dict.fromkeys(name for name in order if name in differing))
    return {
        run_id: "; ".join(_labelled(name, settings[name]) for name in shown if settings.get(name))
        for run_id, settings in described.items()
    }


def _labelled(name: str, value: str) -> str:
    return value if name in ("architecture", "optimizer") else f"{name} {value}"


def _described(experiment: Experiment) -> dict[str, str]:
    plain = {item.name: str(getattr(experiment, item.name)) for item in fields(experiment) if item.name not in LEFT_OUT}
    return {
        "architecture": architecture(experiment),
        "optimizer": optimizer(experiment),
        "schedule": str(experiment.schedule["type"]),
        "seeds": str(len(experiment.seeds)),
        **{name.replace("_", " "): value for name, value in plain.items() if value != "None"},
    }
