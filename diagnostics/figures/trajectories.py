"""Trajectories in function space, drawn: one path for each seed, coloured by epoch, start and end marked."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.colors import THEORY, depth_scale
from diagnostics.figures.theme import FigureWords, Naming, axis, color_bar, figure_of, single
from diagnostics.settings_in_words import seeds
from diagnostics.trajectories import TrajectoriesReport

HEIGHT = 580
END = "#D55E00"
APART = 0.05  # of the larger side of the map: names of ends that lie closer would cover one another
EARLY = 2.5  # power that spreads the colours of the first epochs, in which most moments are recorded
METHODS = {"pca": "PCA", "tsne": "t-SNE"}


def trajectories_figure(report: TrajectoriesReport) -> go.Figure:
    """Return the map."""
    question = "Which function is it becoming, and do all seeds arrive at the same one?"
    if len(report.points) == 0:
        sentence = "No outputs are recorded yet; the paths appear with the first step."
        words = FigureWords(question, "", sentence, **_named(report))
        return figure_of([], words, kind="trajectories")
    all_seeds = list(dict.fromkeys(report.seeds.tolist()))
    traces = [_path(report, all_seeds), _moments(report), *_ends(report, all_seeds)]
    quality = _quality(report)
    label = {
        "xref": "paper",
        "yref": "paper",
        "x": 1,
        "y": 1.015,
        "xanchor": "right",
        "yanchor": "bottom",
        "showarrow": False,
        "align": "right",
        "text": quality.replace("; ", ";<br>"),
        "font": {"size": 12, "color": THEORY},
    }
    titles = ("t-SNE 1 (no unit)", "t-SNE 2 (no unit)")
    if report.method == "pca":
        first, second = (*report.explained, 0.0)[:2]
        titles = (f"component 1 ({first:.0%} of the variance)", f"component 2 ({second:.0%})")
    layout = {
        "height": HEIGHT,
        "xaxis": axis(titles[0]),
        "yaxis": axis(titles[1], scaleanchor="x", scaleratio=1),
        "annotations": [label],
        "margin": {"l": 56, "r": 16, "t": 42, "b": 44},
    }
    return figure_of(
        traces, _words(report, question, all_seeds, quality), kind=f"trajectories-{report.method}", layout=layout
    )


def _rows(report: TrajectoriesReport, seed: int) -> np.ndarray:
    rows = np.flatnonzero(report.seeds == seed)
    return rows[np.argsort(report.steps[rows], kind="stable")]


def _path(report: TrajectoriesReport, all_seeds: list[int]) -> dict[str, object]:
    gap = np.full((1, 2), np.nan)
    paths = np.concatenate([np.concatenate([report.points[_rows(report, seed)], gap]) for seed in all_seeds])
    return {
        "type": "scatter",
        "mode": "lines",
        "x": single(paths[:, 0]),
        "y": single(paths[:, 1]),
        "name": "paths",
        "line": {"color": "rgba(122,130,140,0.5)", "width": 1},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _moments(report: TrajectoriesReport) -> dict[str, object]:
    custom = np.stack([report.seeds, report.steps, report.epochs], axis=1)
    marker = {
        "color": single(report.epochs),
        "colorscale": depth_scale(EARLY),
        "size": 6,
        "showscale": True,
        "colorbar": color_bar("epoch"),
    }
    return {
        "type": "scatter",
        "mode": "markers",
        "x": single(report.points[:, 0]),
        "y": single(report.points[:, 1]),
        "name": "moments",
        "marker": marker,
        "customdata": custom,
        "meta": {"columns": ["seed", "step", "epoch"]},
        "hovertemplate": "seed %{customdata[0]}, step %{customdata[1]}, epoch %{customdata[2]:.2f}<extra></extra>",
        "showlegend": False,
    }


def _ends(report: TrajectoriesReport, all_seeds: list[int]) -> list[dict[str, object]]:
    rows = [_rows(report, seed) for seed in all_seeds]
    reach = float(np.ptp(report.points, axis=0).max()) if len(report.points) else 0.0
    result: list[dict[str, object]] = []
    for name, place, symbol in (("start", 0, "circle-open"), ("end", -1, "star")):
        points = report.points[[one[place] for one in rows]]
        marker = {"symbol": symbol, "size": 12, "color": END, "line": {"width": 2 if place == 0 else 0.5, "color": END}}
        result.append(
            {
                "type": "scatter",
                "mode": "markers+text",
                "x": single(points[:, 0]),
                "y": single(points[:, 1]),
                "name": name,
                "marker": marker,
                "text": _numbers(points, all_seeds, APART * reach),
                "textposition": "top center",
                "customdata": np.array(all_seeds)[:, None],
                "meta": {"columns": ["seed"]},
                "hovertemplate": f"{name} of seed %{{customdata[0]}}<extra></extra>",
            }
        )
    return result


def _numbers(points: np.ndarray, all_seeds: list[int], apart: float) -> list[str]:
    """The seeds' numbers where nothing else stands within `apart`; the others are told by hovering."""
    distance = np.linalg.norm(points[:, None] - points[None], axis=2) + np.where(np.eye(len(points)), np.inf, 0.0)
    return [str(seed) if distance[i].min() > apart else "" for i, seed in enumerate(all_seeds)]


def _named(report: TrajectoriesReport) -> Naming:
    return {"title": f"Trajectories in function space, {METHODS[report.method]}", "term": "trajectory"}


def _quality(report: TrajectoriesReport) -> str:
    trust = (
        f"trustworthiness {report.trust:.3f}" if np.isfinite(report.trust) else "too few points for a trustworthiness"
    )
    if report.method == "pca":
        return f"PCA: the two components hold {sum(report.explained):.1%} of the variance; {trust}"
    return f"t-SNE, seed {report.seed}: {trust}; distances between far groups mean nothing"


def _words(report: TrajectoriesReport, question: str, all_seeds: list[int], quality: str) -> FigureWords:
    caption = (
        f"Each point is one network at one recorded moment: its outputs on {report.n_probe} fixed probe examples × "
        f"{report.n_outputs} outputs, {METHODS[report.method]} of all {seeds(len(all_seeds))} together. "
        "Circles: before training; stars: the end; numbers: the seed."
    )
    rows = [_rows(report, seed) for seed in all_seeds]
    starts, ends = (report.points[[one[place] for one in rows]] for place in (0, -1))
    travelled = float(np.linalg.norm(ends - starts, axis=1).mean())
    apart = float(np.linalg.norm(ends - ends.mean(axis=0), axis=1).mean())
    summary = (
        f"{quality}. On the map the {seeds(len(all_seeds))} end {travelled:.3g} from their starts on average, "
        f"and {apart:.3g} from their common centre."
    )
    return FigureWords(
        question, caption, summary, report.run_id, len(all_seeds), "Erhan et al. 2010, section 6.3",
        details=f"{report.settings}.", **_named(report),
    )  # fmt: skip
