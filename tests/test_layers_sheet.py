"""The sheet: flat slopes by hand, two runs on the same bins, and the page's clock, choices and worked pair."""

from __future__ import annotations

import json

import numpy as np
import pytest
from app_pages import finished_run, opened
from made_runs import histogram, made_run, per_seed
from streamlit.testing.v1 import AppTest

from diagnostics.figures.compared_histograms import ComparedRun, compared_histograms_figure, compared_histograms_frames
from diagnostics.layer_statistics import layer_histograms
from diagnostics.saturation import defined_shares, flat_share
from pages.components import frame, worked_pair
from runs.jobs import registry


def test_flat_is_where_the_slope_is_below_a_twentieth() -> None:
    # tanh' = 1 - tanh² < 0.05 from |z| = atanh √0.95 = 2.18 on; relu' = 0 for z ≤ 0
    series = {
        "dense1/pre_activation/histogram": histogram("symlog", [[0, 1, 3, -10], [-2.5, 2.5, 9, -9]]),
        "dense2/pre_activation/histogram": histogram("symlog", [[-1.0, 0, 2, 3], [-1, -2, -3, 4]]),
        "output/pre_activation/histogram": histogram("symlog", [[0.0, 1, 3, -10]] * 2),
    }
    report = flat_share(made_run(series))
    assert report.layers == ("dense1", "dense2")
    assert report.share[:, 0].tolist() == pytest.approx([(0.5 + 1) / 2, (0.5 + 0.75) / 2])
    assert report.spread[:, 0].tolist() == pytest.approx([0.25, 0.125])


def test_flat_is_read_off_bounded_activations_where_there_are_no_pre_activations() -> None:
    # tanh is flat beyond √0.95 = 0.9747
    series = {"dense1/activation/histogram": histogram("linear", [[-0.99, 0, 0.5, 0.995], [0.9, 0.8, 0, -0.9]])}
    assert flat_share(made_run(series)).share[:, 0].tolist() == pytest.approx([0.25])


def test_only_the_shares_that_a_run_has_are_offered() -> None:
    run = made_run({"dense2/activation/dead_share": per_seed(np.zeros((4, 2)))})
    assert defined_shares(run) == ("dead",)
    assert defined_shares(made_run({})) == ()


def test_two_runs_are_drawn_on_the_same_bins() -> None:
    numbers = ([[-1, -1, 0.001, 1], [-1, 0.001, 0.001, 1]], [[0.5] * 4, [0.5] * 4])
    runs = [made_run({"dense1/activation/histogram": histogram("linear", rows)}) for rows in numbers]
    compared = [
        ComparedRun(layer_histograms(run), "dense1", name, "#0072B2")
        for run, name in zip(runs, ("sick", "cured"), strict=True)
    ]
    figure = compared_histograms_figure(compared)
    sick, cured = (trace for trace in figure.data if trace.showlegend)
    assert np.array_equal(sick.x, cured.x)
    assert float(np.max(cured.y)) == pytest.approx(1.0)
    assert float(np.max(sick.y)) == pytest.approx(0.375)
    assert (sick.line.dash, cured.line.dash) == ("solid", "dash")
    low, high = figure.layout.yaxis.range
    assert low == 0
    assert 1.0 < high < 1.2
    together = compared_histograms_frames([compared, compared[::-1]])
    assert all(drawn.layout.yaxis.range == (low, high) for drawn in together)
    assert "cured" in figure.layout.meta["summary"]


def charts(at: AppTest) -> dict[str, dict[str, object]]:
    """What is sent to the browser, by the chart's key."""
    sent = [json.loads(element.proto.json) for element in at.get("bidi_component")]
    return {str(data["key"]): data for data in sent if isinstance(data, dict) and "figure" in data}


def late_frames(at: AppTest) -> dict[str, dict[str, object]]:
    """The frames that are sent after the charts, by the chart's key."""
    sent = [json.loads(element.proto.json) for element in at.get("bidi_component")]
    return {str(data["chart"]): data for data in sent if isinstance(data, dict) and "frames" in data}


def test_an_address_says_where_the_clock_rests_and_which_layer_is_chosen() -> None:
    run_id = finished_run()
    at = opened("layers", run_id)
    at.query_params["step"], at.query_params["layer"] = "3", "dense2"
    at.session_state["clock/chosen"] = None
    at.run()
    assert not at.exception
    assert "dense2 in depth" in [element.value for element in at.subheader]
    chart, late = charts(at)["layers/figure/activation"], late_frames(at)["layers/figure/activation"]
    resting, frames = json.loads(str(chart["figure"])), json.loads(str(late["frames"]))
    assert resting["steps"] == [3]
    assert not resting["changes"]
    assert {change["path"][2] for change in frames["changes"]} == {"y"}
    assert 3 in frames["steps"]
    assert len(frames["steps"]) > 3
    assert resting["figure"]["layout"] == frames["figure"]["layout"]  # the axes do not jump when the frames come


def test_the_frames_of_a_figure_come_after_all_figures_and_say_to_which_they_belong() -> None:
    at = opened("layers", finished_run())
    order = [json.loads(element.proto.json) for element in at.get("bidi_component")]
    keys = [part for data in order if isinstance(data, dict) for part in ("figure", "frames") if part in data]
    assert keys == sorted(keys)  # "figure" is before "frames"
    sent = late_frames(at)
    assert set(sent) == {
        f"layers/figure/{name}" for name in ("activation", "gradient", "weight_gradient", "histograms")
    }
    for key, late in sent.items():
        assert json.loads(str(charts(at)[key]["clock"]))["late"] == late["version"]
    assert json.loads(str(charts(at)["layers/figure/share"]["clock"]))["late"] == ""  # it does not move


def test_a_layer_can_be_chosen_from_the_list_and_another_run_compared() -> None:
    run_id, other = finished_run(), finished_run()
    at = opened("layers", run_id)
    at.selectbox(key="layers/layer").set_value("dense2").run()
    assert "dense2 in depth" in [element.value for element in at.subheader]
    at.query_params["with"] = other
    at.run()
    assert not at.exception
    assert any("Activations of two runs" in element.value for element in at.markdown)


def test_the_worked_pair_differs_in_its_first_weights_only() -> None:
    sick, cured = worked_pair.pair_experiments().values()
    assert sick.initializer == "standard"
    assert sick.to_json().replace("standard", "glorot_uniform") == cured.to_json()


def test_one_click_trains_the_pair_and_looks_at_it() -> None:
    at = opened("layers", finished_run())
    at.button(key="layers/pair").click().run()
    assert not at.exception
    names = {frame.store().entry(run_id).name for run_id in (at.session_state["run_id"], str(at.query_params["with"]))}
    for entry in frame.store().list():
        job = registry().job(entry.id)
        if job is not None:
            job.stop(owner=entry.owner)
            job.wait(20)
    assert names == {worked_pair.SICK, worked_pair.CURED}
