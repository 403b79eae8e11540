"""The clock's frames: what the browser unpacks is what was drawn, small, and dense where a training changes."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest
from made_runs import made_run

from diagnostics import Run, Series
from diagnostics.clock_steps import clock_steps
from diagnostics.figures.packing import packed

STEPS = (0, 10, 20)


def numbers(entry: dict[str, Any]) -> np.ndarray:
    """What pages/components/packed_figure.js makes of an array."""
    raw = base64.b64decode(entry["b"])
    if entry["t"] == "f4":
        return np.frombuffer(raw, "<f4")
    levels = np.frombuffer(raw, "u1" if entry["t"] == "u1" else "<u2")
    values = entry["low"] + entry["unit"] * levels
    return np.where(levels == np.iinfo(levels.dtype).max, np.nan, np.exp(values) if entry["log"] else values)


def figure(y: np.ndarray, *, kind: str = "linear", name: str = "dense1") -> dict[str, Any]:
    trace = {"type": "scatter", "name": name, "x": np.arange(20.0), "y": y}
    return {"data": [trace], "layout": {"meta": {"title": "long words"}, "yaxis": {"type": kind}}}


def frame(sent: dict[str, Any], path: list[object], number: int) -> np.ndarray:
    """One frame of what changes at a path."""
    (change,) = [change for change in sent["changes"] if change["path"] == path]
    ends = np.cumsum([0, *change["lengths"]])
    return numbers(sent["arrays"][change["array"]])[ends[number] : ends[number + 1]]


def test_each_frame_comes_back_as_it_was_drawn() -> None:
    drawn = [np.sin(np.arange(20) + step) * (step + 1) for step in STEPS]
    drawn[1][3] = np.nan
    sent = json.loads(packed([figure(y) for y in drawn], STEPS))
    assert sent["steps"] == [0, 10, 20]
    for number, y in enumerate(drawn):
        # 65 535 levels between the least and the largest of all frames, ±21: half a level is 3.2e-4
        np.testing.assert_allclose(frame(sent, ["data", 0, "y"], number), y, rtol=0, atol=3.3e-4)


def test_on_a_logarithmic_axis_small_numbers_keep_three_digits() -> None:
    drawn = [np.geomspace(1e-7, 10.0, 20) * 10.0**-number for number in range(3)]
    sent = json.loads(packed([figure(y, kind="log") for y in drawn], STEPS))
    for number, y in enumerate(drawn):
        # 10 decades: a level is 10·ln 10/65 534 = 3.5e-4 of the number, and it is rounded
        np.testing.assert_allclose(frame(sent, ["data", 0, "y"], number), y, rtol=1.8e-4)


def test_what_is_the_same_in_all_frames_is_sent_once_and_words_not_at_all() -> None:
    sent = json.loads(packed([figure(np.arange(20.0) + step) for step in STEPS], STEPS))
    assert [change["path"] for change in sent["changes"]] == [["data", 0, "y"]]
    assert numbers(sent["arrays"][sent["figure"]["data"][0]["x"]["~"]]).tolist() == list(range(20))
    assert "long words" not in json.dumps(sent)


def test_frames_may_differ_in_length_in_words_and_in_number_of_traces() -> None:
    short, long = figure(np.zeros(20)), figure(np.zeros(20), name="later")
    short["data"][0]["y"] = np.ones(15)
    sent = json.loads(packed([short, long], STEPS[:2]))
    assert frame(sent, ["data", 0, "y"], 0).tolist() == [1.0] * 15
    assert frame(sent, ["data", 0, "y"], 1).tolist() == [0.0] * 20
    assert {"path": ["data", 0, "name"], "values": ["dense1", "later"]} in sent["changes"]
    more = {**long, "data": long["data"] * 2}
    (change,) = [c for c in json.loads(packed([long, more], STEPS[:2]))["changes"] if c["path"] == ["data"]]
    assert [len(value) for value in change["values"]] == [1, 2]


def test_the_vertical_axis_holds_all_frames() -> None:
    drawn = [figure(np.full(20, value)) for value in (-1.0, 3.0)]
    low, high = json.loads(packed(drawn, STEPS[:2]))["figure"]["layout"]["yaxis"]["range"]
    assert (low, high) == pytest.approx((-1.2, 3.2))  # a twentieth of the span on each side


def run_with(std: np.ndarray) -> Run:
    steps = np.arange(len(std), dtype=np.int64)
    values = Series(("step", "seed"), "", steps, np.stack([std, std], axis=1))
    return made_run({"dense1/activation/mean": values, "dense1/activation/std": values})


def test_frames_are_dense_where_something_changes() -> None:
    std = np.ones(500)
    std[300:320] = np.linspace(1, 5, 20)
    std[320:] = 5
    chosen = clock_steps(run_with(std))
    assert (chosen[0], chosen[-1]) == (0, 499)
    assert 40 <= len(chosen) <= 50
    within = ((chosen >= 300) & (chosen < 320)).sum()
    assert within >= 15  # half of all frames on 4 % of the steps, as many as there are


def test_a_short_run_shows_every_record() -> None:
    assert clock_steps(run_with(np.ones(44))).tolist() == list(range(44))
    assert len(clock_steps(made_run({}))) == 0


def test_sheets_that_change_come_back_row_by_row() -> None:
    sheets = [np.arange(24.0).reshape(4, 6) * step for step in (1, 2)]
    sheets[1][0, 0] = np.nan
    drawn = [{"data": [{"type": "heatmap", "z": sheet}], "layout": {}} for sheet in sheets]
    sent = json.loads(packed(drawn, (-0.5, 1.0)))
    assert sent["steps"] == [-0.5, 1]  # places of a slider need not be whole
    (change,) = sent["changes"]
    assert (change["columns"], change["lengths"]) == (6, [24, 24])
    for number, sheet in enumerate(sheets):
        shown = frame(sent, ["data", 0, "z"], number).reshape(4, 6)
        np.testing.assert_allclose(shown, sheet, rtol=0, atol=46 / 65534)
