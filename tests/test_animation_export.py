"""Growing figures as files: frames of the page against the rule in loops, the GIF read again, a map as a table."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from made_runs import STEPS, made_run
from PIL import Image
from test_packing import numbers

from diagnostics import Series
from diagnostics.figures import growing
from diagnostics.figures.printing import fitted_to_print
from diagnostics.figures.table import figure_table, map_table
from diagnostics.figures.trajectories import function_map_figure
from diagnostics.trajectories import FunctionMapReport, function_map
from runs.animation_export import GIF_FRAMES, GIF_WIDTH, HOLD, export_animation_html, export_gif, gif_film
from runs.figure_export import apply_preset, export_csv, export_html

RUN_STEPS = STEPS.tolist()


def made_map(n_dims: int = 2, end: int = 4) -> FunctionMapReport:
    """Two seeds of known steps; the second one is NaN from its record number `end` on."""
    values = np.random.default_rng(0).normal(size=(4, 2, 5, 3)).cumsum(axis=0).astype(np.float32)
    values[end:, 1] = np.nan
    run = made_run({"probe/output": Series(("step", "seed", "example", "output"), "", STEPS, values)})
    return function_map([run], "pca", n_dims)


def grown(n_steps: int = 5) -> go.Figure:
    """One line that grows by a point at each tenth step, and one that stands still and reaches further."""
    since = 10 * np.arange(n_steps)
    line = {"type": "scatter", "name": "line", "x": np.arange(float(n_steps)), "y": np.arange(float(n_steps)) ** 2}
    line["meta"] = {"shown": {"from": since, "until": np.full(n_steps, 10**6)}}
    still = {"type": "scatter", "name": "still", "x": [-3.0, 0.0], "y": [0.0, 30.0]}
    words = {"title": "A < B", "caption": "How it is read.", "source": "Someone 1999", "question": "Why?"}
    return go.Figure({"data": [line, still], "layout": {"meta": words, "height": 300, "margin": {"l": 50, "r": 10}}})


def frames_of(page: bytes) -> list[dict[str, Any]]:
    """The frames as a browser finds them on the page."""
    text = page.decode()
    start = text.index("[", text.index("Plotly.addFrames("))
    frames: list[dict[str, Any]] = json.JSONDecoder().raw_decode(text, start)[0]
    return frames


def decoded(values: Any) -> list[float]:
    if isinstance(values, dict):
        return np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"]).tolist()
    return [np.nan if value is None else value for value in values]


@pytest.mark.parametrize("n_dims", [2, 3])
def test_the_frames_of_the_page_show_what_the_rule_says(n_dims: int) -> None:
    report = made_map(n_dims, end=3)
    shown, figure = report.snapshots, function_map_figure(report)
    frames = frames_of(export_animation_html(figure, RUN_STEPS, include_plotlyjs=False))
    assert [frame["name"] for frame in frames] == [str(step) for step in RUN_STEPS]
    names = [trace.name for trace in figure.data]
    for step, frame in zip(RUN_STEPS, frames, strict=True):
        traces = dict(zip((names[number] for number in frame["traces"]), frame["data"], strict=True))
        heads = [-1, -1]
        for row in range(len(shown)):
            if shown.step[row] <= step:
                heads[shown.path[row]] = row
        for number, letter in enumerate("xyz"[:n_dims]):
            seen, head = decoded(traces["snapshots"][letter]), decoded(traces["end"][letter])
            for row, point in enumerate(report.points):
                expected = point[number] if shown.step[row] <= step else np.nan
                assert seen[row] == pytest.approx(expected, rel=1e-6, nan_ok=True), (step, row)  # float32
                expected = point[number] if row in heads else np.nan
                assert head[row] == pytest.approx(expected, rel=1e-6, nan_ok=True), (step, row)
    kinds = {trace["type"] for frame in frames for trace in frame["data"]}
    assert kinds == ({"scatter"} if n_dims == 2 else {"scatter3d"})


def test_the_page_needs_no_network_and_says_what_it_shows() -> None:
    page = export_animation_html(grown(), [0, 20, 40]).decode()
    assert "<script src=" not in page
    assert len(page) > 3_000_000  # plotly.js
    assert "How it is read. Source: Someone 1999.</p></body>" in page
    assert "<title>A &lt; B</title>" in page
    assert "Source: Someone 1999." in export_html(grown(), include_plotlyjs=False).decode()


def test_a_slider_moves_through_the_frames_and_the_axes_stay() -> None:
    moving = growing.animated(apply_preset(growing.without_growth(grown()), "slides"), grown(), [0, 20, 40])
    (slider,), (menu,) = moving.layout.sliders, moving.layout.updatemenus
    assert [list(step.args[0]) for step in slider.steps] == [["0"], ["20"], ["40"]]
    assert slider.active == 2
    assert [button.label for button in menu.buttons] == ["Play", "Pause"]
    # x from -3 to 4 and y from 0 to 30 in all, and 6 % of that around it
    assert moving.layout.xaxis.range == pytest.approx((-3.42, 4.42))
    assert moving.layout.yaxis.range == pytest.approx((-1.8, 31.8))
    assert all(not frame.layout.to_plotly_json() for frame in moving.frames)
    own = grown().update_layout(xaxis_range=[0, 1], yaxis_type="log")
    ranges = growing.fixed_ranges(own, list(growing.growths([trace.to_plotly_json() for trace in own.data])))
    assert list(ranges) == ["yaxis"]
    np.testing.assert_allclose(ranges["yaxis"]["range"][1], 1.06 * np.log10(30))  # from 1 to 30


def test_a_space_keeps_its_axes_and_their_proportions_although_its_points_come_one_by_one() -> None:
    report = made_map(3)
    figure = function_map_figure(report)
    scene = growing.growing_print(apply_preset(growing.without_growth(figure), "slides"), figure)["layout"]["scene"]
    lengths = []
    for letter, column in zip("xyz", report.points.T, strict=True):
        low, high = scene[f"{letter}axis"]["range"]
        assert low < column.min() < column.max() < high
        lengths.append((high - low) / scene["aspectratio"][letter])
    assert lengths == pytest.approx([lengths[0]] * 3)
    assert scene["aspectmode"] == "manual"
    assert max(scene["aspectratio"].values()) <= growing.LONGEST * (1 + 1e-9)


def test_very_many_numbers_are_thinned_evenly_and_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growing, "MOST_NUMBERS", 50)  # five points in x and y: five frames
    page = export_animation_html(grown(), list(range(41)), include_plotlyjs=False)
    assert [frame["name"] for frame in frames_of(page)] == ["0", "10", "20", "30", "40"]
    assert "The slider has 5 of 41 recorded steps." in page.decode()
    assert growing.spread([1, 5, 7], 40) == [1, 5, 7]
    assert growing.spread(range(10), 2) == [0, 9]


def test_the_browser_gets_the_frames_of_the_gif_with_their_steps() -> None:
    report = made_map()
    film = gif_film(function_map_figure(report), RUN_STEPS)
    sent = json.loads(film.packed)
    assert film.n_frames == 4
    assert film.width * film.scale == pytest.approx(GIF_WIDTH)
    (said,) = [change for change in sent["changes"] if "values" in change]
    assert said["values"] == [f"step {step}" for step in RUN_STEPS]
    assert sent["figure"]["layout"]["annotations"][said["path"][2]]["text"] == ""
    number = [trace["name"] for trace in sent["figure"]["data"]].index("end")
    (change,) = [change for change in sent["changes"] if change["path"] == ["data", number, "y"]]
    np.testing.assert_allclose(numbers(sent["arrays"][change["array"]]), report.points[:, 1], rtol=1e-6)
    assert numbers(sent["arrays"][change["from"]]).tolist() == RUN_STEPS * 2
    assert numbers(sent["arrays"][change["until"]])[:3].tolist() == RUN_STEPS[1:]
    assert "rgba(0,0,0,0)" not in sent["figure"]["layout"]["paper_bgcolor"]
    assert len(json.loads(gif_film(grown(99), list(range(0, 990, 10))).packed)["steps"]) == GIF_FRAMES


def png(color: str, size: tuple[int, int] = (60, 40), mark: int = 0) -> bytes:
    """An image with a blue mark in one of its columns."""
    target, image = io.BytesIO(), Image.new("RGBA", size, color)
    image.paste("blue", (mark, 30, mark + 1, 40))
    image.save(target, "PNG")
    return target.getvalue()


@pytest.mark.parametrize(("n_frames", "each"), [(3, 500), (40, 300)])  # 12 s / 40 is 0.3 s; half a second at most
def test_a_gif_has_its_frames_their_durations_and_no_end(n_frames: int, each: int) -> None:
    gif = export_gif([png("orange", mark=number) for number in range(n_frames)])
    with Image.open(io.BytesIO(gif)) as film:
        assert film.format == "GIF"
        assert film.info["loop"] == 0
        assert film.n_frames == n_frames
        for number in range(n_frames):
            film.seek(number)
            assert film.info["duration"] == (HOLD if number == n_frames - 1 else each)
            row = [film.convert("RGB").getpixel((column, 35)) for column in range(n_frames)]
            assert [column for column, color in enumerate(row) if color == (0, 0, 255)] == [number]


def test_what_is_transparent_becomes_white() -> None:
    with Image.open(io.BytesIO(export_gif([png("#ff000000"), png("red")]))) as film:
        assert film.convert("RGB").getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        ([], "1 to 100 images; the browser sent 0"),
        ([png("red"), b"GIF89a"], "Image 2 that the browser sent is no PNG"),
        ([png("red"), png("red")[:60]], "Image 2 that the browser sent is no PNG"),
        ([png("red"), png("red", (9, 9))], r"Image 2 is \(9, 9\), the first one \(60, 40\)"),
        ([png("red", (5000, 1))], "at most 4000 pixels"),
    ],
    ids=["none", "other kind", "cut off", "other size", "too large"],
)
def test_images_that_make_no_gif_are_refused(images: list[bytes], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        export_gif(images)


def test_a_figure_that_does_not_grow_and_no_steps_are_refused() -> None:
    still = growing.without_growth(grown())
    with pytest.raises(ValueError, match="no trace of this figure grows"):
        export_animation_html(still, [0])
    with pytest.raises(ValueError, match="at least one step"):
        export_animation_html(grown(), [])
    with pytest.raises(ValueError, match="at least one step"):
        gif_film(grown(), [])


@pytest.mark.parametrize("n_dims", [2, 3])
def test_the_coordinates_of_a_map_are_one_clean_table(n_dims: int) -> None:
    report = made_map(n_dims, end=3)
    table = map_table(report)
    assert list(table.columns) == ["run", "seed", "step", "epoch", "loss", *"xyz"[:n_dims]]
    assert table["step"].tolist() == [*RUN_STEPS, *RUN_STEPS[:3]]
    assert table["seed"].tolist() == [0] * 4 + [1] * 3
    np.testing.assert_array_equal(table[list("xyz"[:n_dims])], report.points)
    assert table["epoch"].tolist() == report.snapshots.epoch.tolist()


def test_the_numbers_of_a_map_in_space_have_all_three_coordinates() -> None:
    report = made_map(3)
    figure = function_map_figure(report)
    table = pd.read_csv(io.BytesIO(export_csv(figure)))
    titles = [figure.layout.scene[f"{letter}axis"].title.text for letter in "xyz"]
    snapshots = table[table["series"] == "snapshots"]
    np.testing.assert_allclose(snapshots[titles], report.points, rtol=1e-6)
    assert snapshots["step"].tolist() == RUN_STEPS * 2
    assert table[table["series"] == "end"]["row"].tolist() == list(range(8))
    assert figure_table(figure)["step"].dtype.kind == "f"  # numbers, although names stand beside them


def test_a_map_in_space_is_printed_as_high_as_one_in_the_plane() -> None:
    heights = []
    for n_dims in (2, 3):
        figure = function_map_figure(made_map(n_dims))
        heights.append(fitted_to_print(apply_preset(figure, "two columns"), figure).layout.height)
    assert heights[0] == heights[1] > 346  # of other figures of this width
