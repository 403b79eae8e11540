"""On the page Runs: the network of a finished run as files, and the rows of a new table predicted."""

from __future__ import annotations

import io
import zipfile

import pytest
from app_pages import finished_run, live_run, opened
from streamlit.testing.v1 import AppTest

from pages.components import frame, model_download
from runs.model_export import archive
from runs.run_folder import write_json

ROWS = b"name,x1,x2\np,0.5,0.25\nq,,-0.5\n"


def labels(at: AppTest) -> list[str]:
    return [expander.label for expander in at.expander]


def with_open(part: str, run_id: str) -> AppTest:
    at = opened("runs", run_id)
    at.session_state[part] = True
    at.run()
    assert not at.exception, at.exception
    return at


def test_a_finished_run_offers_its_network_and_makes_nothing_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("made before it was asked for")

    monkeypatch.setattr("runs.model_export.trained_network", fail)
    monkeypatch.setattr("runs.model_export.export_archive", fail)
    at = opened("runs", finished_run())
    assert labels(at)[:2] == ["Download the network", "Predict new rows"]
    assert not at.download_button


def test_a_live_run_and_that_of_somebody_else_offer_none() -> None:
    job = live_run()
    at = opened("runs", job.id)
    job.stop(owner=None)
    job.wait(20)
    assert "Download the network" not in labels(at)
    run_id = finished_run()
    folder, lock = frame.store().reopen(run_id)
    lock.release()
    write_json(folder.path / "run.json", {**folder.meta(), "owner": "f" * 32})
    at = opened("runs", run_id)
    assert "Download the network" not in labels(at)


def test_every_format_and_every_seed_can_be_chosen() -> None:
    run_id = finished_run()
    at = with_open("model/files", run_id)
    assert not at.error
    assert at.download_button(key="model/download").label == "Download"
    assert at.selectbox(key="model/seed").options == ["the mean over the seeds", "seed 0", "seed 1"]
    at.selectbox(key="model/seed").set_value("seed 1").run()
    assert not at.exception
    for file_format in archive.FORMATS:
        made = model_download._archive(frame.store(), run_id, file_format, 1)
        with zipfile.ZipFile(io.BytesIO(made)) as packed:
            assert any(name.endswith("/predict.py") for name in packed.namelist())


def test_an_archive_that_cannot_be_made_says_why() -> None:
    made = model_download._archive(frame.store(), finished_run(), "onnx", 17)
    with zipfile.ZipFile(io.BytesIO(made)) as packed:
        assert "no seed 17: choose one of 0, 1" in packed.read("README.txt").decode()


def test_new_rows_are_predicted_and_what_was_filled_in_is_told() -> None:
    at = with_open("model/rows", finished_run())
    at.file_uploader(key="model/new_rows").set_value(("rows.csv", ROWS, "text/csv")).run()
    assert not at.exception
    assert not at.error
    shown = at.dataframe[-1].value
    assert shown["name"].tolist() == ["p", "q"]
    assert {"predicted class", "probability of upper", "spread over seeds"} <= set(shown.columns)
    assert any("became the median" in caption.value for caption in at.caption)
    assert at.download_button(key="model/predictions").label == "Download the predictions"
    at.selectbox(key="model/predicting_seed").set_value("seed 1").run()
    assert at.dataframe[-1].value["spread over seeds"].isna().all()


def test_rows_without_a_column_get_a_sentence() -> None:
    at = with_open("model/rows", finished_run())
    at.file_uploader(key="model/new_rows").set_value(("rows.csv", b"x1,other\n1,2\n", "text/csv")).run()
    assert not at.exception
    assert any("lacks the column 'x2'" in error.value.replace("\\", "") for error in at.error)


def test_a_run_whose_data_are_gone_says_so() -> None:
    run_id = finished_run()
    for path in (frame.store().folder / "data").iterdir():
        path.unlink()
    at = with_open("model/files", run_id)
    assert any("no network to use: no prepared data" in c.value.replace("\\", "") for c in at.caption)
