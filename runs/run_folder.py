"""One run on disk: ``run.json``, numbered chunks of series, constants, a checkpoint. The format: docs/run_format.md.

Every file is written under another name and then renamed, and ``run.json``, which names the chunks that count, is
written last: whenever the process dies, what ``run.json`` says is there and whole.
"""

from __future__ import annotations

import json
import os
import re
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np

from diagnostics.run import AnyArray, Run, Series, layers_from, series_from, series_meta
from models.checkpoint import load_head, load_state, save_state
from models.experiment import Experiment
from models.training_state import TrainingState

FORMAT = 1
LAST = "last"
META, CONSTANTS, CHECKPOINT, LOCK, LABEL = "run.json", "constants.npz", "checkpoint.npz", "lock", "label.json"


class WriteTo(Protocol):
    """Writes a file's content."""

    def __call__(self, target: BinaryIO) -> None:
        """Write to an open binary file."""
        ...


def write_atomically(path: Path, write: WriteTo) -> None:
    """Write a file so that a reader finds either the old or the new one, never half of it."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    with partial.open("wb") as target:
        write(target)
    os.replace(partial, path)


def write_json(path: Path, values: Mapping[str, object]) -> None:
    """Write a JSON file, atomically."""
    text = json.dumps(values, ensure_ascii=False, indent=1)
    write_atomically(path, lambda target: _write_text(target, text))


def _write_text(target: BinaryIO, text: str) -> None:
    target.write(text.encode())


def write_arrays(path: Path, arrays: Mapping[str, AnyArray], *, compress: bool = False) -> None:
    """Write arrays by name into one .npz file, atomically."""

    def write(target: BinaryIO) -> None:
        method = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
        with zipfile.ZipFile(target, "w", method, compresslevel=1) as archive:
            for name, array in arrays.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)

    write_atomically(path, write)


def read_arrays(path: Path) -> dict[str, AnyArray]:
    """Read what `write_arrays` wrote."""
    with zipfile.ZipFile(path) as archive:
        arrays = {}
        for name in archive.namelist():
            with archive.open(name) as member:
                arrays[name.removesuffix(".npy")] = np.lib.format.read_array(member, allow_pickle=False)
    return arrays


class RunFolder:
    """Reads and writes the files of one run; who may write is decided by `runs.store`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def meta(self) -> dict[str, object]:
        """Return ``run.json``.

        Raises
        ------
        ValueError
            If it is damaged or of a later format.
        """
        try:
            meta = json.loads((self.path / META).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise ValueError(f"the run in {self.path} cannot be read ({error}): delete that folder") from error
        written = meta.get("format") if isinstance(meta, dict) else None
        if not isinstance(written, int):
            raise ValueError(f"the run in {self.path} is damaged (run.json has no format): delete that folder")
        if written > FORMAT:
            raise ValueError(f"the run in {self.path} was written by a later version: update Backscope")
        return dict(meta)

    def create(self, run: Run, owner: str | None, colour: int) -> None:
        """Write the folder of a new run, with what the run holds already."""
        write_arrays(self.path / CONSTANTS, run.constants)
        meta = {"format": FORMAT, "id": run.id, "owner": owner, "colour": colour, "chunks": [], "series": {}}
        write_json(self.path / META, meta | _described(run))

    def append(self, series: Mapping[str, Series], run: Run) -> None:
        """Add a chunk of new rows, and note the state of the run (whose own series are not looked at)."""
        meta = self.meta()
        if series:
            chunks = _list(meta["chunks"])
            name = f"series-{len(chunks) + 1:06d}.npz"
            write_arrays(self.path / name, _flat(series))
            known = meta["series"]
            assert isinstance(known, dict)
            known.update({key: series_meta(value) for key, value in series.items() if key not in known})
            meta["chunks"] = [*chunks, name]
        write_json(self.path / META, meta | _described(run))

    def replace(self, run: Run) -> None:
        """Write all series anew as one compressed chunk, and remove the old chunks."""
        meta = self.meta()
        old = _list(meta["chunks"])
        name = f"series-{len(old) + 1:06d}.npz"
        write_arrays(self.path / name, _flat(run.series), compress=True)
        meta["chunks"] = [name]
        meta["series"] = {key: series_meta(value) for key, value in run.series.items()}
        write_json(self.path / META, meta | _described(run))
        for path in self.path.glob("series-*.npz"):
            if path.name != name:
                path.unlink(missing_ok=True)

    def load(self) -> Run:
        """Return the run as it stands on disk.

        Raises
        ------
        ValueError
            If a file is damaged.
        """
        for _ in range(5):
            meta = self.meta()
            try:
                return self._loaded(meta)
            except FileNotFoundError:  # the chunks were just replaced: read again what counts now
                continue
            except Exception as error:  # whatever zipfile, zlib and NumPy make of bytes that are not theirs
                raise ValueError(f"the run in {self.path} is damaged ({error}): delete it") from error
        raise ValueError(f"the run in {self.path} lacks a file: delete it")

    def _loaded(self, meta: dict[str, object]) -> Run:
        chunks = [read_arrays(self.path / name) for name in _list(meta["chunks"])]
        described, info, events = meta["series"], meta["info"], meta["events"]
        assert isinstance(described, dict)
        assert isinstance(info, dict)
        assert isinstance(events, list)
        series = {}
        for name, entry in described.items():
            steps = [chunk[f"{name}/steps"] for chunk in chunks if f"{name}/steps" in chunk]
            values = [chunk[f"{name}/values"] for chunk in chunks if f"{name}/values" in chunk]
            series[name] = series_from(entry, np.concatenate(steps), np.concatenate(values))
        experiment = Experiment.from_json(json.dumps(meta["experiment"]))
        constants, layers = read_arrays(self.path / CONSTANTS), layers_from(meta["layers"])
        return Run(str(meta["id"]), experiment, tuple(events), layers, series, constants, info)

    def save_checkpoint(self, experiment: Experiment, state: TrainingState, name: str = LAST) -> None:
        """Write where the training could go on from."""
        write_atomically(self._checkpoint_path(name), lambda target: save_state(target, experiment, state))

    def checkpoint(self, name: str = LAST) -> TrainingState | None:
        """Return where the training could go on from; None if there is no checkpoint of that name yet.

        Raises
        ------
        ValueError
            If it is damaged.
        """
        path = self._checkpoint_path(name)
        if not path.exists():
            return None
        try:
            return load_state(path)[1]
        except Exception as error:  # as in `load`
            raise ValueError(f"the checkpoint {path} is damaged ({error}): start a run anew") from error

    def checkpoints(self) -> tuple[str, ...]:
        """Return the names of the checkpoints: "last", "best" (of the validation loss), "step-000100", …"""
        found = {path.stem.removeprefix("checkpoint-") for path in self.path.glob("checkpoint-*.npz")}
        return tuple(sorted(found | ({LAST} if (self.path / CHECKPOINT).exists() else set())))

    def checkpoint_head(self, name: str) -> tuple[int, Mapping[str, object]]:
        """Return how many updates the checkpoint of that name has done, and its control values.

        Raises
        ------
        ValueError
            If it is damaged.
        """
        return load_head(self._checkpoint_path(name))

    def _checkpoint_path(self, name: str) -> Path:
        if not re.fullmatch(r"[a-z0-9-]{1,40}", name):
            raise ValueError(f"a checkpoint is called 'last', 'best' or 'step-000100', not {name!r}")
        return self.path / (CHECKPOINT if name == LAST else f"checkpoint-{name}.npz")


def _described(run: Run) -> dict[str, object]:
    return {
        "experiment": json.loads(run.experiment.to_json()),
        "events": [dict(event) for event in run.events],
        "layers": [asdict(layer) for layer in run.layers],
        "info": dict(run.info),
    }


def _flat(series: Mapping[str, Series]) -> dict[str, AnyArray]:
    flat: dict[str, AnyArray] = {}
    for name, values in series.items():
        flat[f"{name}/steps"], flat[f"{name}/values"] = values.steps, values.values
    return flat


def _list(value: object) -> list[str]:
    assert isinstance(value, list)
    return [Path(str(item)).name for item in value]  # a chunk lies in the run's own folder
