"""The probe examples in one layer at several moments, drawn as small maps with the same axes."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.example_maps import ExampleMapsReport
from diagnostics.figures.colors import CLASS_COLORS, CLASS_SYMBOLS, SCALES, THEORY
from diagnostics.figures.panel_places import PanelPlaces
from diagnostics.figures.theme import FigureWords, Naming, axis, color_bar, figure_of, single

NAMED: Naming = {"title": "Examples as one layer sees them", "term": "PCA and t-SNE"}
MOST_CLASSES = 10  # colours that can be told apart; of more classes the number is told by hovering
SOURCE = "maps of hidden activity: Rauber et al. 2017; alignment of seeds: Schönemann 1966"
METHODS = {"pca": "PCA", "tsne": "t-SNE"}
COLUMNS = 3  # of one seed
MARGIN = 0.06


def example_maps_figure(report: ExampleMapsReport) -> go.Figure:
    """Return a row of maps for each seed; of one seed two rows."""
    n_seeds, n_moments = report.points.shape[:2]
    places = PanelPlaces(
        n=n_seeds * n_moments, n_columns=COLUMNS if n_seeds == 1 else n_moments, x_gap=0.02,
        row_height=210 if n_seeds == 1 else 190, y_gap=34,
    )  # fmt: skip
    is_classes = report.labels is not None
    layout = places.layout(_titles(report), legend=is_classes and _n_classes(report) <= MOST_CLASSES)
    across, up = (_range(report.points[..., k]) for k in (0, 1))
    for number, (x_span, y_span) in enumerate(places.domains()):
        suffix = str(number + 1) if number else ""
        bare = {"showticklabels": False, "ticks": "", "mirror": True, "nticks": 5}
        is_left, is_corner = number % places.n_columns == 0, number == places.n - places.n_columns
        x_title, y_title = _axis_titles(report, number // places.n_columns)
        x_title = x_title if is_corner else ""
        y_title = y_title if is_corner or (is_left and n_seeds > 1) else ""
        same = {"matches": "x"} if number else {}
        layout[f"xaxis{suffix}"] = axis(x_title, **bare, **same, range=across, domain=x_span, anchor=f"y{suffix}")
        same = {"matches": "y"} if number else {"scaleanchor": "x"}
        layout[f"yaxis{suffix}"] = axis(y_title, **bare, **same, range=up, domain=y_span, anchor=f"x{suffix}")
    traces = _by_class(report) if is_classes and _n_classes(report) <= MOST_CLASSES else _by_number(report)
    return figure_of(traces, _words(report), kind=f"example-maps-{report.method}-{report.layer}", layout=layout)


def _n_classes(report: ExampleMapsReport) -> int:
    return len(report.class_names)


def _range(values: np.ndarray) -> list[float]:
    low, high = float(values.min()), float(values.max())
    margin = MARGIN * ((high - low) or 1.0)
    return [low - margin, high + margin]


def _axis_titles(report: ExampleMapsReport, row: int) -> tuple[str, str]:
    """Of several seeds each row is one, and its title says which."""
    seed = f"seed {report.seeds[row]}, " if len(report.seeds) > 1 else ""
    if report.method == "tsne":
        return "t-SNE 1 (no unit)", f"{seed}t-SNE 2 (no unit)"
    first, second = report.explained
    return f"component 1 ({first:.0%})", f"{seed}component 2 ({second:.0%})"


def _titles(report: ExampleMapsReport) -> list[str]:
    """Step and share between the classes, seed after seed."""
    return [
        f"step {step}: {share:.0%}" if np.isfinite(share) else f"step {step}"
        for shares in report.separation
        for step, share in zip(report.steps, shares, strict=True)
    ]


def _panels(report: ExampleMapsReport) -> list[tuple[int, int, dict[str, str]]]:
    """Seed, moment and axes of every map."""
    n_moments = len(report.steps)
    result = []
    for s in range(len(report.seeds)):
        for t in range(n_moments):
            suffix = str(s * n_moments + t + 1) if s or t else ""
            result.append((s, t, {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}))
    return result


def _trace(report: ExampleMapsReport, s: int, t: int, chosen: np.ndarray) -> dict[str, object]:
    points = report.points[s, t][chosen]
    named = [[report.seeds[s], int(report.steps[t]), int(row), _said(report, int(row))] for row in chosen]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": single(points[:, 0]),
        "y": single(points[:, 1]),
        "customdata": np.array(named, dtype=object),
        "meta": {"columns": ["seed", "step", "example", "target"]},
        "hovertemplate": "example %{customdata[2]}, %{customdata[3]}<br>seed %{customdata[0]}, step %{customdata[1]}"
        "<extra></extra>",
    }


def _said(report: ExampleMapsReport, row: int) -> str:
    if report.labels is not None:
        return report.class_names[int(report.labels[row])]
    return "" if report.targets is None else f"target {report.targets[row]:.3g}"


def _by_class(report: ExampleMapsReport) -> list[dict[str, object]]:
    assert report.labels is not None
    traces: list[dict[str, object]] = []
    for label in np.unique(report.labels):
        chosen, name = np.flatnonzero(report.labels == label), report.class_names[int(label)]
        marker = {
            "size": 5,
            "color": CLASS_COLORS[label % len(CLASS_COLORS)],
            "symbol": CLASS_SYMBOLS[label % len(CLASS_SYMBOLS)],
            "opacity": 0.8,
        }
        for s, t, axes in _panels(report):
            one = {**_trace(report, s, t, chosen), **axes, "marker": marker, "name": name, "legendgroup": name}
            traces.append({**one, "showlegend": s == t == 0})
    return traces


def _by_number(report: ExampleMapsReport) -> list[dict[str, object]]:
    """Coloured by the number to be predicted; without one, or of very many classes, all alike."""
    traces: list[dict[str, object]] = []
    everything = np.arange(report.points.shape[2])
    for s, t, axes in _panels(report):
        marker: dict[str, object] = {"size": 5, "color": THEORY}
        meta: dict[str, object] = {"columns": ["seed", "step", "example", "target"]}
        if report.targets is not None:
            span = {"cmin": float(report.targets.min()), "cmax": float(report.targets.max())}
            marker |= {"color": single(report.targets), "colorscale": SCALES["number"][0], **span}
            marker |= {"showscale": s == t == 0, "colorbar": color_bar("target, as the network sees it")}
            meta["scale"] = "number"
        traces.append({**_trace(report, s, t, everything), **axes, "marker": marker, "meta": meta, "name": "examples"})
    return traces


def _words(report: ExampleMapsReport) -> FigureWords:
    many = len(report.seeds) > 1
    question = f"How do the classes come apart in {report.layer}?"
    if report.labels is None:
        question = f"How does {report.layer} arrange the examples?"
    caption = (
        f"One point for each of {report.points.shape[2]} probe examples; all maps have the same axes, and each is "
        "centred on its own mean. "
    )
    if report.labels is not None:
        caption += (
            "Percentages: share of the layer's variance that lies between the classes, in all its dimensions "
            f"(dealt out at random: {report.by_chance:.0%}). "
        )
    if many:
        caption += "Seeds are turned and mirrored onto the first one, not stretched: their units do not correspond."
    if report.method == "tsne":
        caption += " t-SNE keeps neighbours: distances between far groups mean nothing."
    return FigureWords(
        question, caption.strip(), _summary(report), report.run_id, len(report.seeds), SOURCE,
        details=_details(report), **NAMED,
    )  # fmt: skip


def _details(report: ExampleMapsReport) -> str:
    text = f"{METHODS[report.method]} of all moments{' and seeds' if len(report.seeds) > 1 else ''} together; "
    if report.method == "pca":
        text += f"the two components hold {sum(report.explained):.0%} of the variance; "
    text += f"trustworthiness {report.trust:.3f}. {report.layer} has {report.n_units} numbers for each example"
    text += f", of which principal components with {report.held:.0%} of the variance are looked at."
    if len(report.seeds) > 1:
        matched = ", ".join(
            f"seed {seed} {share:.0%}" for seed, share in zip(report.seeds[1:], report.alignment[1:], strict=True)
        )
        text += f" Orthogonal Procrustes fitted on the last moment; match with seed {report.seeds[0]}: {matched}."
    return text


def _summary(report: ExampleMapsReport) -> str:
    first, last = int(report.steps[0]), int(report.steps[-1])
    if not np.isfinite(report.separation).any():
        return f"{report.layer} at {len(report.steps)} moments from step {first} to {last}; there are no classes."
    begin, end = report.separation[:, 0].mean(), report.separation[:, -1].mean()
    gains = np.diff(report.separation.mean(axis=0))
    t = int(gains.argmax())
    text = (
        f"Between steps {first} and {last} the share of {report.layer}'s variance between the classes goes from "
        f"{begin:.0%} to {end:.0%}"
    )
    if gains[t] <= 0:
        return f"{text}; it never grows."
    return f"{text}; it grows most from step {report.steps[t]} to {report.steps[t + 1]}."
