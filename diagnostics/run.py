"""The `Run`: what one training left behind, with named axes and units, and its file format.

A run file is one zip archive: ``meta.json``, and a ``.npy`` file for each array. Nothing in it is unpickled.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from models.experiment import Experiment

QUANTILES = (0.02, 0.25, 0.5, 0.75, 0.98)
FORMAT = 1

AnyArray = NDArray[np.generic]


@dataclass(frozen=True, eq=False)
class Series:
    """Numbers over training.

    Attributes
    ----------
    dims : tuple of str
        Names of the axes, ``("step", "seed", …)``.
    unit : str
        What the numbers are measured in; "" for pure numbers.
    steps : array (T,) of int64
        Updates done at each record, ascending.
    values : array (T, …)
        NaN for a seed that diverged before.
    binning : str
        For histograms the name of their binning in `diagnostics.histogram.BINNINGS`, else "".
    """

    dims: tuple[str, ...]
    unit: str
    steps: NDArray[np.int64]
    values: AnyArray
    binning: str = ""

    def __post_init__(self) -> None:
        """Check that steps, values and axes fit.

        Raises
        ------
        ValueError
            If they do not.
        """
        if len(self.steps) != len(self.values) or len(self.dims) != self.values.ndim:
            raise ValueError(f"{len(self.steps)} steps, values {self.values.shape} and axes {self.dims} do not fit")

    def at(self, step: int | None = None) -> tuple[int, AnyArray]:
        """Return the last record at or before `step` (the last of all for None; the first if all are later): (step,
        values).

        Raises
        ------
        ValueError
            If nothing is recorded yet.
        """
        if len(self.steps) == 0:
            raise ValueError("nothing is recorded in this series yet")
        row = len(self.steps) - 1 if step is None else int(np.searchsorted(self.steps, step, side="right")) - 1
        row = max(row, 0)
        return int(self.steps[row]), self.values[row]

    def extended(self, more: Series) -> Series:
        """Return this series with later records behind it."""
        steps = np.concatenate([self.steps, more.steps])
        return Series(self.dims, self.unit, steps, np.concatenate([self.values, more.values]), self.binning)

    def until(self, step: int) -> Series:
        """Return the records up to and with `step`."""
        n = int(np.searchsorted(self.steps, step, side="right"))
        return Series(self.dims, self.unit, self.steps[:n], self.values[:n], self.binning)


@dataclass(frozen=True)
class LayerInfo:
    """What an analysis must know of a layer; see `models.activations.Activation` for the last three."""

    name: str
    type: str
    activation: str
    units: int
    fan_in: int
    n_parameters: int
    asymptotes: tuple[float | None, float | None]
    bounded: bool
    silent_below: bool


@dataclass(frozen=True, eq=False)
class Run:
    """One training: its settings, what happened, and what was recorded.

    Attributes
    ----------
    id : str
        Unique for each training.
    experiment : Experiment
    events : tuple of mapping
        What was changed while it ran: step, field, value.
    layers : tuple of LayerInfo
        In topological order; the last one is "output".
    series : mapping of str to Series
    constants : mapping of str to array
        What does not change: probe examples, points and grid for drawing.
    info : mapping
        Plain values: name, state, created, seconds, task, data_name, class_names, n_train, planned_steps, versions, ….
    """

    id: str
    experiment: Experiment
    events: tuple[Mapping[str, object], ...] = ()
    layers: tuple[LayerInfo, ...] = ()
    series: Mapping[str, Series] = field(default_factory=dict)
    constants: Mapping[str, AnyArray] = field(default_factory=dict)
    info: Mapping[str, object] = field(default_factory=dict)

    def save(self, path: str | Path | BinaryIO) -> None:
        """Write the run into one file."""
        arrays: dict[str, AnyArray] = {}
        for name, series in self.series.items():
            arrays[f"series/{name}/steps"] = series.steps
            arrays[f"series/{name}/values"] = series.values
        arrays |= {f"constants/{name}": array for name, array in self.constants.items()}
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr("meta.json", json.dumps(self._meta(), ensure_ascii=False))
            for name, array in arrays.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)

    def _meta(self) -> dict[str, object]:
        return {
            "format": FORMAT,
            "id": self.id,
            "experiment": json.loads(self.experiment.to_json()),
            "events": [dict(event) for event in self.events],
            "layers": [asdict(layer) for layer in self.layers],
            "series": {name: series_meta(series) for name, series in self.series.items()},
            "info": dict(self.info),
        }

    @classmethod
    def load(cls, path: str | Path | BinaryIO) -> Self:
        """Read a run file.

        Raises
        ------
        ValueError
            If the file is no run, is damaged, or is of a later format.
        """
        try:
            with zipfile.ZipFile(path) as archive:
                meta = json.loads(archive.read("meta.json"))
                if meta["format"] > FORMAT:
                    raise ValueError(f"format {meta['format']} is newer than {FORMAT}, which this version reads")
                arrays = {name[:-4]: _member(archive, name) for name in archive.namelist() if name.endswith(".npy")}
        except (zipfile.BadZipFile, KeyError, EOFError) as error:
            raise ValueError(f"{path} is no run file, or is damaged ({error}): export it again") from error
        return cls(
            id=meta["id"],
            experiment=Experiment.from_json(json.dumps(meta["experiment"])),
            events=tuple(meta["events"]),
            layers=layers_from(meta["layers"]),
            series={
                name: series_from(entry, arrays[f"series/{name}/steps"], arrays[f"series/{name}/values"])
                for name, entry in meta["series"].items()
            },
            constants={name[10:]: array for name, array in arrays.items() if name.startswith("constants/")},
            info=meta["info"],
        )


def _member(archive: zipfile.ZipFile, name: str) -> AnyArray:
    with archive.open(name) as member:
        array: AnyArray = np.lib.format.read_array(member, allow_pickle=False)
    return array


def series_meta(series: Series) -> dict[str, object]:
    """Return what a file says of a series beside its arrays."""
    return {"dims": list(series.dims), "unit": series.unit, "binning": series.binning}


def series_from(meta: Mapping[str, object], steps: AnyArray, values: AnyArray) -> Series:
    """Return the series of `series_meta` and two arrays."""
    dims = meta["dims"]
    assert isinstance(dims, (list, tuple))
    return Series(tuple(map(str, dims)), str(meta["unit"]), steps.astype(np.int64), values, str(meta["binning"]))


def layers_from(entries: object) -> tuple[LayerInfo, ...]:
    """Return the layers that a file lists."""
    assert isinstance(entries, (list, tuple))
    return tuple(LayerInfo(**{**entry, "asymptotes": tuple(entry["asymptotes"])}) for entry in entries)
