"""Where runs live: the store on disk, trainings in the background, headless training, export. Start at `train_run`.

Names are loaded when they are first used, so that the first page does not wait for what it does not need.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runs.estimators import NetworkClassifier, NetworkRegressor
    from runs.launch import train_run
    from runs.model_export import export_archive
    from runs.prediction import predict_rows
    from runs.store import Entry, RunStore

_HOMES = {
    "Entry": "store",
    "NetworkClassifier": "estimators",
    "NetworkRegressor": "estimators",
    "RunStore": "store",
    "export_archive": "model_export",
    "predict_rows": "prediction",
    "train_run": "launch",
}

__all__ = ["Entry", "NetworkClassifier", "NetworkRegressor", "RunStore", "export_archive", "predict_rows", "train_run"]


def __getattr__(name: str) -> object:
    """Load a public name from its file."""
    if name not in _HOMES:
        raise AttributeError(f"module 'runs' has no attribute {name!r}")
    return getattr(importlib.import_module(f"runs.{_HOMES[name]}"), name)
