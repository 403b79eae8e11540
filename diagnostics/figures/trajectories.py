"""Trajectories in function space, drawn: one path for each seed, coloured by epoch, start and end marked."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.theme import FigureWords, axis, figure_of, single
from diagnostics.settings_in_words import seeds
from diagnostics.trajectories import TrajectoriesReport

HEIGHT = 560
METHODS = {"pca": "PCA", "tsne": "t-SNE"}


def trajectories_figure(report: TrajectoriesReport) -> go.Figure:
    """Return the map."""
    question = "Which function is it becoming, and do all seeds arrive at the same one?"
    if len(report.points) == 0:
        words = FigureWords(question, "", "No outputs are recorded yet; the paths appear with the first step.")
        return figure_of([], words, kind="trajectories")
    all_seeds = list(dict.fromkeys(report.seeds.tolist()))
    traces = [_path(report, all_seeds), _moments(report), *_ends(report, all_seeds)]
    quality = _quality(report)
    label = {
        "xref": "paper",
        "yref": "paper",
        "x": 0.01,
        "y": 0.01,
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "align": "left",
        "text": quality,
        "font": {"size": 12},
    }
    titles = ("t-SNE 1 (no unit)", "t-SNE 2 (no unit)")
    if report.method == "pca":
        titles = (f"component 1 ({report.explained[0]:.0%})", f"component 2 ({(*report.explained, 0)[1]:.0%})")
    layout = {
        "height": HEIGHT,
        "xaxis": axis(titles[0]),
        "yaxis": axis(titles[1], scaleanchor="x", scaleratio=1),
        "annotations": [label],
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
        "line": {"color": "rgba(122,130,140,0.45)", "width": 1},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _moments(report: TrajectoriesReport) -> dict[str, object]:
    custom = np.stack([report.seeds, report.steps, report.epochs], axis=1)
    marker = {
        "color": single(report.epochs),
        "colorscale": "Viridis",
        "size": 6,
        "showscale": True,
        "colorbar": {"title": {"text": "epoch"}, "thickness": 12},
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
    common = {"type": "scatter", "hoverinfo": "skip"}
    result: list[dict[str, object]] = []
    for name, place, symbol in (("start", 0, "circle-open"), ("end", -1, "star")):
        points = report.points[[one[place] for one in rows]]
        marker = {
            "symbol": symbol,
            "size": 13,
            "color": "#D55E00",
            "line": {"width": 2 if place == 0 else 0.5, "color": "#D55E00"},
        }
        result.append(
            {
                **common,
                "mode": "markers+text",
                "x": single(points[:, 0]),
                "y": single(points[:, 1]),
                "name": name,
                "marker": marker,
                "text": [f" {seed}" if place else "" for seed in all_seeds],
                "textposition": "middle right",
            }
        )
    return result


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
        f"Circles: before training; stars: the end, with the seed's number. {report.settings}."
    )
    rows = [_rows(report, seed) for seed in all_seeds]
    starts, ends = (report.points[[one[place] for one in rows]] for place in (0, -1))
    travelled = float(np.linalg.norm(ends - starts, axis=1).mean())
    apart = float(np.linalg.norm(ends - ends.mean(axis=0), axis=1).mean())
    summary = (
        f"{quality}. On the map the {seeds(len(all_seeds))} end {travelled:.3g} from their starts on average, "
        f"and {apart:.3g} from their common centre."
    )
    return FigureWords(question, caption, summary, report.run_id, len(all_seeds), "Erhan et al. 2010, section 6.3")
