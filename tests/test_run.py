"""The run file: what is written comes back, and a damaged or foreign file is refused with a sentence."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from small_data import classes

from diagnostics import Recorder, Run, Series
from models import Experiment, train


def made() -> Run:
    experiment = Experiment(layers=[{"units": 4}], epochs=1, batch_size=8, seeds=(0, 1))
    recorder = Recorder(experiment, classes(), run_id="abc", info={"name": "Größe", "data_name": "clouds"})
    for step in train(experiment, classes()):
        recorder.observe(step)
    recorder.finish("finished")
    return recorder.snapshot()


def test_a_run_comes_back_from_its_file(tmp_path: Path) -> None:
    run = made()
    run.save(tmp_path / "cancer.run")
    again = Run.load(tmp_path / "cancer.run")
    assert (again.id, again.experiment, again.layers) == (run.id, run.experiment, run.layers)
    assert json.dumps(again.info, sort_keys=True) == json.dumps(run.info, sort_keys=True)
    assert set(again.series) == set(run.series)
    for name, series in run.series.items():
        other = again.series[name]
        assert (other.dims, other.unit, other.binning) == (series.dims, series.unit, series.binning)
        np.testing.assert_array_equal(other.values, series.values)
        np.testing.assert_array_equal(other.steps, series.steps)
        assert other.values.dtype == series.values.dtype
    np.testing.assert_array_equal(again.constants["probe/x"], run.constants["probe/x"])


def test_a_file_that_is_no_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "picture.run").write_bytes(b"\x89PNG")
    with pytest.raises(ValueError, match="is no run file, or is damaged"):
        Run.load(tmp_path / "picture.run")


def test_a_run_of_a_later_format_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "later.run", "w") as archive:
        archive.writestr("meta.json", json.dumps({"format": 99}))
    with pytest.raises(ValueError, match="format 99 is newer"):
        Run.load(tmp_path / "later.run")


def test_a_series_gives_the_record_at_or_before_a_step() -> None:
    series = Series(("step",), "", np.array([0, 4, 9]), np.array([10.0, 14.0, 19.0]))
    assert [series.at(step)[0] for step in (0, 3, 4, 8, 9, 50, None)] == [0, 0, 4, 4, 9, 9, 9]
    assert series.until(5).values.tolist() == [10.0, 14.0]
    assert series.until(5).extended(Series(("step",), "", np.array([6]), np.array([1.0]))).steps.tolist() == [0, 4, 6]


def test_a_series_whose_parts_do_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        Series(("step",), "", np.array([0, 1]), np.array([1.0]))
    with pytest.raises(ValueError, match="nothing is recorded"):
        Series(("step",), "", np.array([], dtype=np.int64), np.array([])).at()
