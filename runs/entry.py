"""What the list of runs says of one, read from its folder: name, owner, state, settings, last results."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from models.experiment import Experiment
from runs.events import pretraining_of
from runs.run_folder import LABEL, META, RunFolder


@dataclass(frozen=True)
class Entry:
    """What the list of runs says of one.

    `summary` holds the last recorded mean and standard deviation over the seeds, by series: ``"validation/accuracy"``;
    `pretraining` the settings of the pre-training it began with, if it did; `diverged` at which step each seed was lost
    that no longer gave finite numbers.
    """

    id: str
    name: str
    owner: str | None
    state: str
    created: str
    data_name: str
    data_digest: str
    experiment: Experiment
    summary: Mapping[str, tuple[float, float]]
    seconds: float
    colour: int
    error: str = ""
    pretraining: Mapping[str, object] | None = None
    diverged: Mapping[int, int] = field(default_factory=dict)


def stamp(path: Path) -> tuple[int, int, int]:
    """Return what changes when the run or its name is written anew."""
    status, label = (path / META).stat(), path / LABEL
    return status.st_mtime_ns, status.st_size, label.stat().st_mtime_ns if label.exists() else 0


def read_entry(folder: RunFolder) -> Entry:
    """Return what the files of a run say.

    Raises
    ------
    ValueError
        If ``run.json`` is damaged, whatever it holds.
    """
    meta = folder.meta()
    try:
        return _entry_of(folder, meta)
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise ValueError(f"the run in {folder.path} is damaged ({error!r}): delete it") from error


def _entry_of(folder: RunFolder, meta: Mapping[str, object]) -> Entry:
    info = meta["info"]
    if not isinstance(info, dict):
        raise TypeError("info is no object")
    name = str(info.get("name", ""))
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):  # there is no label until it is renamed
        name = str(json.loads((folder.path / LABEL).read_text(encoding="utf-8"))["name"])
    summary = {key: (float(mean), float(std)) for key, (mean, std) in dict(info.get("summary", {})).items()}
    owner = meta["owner"]
    return Entry(
        id=str(meta["id"]),
        name=name,
        owner=None if owner is None else str(owner),
        state=str(info.get("state", "")),
        created=str(info.get("created", "")),
        data_name=str(info.get("data_name", "")),
        data_digest=str(info.get("data_digest", "")),
        experiment=Experiment.from_json(json.dumps(meta["experiment"])),
        summary=summary,
        seconds=float(info.get("seconds", 0.0)),
        colour=int(str(meta["colour"])),
        error=str(info.get("error", "")),
        diverged={int(seed): int(step) for seed, step in dict(info.get("diverged_seeds", {})).items()},
        pretraining=pretraining_of(list(meta["events"])),  # type: ignore[call-overload]  # what it may raise is caught
    )
