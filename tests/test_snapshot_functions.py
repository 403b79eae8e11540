"""The function behind a point of a map: of each kind of data, equal to what the run recorded, and small to send."""

from __future__ import annotations

import functools
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from app_pages import SMALL
from test_packing import numbers

from datasets import load_dataset, prepare
from diagnostics import Run
from diagnostics.confusion import confusion
from diagnostics.figures.packing import packed_rows
from diagnostics.figures.snapshot_functions import function_panel
from diagnostics.figures.theme import apply_theme, themed_arrays
from diagnostics.snapshot_functions import SnapshotFunctionsReport, snapshot_functions
from diagnostics.snapshots import snapshots
from runs import train_run


@functools.cache
def trained(name: str) -> Run:
    return train_run(replace(SMALL, seeds=(0, 1)), load_dataset(name))


def report(name: str) -> SnapshotFunctionsReport:
    return snapshot_functions([trained(name)], snapshots([trained(name)]))


@pytest.mark.parametrize(
    ("name", "kind"),
    [("moons", "surface"), ("sine", "curve"), ("iris", "confusion"), ("diabetes", "predictions"), ("blobs", "classes")],
)
def test_each_kind_of_data_has_its_function(name: str, kind: str) -> None:
    found = report(name)
    assert found.kind == kind
    assert len(found.values) == len(found.snapshots)
    panel = function_panel(found, 2)
    apply_theme(panel.figure, dark=True)
    assert f"seed {found.snapshots.seed[2]}" in panel.figure.layout.annotations[0].text


def test_a_surface_is_that_of_the_snapshots_own_seed_and_step() -> None:
    found, run = report("moons"), trained("moons")
    row = int(found.snapshots.ends[1])
    recorded = run.series["grid/output"].values[-1, 1, :, 1].reshape(41, 41)
    np.testing.assert_allclose(found.values[row], recorded[::2, ::2], rtol=1e-6)


def test_the_confusion_of_all_seeds_is_the_mean_of_theirs() -> None:
    found = report("iris")
    mean = found.values[found.snapshots.ends].mean(axis=0)
    np.testing.assert_allclose(mean, confusion(trained("iris")).share, atol=1e-9)


def test_every_row_is_sent_with_eight_bits_and_its_words() -> None:
    found = report("moons")
    panel = function_panel(found)
    text = packed_rows(themed_arrays(panel.figure, dark=False), panel.changing, panel.words)
    sent = json.loads(text)
    (change,) = [change for change in sent["changes"] if change["path"] == ["data", 0, "z"]]
    values = numbers(sent["arrays"][change["array"]]).reshape(found.values.shape)
    assert np.abs(values - found.values).max() <= np.ptp(found.values) / 254
    assert change["columns"] == found.values.shape[2]
    (words,) = [change["values"] for change in sent["changes"] if "values" in change]
    assert len(words) == len(sent["steps"]) == len(found.values)
    assert len(text) < 2 * found.values.size + 40_000


def made(x: np.ndarray, task: str, **columns: np.ndarray) -> SnapshotFunctionsReport:
    table = pd.DataFrame({"len": x, **columns})
    data = prepare(table, target=list(columns) if len(columns) > 1 else next(iter(columns)), task=task, name="made")
    run = train_run(replace(SMALL, seeds=(0,), epochs=1), data)
    return snapshot_functions([run], snapshots(run))


def test_a_curve_is_named_by_what_it_shows_and_three_classes_are_no_curve() -> None:
    x = np.linspace(-1, 1, 90)
    two = made(x, "classification", kind=np.where(x > 0, "yes", "no"))
    assert (two.kind, two.labels) == ("curve", ("len", "probability of yes"))
    assert "probability of yes over the feature" in function_panel(two).figure.layout.meta["reading"]
    assert made(x, "classification", kind=np.array(["a", "b", "c"])[np.arange(90) // 30]).kind == "confusion"
    labels = made(x, "multi_label", A=(x > 0).astype(int), B=(x > 0.5).astype(int))
    assert (labels.kind, labels.labels[-1]) == ("curve", "probability of A")


def test_a_few_exploding_functions_do_not_hide_the_others() -> None:
    found = report("sine")
    usual = function_panel(found).figure.layout.yaxis.range
    values = found.values.copy()
    values[-1] *= 1e12
    panel = function_panel(replace(found, values=values))
    assert np.ptp(panel.figure.layout.yaxis.range) < 3 * np.ptp(usual)
    assert f"1 of {len(values)} snapshots reach beyond" in panel.figure.layout.meta["reading"]
    sent = np.concatenate([rows.ravel() for rows in panel.changing["data", 0, "y"]])
    assert np.ptp(sent) < 4 * np.ptp(usual)
    assert "reach beyond" not in function_panel(found).figure.layout.meta["reading"]


def test_a_link_in_the_name_of_a_run_is_shown_as_it_stands() -> None:
    found = report("iris")
    named = replace(found, snapshots=replace(found.snapshots, run_names=("<a href='http://a.b'>x</a>",)))
    assert all("<a" not in words for words in function_panel(named).words["layout", "annotations", 0, "text"])


def test_of_several_runs_the_settings_that_differ_stand_above_the_function() -> None:
    words = function_panel(report("moons"), 0, ["learning rate 0.1; initializer standard; " + "x " * 200]).words
    lines = words["layout", "annotations", 0, "text"][0].split("<br>")
    assert lines[1].startswith("learning rate 0.1; initializer standard")
    assert len(lines) == 5  # name, three lines of settings, moment
    assert lines[3].endswith(" …")
