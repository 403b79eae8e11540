"""Networks by their weights beside the same networks by their function, drawn: maps, distances, symmetric copies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.colors import RUN_COLORS, THEORY, depth_scale, faded
from diagnostics.figures.lines import band
from diagnostics.figures.side_by_side import place, two_plots
from diagnostics.figures.theme import FigureWords, axis, figure_of, single
from diagnostics.parameter_space import ALL, PointMap, SymmetryReport, WeightMapReport
from diagnostics.seed_spread import spread_over_seeds
from diagnostics.settings_in_words import mean_of_seeds, seeds
from diagnostics.symmetries import FLIPS, KINDS, PERMUTATION, RESCALING

END = "#D55E00"
EARLY = 2.5  # power that spreads the colours of the first steps
NAMES = ("by weights", "by function")
LOOKS = {
    PERMUTATION: (RUN_COLORS[0], "diamond"),
    RESCALING: (RUN_COLORS[1], "square"),
    FLIPS: (RUN_COLORS[2], "triangle-up"),
    ALL: (RUN_COLORS[4], "x"),
}
ROOM = 1.15
ROUNDING = 1e-9  # a difference below it is rounding


def weight_map_figure(report: WeightMapReport) -> go.Figure:
    """Return both maps."""
    traces: list[dict[str, object]] = []
    maps = (report.weights, report.function)
    n_seeds = len(report.seeds)
    for number, one in enumerate(maps):
        points = one.points.reshape(len(report.steps), n_seeds, 2)
        traces += place(number, [*_paths(points), _moments(points, report), *_ends(points, report, number)])
    words = FigureWords(
        "Do networks that compute the same have the same weights?",
        f"Every point is one network at a kept state, every line one seed ({seeds(n_seeds)}). Left: PCA of all "
        f"weights; right: PCA of the outputs on {report.n_examples} fixed examples. Colours: from early (dark) to "
        "late (light). Circles: before training; stars: the end. Seeds that start and stay far apart on the left may "
        "come close on the right.",
        _map_summary(report),
        report.run_id,
        n_seeds,
        "Erhan et al. 2010, section 6.3 (maps of functions)",
        title="Weights and function",
        details=f"{report.n_parameters} weights and biases; {report.n_outputs} outputs. Distances on a map are at most "
        "the true ones.",
        term="parameter space",
    )
    return figure_of(traces, words, kind="weight-map", layout=_two_maps(maps))


def _two_maps(maps: Sequence[PointMap]) -> dict[str, object]:
    x_axes, y_axes = [], []
    for one, anchor in zip(maps, ("x", "x2"), strict=True):
        across, up = _square(one.points)
        more = {"scaleanchor": anchor, "constraintoward": "top"}
        x_axes.append(axis(f"component 1 ({one.shares[0]:.0%})", constrain="domain", range=across))
        y_axes.append(axis(f"component 2 ({one.shares[1]:.0%})", constrain="domain", range=up, **more))
    return two_plots(NAMES, x_axes, y_axes)


def _square(points: np.ndarray) -> list[list[float]]:
    """Return ranges of equal length, so that a map is a square on which distances can be compared."""
    low, high = points.min(axis=0), points.max(axis=0)
    half = max(float((high - low).max()) / 2 * ROOM, 1e-12)
    return [[float(middle - half), float(middle + half)] for middle in (low + high) / 2]


def _paths(points: np.ndarray) -> list[dict[str, object]]:
    gap = np.full((1, 2), np.nan)
    joined = np.concatenate([np.concatenate([points[:, k], gap]) for k in range(points.shape[1])])
    line = {"color": "rgba(122,130,140,0.6)", "width": 1}
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "x": single(joined[:, 0]),
            "y": single(joined[:, 1]),
            "name": "paths",
            "line": line,
            "hoverinfo": "skip",
            "showlegend": False,
        }
    ]


def _moments(points: np.ndarray, report: WeightMapReport) -> dict[str, object]:
    steps = np.repeat(report.steps, len(report.seeds))
    marker: dict[str, object] = {
        "color": single(steps), "colorscale": depth_scale(EARLY), "size": 6, "showscale": False,
    }  # fmt: skip
    return {
        "type": "scatter",
        "mode": "markers",
        "x": single(points[..., 0].ravel()),
        "y": single(points[..., 1].ravel()),
        "name": "kept states",
        "marker": marker,
        "customdata": np.stack([np.tile(report.seeds, len(report.steps)), steps], axis=1),
        "meta": {"columns": ["seed", "step"]},
        "hovertemplate": "seed %{customdata[0]}, step %{customdata[1]}<extra></extra>",
        "showlegend": False,
    }


def _ends(points: np.ndarray, report: WeightMapReport, number: int) -> list[dict[str, object]]:
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "x": single(points[at, :, 0]),
            "y": single(points[at, :, 1]),
            "name": name,
            "legendgroup": name,
            "showlegend": number == 0,
            "marker": {"symbol": symbol, "size": 11, "color": END, "line": {"width": 1.5, "color": END}},
            "customdata": np.array(report.seeds)[:, None],
            "meta": {"columns": ["seed"]},
            "hovertemplate": f"{name} of seed %{{customdata[0]}}<extra></extra>",
        }
        for name, at, symbol in (("start", 0, "circle-open"), ("end", -1, "star"))
    ]


def _map_summary(report: WeightMapReport) -> str:
    moved, changed = float(report.from_start[-1].mean()), float(report.function_from_start[-1].mean())
    text = (
        f"From step {report.steps[0]} to {report.steps[-1]} the weights moved {moved:.3g} and the outputs by "
        f"{changed:.3g} (root mean square) on average"
    )
    if len(report.seeds) > 1:
        text += (
            f"; two seeds are {report.between[0]:.3g} apart in weights at the start and {report.between[-1]:.3g} at "
            f"the end, but in outputs {report.function_between[0]:.3g} and {report.function_between[-1]:.3g}"
        )
    return text + "."


def weight_distances_figure(report: WeightMapReport) -> go.Figure:
    """Return both distances over training: from the start, and between seeds; in weights and in function."""
    traces: list[dict[str, object]] = []
    sources = ((report.from_start, report.between), (report.function_from_start, report.function_between))
    for number, (start, between) in enumerate(sources):
        spread = spread_over_seeds(start)
        lines: list[dict[str, object]] = []
        if len(report.seeds) > 1:
            lines += band(report.steps, spread.low, spread.high, "from the start", faded(RUN_COLORS[0]))
            lines.append(_distance(report, between, "between seeds", RUN_COLORS[3], number))
        lines.append(_distance(report, spread.mean, "from the start", RUN_COLORS[0], number))
        traces += place(number, lines)
    layout = two_plots(
        NAMES,
        [axis("step (updates)"), axis("step (updates)")],
        [axis("distance of weights", rangemode="tozero"), axis("difference of outputs", rangemode="tozero")],
    )
    n = len(report.seeds)
    words = FigureWords(
        "How far do the networks move, and do they come closer?",
        f"Blue: distance of a network from where it started, {mean_of_seeds(n)}"
        + ("; band: ± one standard deviation. Orange: mean distance of two seeds. " if n > 1 else ". ")
        + "Left in weights, right in what they compute.",
        _map_summary(report),
        report.run_id,
        n,
        title="Distances over training",
        details=f"Outputs: root mean square difference on {report.n_examples} examples.",
        term="parameter space",
    )
    return figure_of(traces, words, kind="weight-distances", layout={**layout, "height": 320})


def _distance(report: WeightMapReport, y: np.ndarray, name: str, color: str, number: int) -> dict[str, object]:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": single(report.steps),
        "y": single(y),
        "name": name,
        "legendgroup": name,
        "showlegend": number == 0,
        "line": {"color": color, "width": 2, "dash": "dash" if name == "between seeds" else "solid"},
        "marker": {"size": 5, "color": color},
    }


def symmetry_figure(report: SymmetryReport) -> go.Figure:
    """Return both maps of a network's path and of copies of its last state: other weights, the same function."""
    question = "Can other weights compute exactly the same?"
    if not report.kinds:
        sentence = "None of the symmetries holds for any layer of this network; the table below says why."
        words = FigureWords(question, "", sentence, title="Symmetries of the weights", term="symmetry")
        return figure_of([], words, kind="symmetries")
    traces: list[dict[str, object]] = []
    maps = (report.weights, report.function)
    for number, one in enumerate(maps):
        traces += place(number, _copies(one.points, report, number))
    return figure_of(traces, _symmetry_words(report, question), kind="symmetries", layout=_two_maps(maps))


def _copies(points: np.ndarray, report: SymmetryReport, number: int) -> list[dict[str, object]]:
    n, n_others = len(report.steps), len(report.others)
    path, others, copies = points[:n], points[n : n + n_others], points[n + n_others :]
    jumps = np.stack([np.broadcast_to(path[-1], copies.shape), copies, np.full(copies.shape, np.nan)], axis=1)
    base = {"showlegend": number == 0}
    result: list[dict[str, object]] = [
        {
            **_paths(jumps.reshape(-1, 1, 2))[0],
            "name": "jumps",
            "line": {"color": THEORY, "width": 0.8, "dash": "dot"},
        },
        {
            **_scatter(path, f"path of seed {report.seed}", **base),
            "mode": "lines+markers",
            "line": {"color": THEORY, "width": 1.5},
            "marker": {"color": THEORY, "size": 5},
        },
    ]
    if n_others:
        marker = {"symbol": "star-open", "size": 11, "color": THEORY, "line": {"width": 1.5, "color": THEORY}}
        result.append({**_scatter(others, "other seeds' ends", **base), "marker": marker})
    for kind in dict.fromkeys(report.kinds):
        chosen = copies[[one == kind for one in report.kinds]]
        color, symbol = LOOKS[kind]
        marker = {"symbol": symbol if symbol == "x" else f"{symbol}-open", "size": 9, "color": color}
        marker["line"] = {"width": 2, "color": color}
        result.append({**_scatter(chosen, kind, **base), "marker": marker})
    marker = {"symbol": "star", "size": 14, "color": END}
    result.append({**_scatter(path[-1:], "its end", **base), "marker": marker})
    return result


def _scatter(points: np.ndarray, name: str, *, showlegend: bool) -> dict[str, object]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": single(points[:, 0]),
        "y": single(points[:, 1]),
        "name": name,
        "legendgroup": name,
        "showlegend": showlegend,
        "hovertemplate": f"{name}<extra></extra>",
    }


def _symmetry_words(report: SymmetryReport, question: str) -> FigureWords:
    each = []
    for kind in dict.fromkeys(report.kinds):
        chosen = np.array([one == kind for one in report.kinds])
        each.append(f"{kind} {report.weight_distance[chosen].mean():.3g}")
    largest = float(report.function_distance.max())
    same = "no output differs by more than rounding" if largest < ROUNDING else "outputs differ"
    summary = f"Mean distance in weights: {', '.join(each)} (the weights are {report.weight_norm:.3g} long); "
    summary += f"{same} (at most {largest:.0e})."
    if np.isfinite(report.seed_distance):
        summary += (
            f" The other seeds are {report.seed_distance:.3g} away in weights and differ by up to "
            f"{report.seed_function_distance:.2g} in an output."
        )
    caption = (
        f"The network of seed {report.seed}, and copies of its last state with other weights: hidden units in another "
        "order, made larger and smaller in turn, or with flipped signs. On the left they jump (dotted) about as far as "
        "another seed is away; on the right they all lie on the star: the function stays."
    )
    held = [kind for kind in KINDS if kind in report.kinds]
    details = (
        f"{', '.join(held).capitalize()}: three random copies each, in float64; PCA of all points; outputs on "
        f"{report.n_examples} examples × {report.n_outputs}."
    )
    return FigureWords(
        question, caption, summary, report.run_id, 1 + len(report.others),
        "Hecht-Nielsen 1990; Neyshabur et al. 2015, section 2", title="Symmetries of the weights", details=details,
        term="symmetry",
    )  # fmt: skip
