"""A checkpoint: an experiment and a training state in one .npz file of plain arrays and JSON. Nothing is unpickled."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import BinaryIO

import numpy as np

from models.experiment import Experiment
from models.training_state import TrainingState

FORMAT = 1


def save_state(target: str | Path | BinaryIO, experiment: Experiment, state: TrainingState) -> None:
    """Write a checkpoint: members ``meta`` (JSON text), ``params``, ``slots/…`` and ``buffers/…``."""
    meta = {"format": FORMAT, "experiment": experiment.to_json(), "step": state.step, "control": state.control}
    arrays = {"meta": np.array(json.dumps(meta)), "params": state.params}
    arrays |= {f"slots/{name}": array for name, array in state.slots.items()}
    arrays |= {f"buffers/{name}": array for name, array in state.buffers.items()}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)


def load_head(source: str | Path | BinaryIO) -> tuple[int, dict[str, object]]:
    """Return how many updates a checkpoint has done and its control values, without reading its large arrays.

    Raises
    ------
    ValueError
        If the file is none, or is damaged.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            meta = json.loads(str(_member(archive, "meta.npy")))
        return int(meta["step"]), dict(meta["control"])
    except (KeyError, TypeError, ValueError, zipfile.BadZipFile, EOFError) as error:
        raise ValueError(f"{source} is no checkpoint, or is damaged ({error}): choose another one") from error


def load_state(source: str | Path | BinaryIO) -> tuple[Experiment, TrainingState]:
    """Read a checkpoint.

    Raises
    ------
    ValueError
        If the file is none, is damaged, or is of a later format.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            arrays = {name.removesuffix(".npy"): _member(archive, name) for name in archive.namelist()}
        meta = json.loads(str(arrays["meta"]))
    except (KeyError, zipfile.BadZipFile, EOFError) as error:
        raise ValueError(f"{source} is no checkpoint, or is damaged ({error}): start the run anew") from error
    if meta["format"] > FORMAT:
        raise ValueError(f"{source} has format {meta['format']}, this version reads up to {FORMAT}: update Backscope")
    state = TrainingState(
        params=arrays["params"],
        buffers=_group(arrays, "buffers/"),
        slots=_group(arrays, "slots/"),
        step=int(meta["step"]),
        control=meta["control"],
    )
    return Experiment.from_json(meta["experiment"]), state


def _member(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    with archive.open(name) as member:
        array: np.ndarray = np.lib.format.read_array(member, allow_pickle=False)
    return array


def _group(arrays: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
