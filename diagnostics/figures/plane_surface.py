"""A surface over a plane through the inputs: the answer or where the seeds disagree, under a veil, with the rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import plotly.graph_objects as go

from diagnostics.feature_slice import FeatureSliceReport
from diagnostics.figures.colors import CLASS_COLORS, SCALES, faded
from diagnostics.figures.plane_points import data_points
from diagnostics.figures.theme import FigureWords, axis, color_bar, figure_of, single
from diagnostics.figures.tiles import joined_names
from diagnostics.pca_plane import PcaPlaneReport
from diagnostics.plane_surface import CLASS, NUMBER, PROBABILITY, DataPoints, Meaning, PlaneAxis, PlaneSurface
from diagnostics.settings_in_words import seeds

Shown = Literal["answer", "seeds"]
BORDER = "#3a4049"
HEIGHT = 480
LEGEND = {"orientation": "h", "x": 0, "y": 1.01, "xanchor": "left", "yanchor": "bottom", "itemsizing": "constant"}
VEIL = (
    "Grey veil: regions with few training rows, where the answer is a guess; clear where the density of the rows in "
    "these two directions is at least that around nine rows of ten, thickest below a twentieth of it."
)
VEIL_DETAILS = (
    "The density is that of a Gaussian kernel of Scott's width (between categories, the rows of the same category). It "
    "knows only the two directions that are drawn: a clear place can still be a combination that no row has."
)


def feature_slice_figure(report: FeatureSliceReport, shown: Shown = "answer") -> go.Figure:
    """Return the surface over two columns of a table, the others held."""
    first, second = (one.name for one in report.surface.axes)
    traces = _traces(report.surface, report.points, report.meaning, shown)
    if report.held_at is not None:
        traces.append(_held(report.held_at, report.held_name))
    caption = f"{_color_said(report.surface, report.meaning, shown)} as {first} and {second} change. {VEIL}"
    if report.held_name:
        caption += (
            f" All other columns are those of {report.held_name}, so that a point of another colour than the surface "
            "under it need not be a mistake: its own other columns differ."
        )
    outside = f" {report.n_outside} rows lie outside of the axes, in long tails." if report.n_outside else ""
    details = f"{_drawn(report.points)}{outside} {VEIL_DETAILS} {as_sentences(report.notes)}Step {report.step}."
    summary = f"{_disagreement(report.surface, report.meaning)} {_agreement(report)}"
    words = FigureWords(
        f"What does the network say as {first} and {second} change?", caption, summary, report.run_id,
        report.surface.n_seeds, title=_title(report.meaning), details=details, term="decision surface",
    )  # fmt: skip
    layout = _layout(report.surface)
    return figure_of(traces, words, kind=f"slice {first} {second}", layout=layout)


def pca_plane_figure(report: PcaPlaneReport, shown: Shown = "answer") -> go.Figure:
    """Return the surface on the plane of two principal components, with the rows projected on it."""
    traces = _traces(report.surface, report.points, report.meaning, shown)
    held = sum(report.shares)
    caption = (
        f"{_color_said(report.surface, report.meaning, shown)} on the plane through the mean of the training rows that "
        f"holds most of their variance, {held:.0%}. {VEIL} Points: the rows, projected; a row lies "
        f"{report.typical_far:.2g} beside the plane and {report.typical_size:.2g} from its middle (medians, in the "
        "scale the network sees)."
    )
    weighed = [
        f"Component {number + 1} weighs {joined_names(list(names))} most."
        for number, names in enumerate(report.loadings)
    ]
    details = f"{' '.join(weighed)} {_drawn(report.points)} {VEIL_DETAILS} Step {report.step}."
    told = f"{_agreement(report)} {_disagreement(report.surface, report.meaning)}"
    summary = f"The plane holds {held:.0%} of the variance. {told}"
    words = FigureWords(
        "How does the network divide the plane in which the data vary most?", caption, summary, report.run_id,
        report.surface.n_seeds, title=_title(report.meaning), details=details, term="principal components",
    )  # fmt: skip
    layout = _layout(report.surface)
    layout["yaxis"] = {**layout["yaxis"], "scaleanchor": "x", "constrain": "domain"}
    layout["xaxis"] = {**layout["xaxis"], "constrain": "domain"}
    return figure_of(traces, words, kind="pca-plane", layout=layout)


def as_sentences(notes: Sequence[str]) -> str:
    """Return "Column 'age': 12 missing values became the median, 28. "; "" for no notes."""
    return "".join(f"{note[0].upper()}{note[1:]}. " for note in notes)


def _title(meaning: Meaning) -> str:
    if meaning.kind == NUMBER:
        return f"Predicted {meaning.name}"
    return f"Probability of {meaning.name}" if meaning.kind == PROBABILITY else f"Predicted {meaning.target}"


def _color_said(surface: PlaneSurface, meaning: Meaning, shown: Shown) -> str:
    n = seeds(surface.n_seeds)
    if shown == "seeds":
        how = {
            CLASS: f"the share of the {n} that say another class than their average",
            PROBABILITY: f"the standard deviation of the probability over {n}",
            NUMBER: f"the standard deviation of the predicted number over {n}",
        }
        return f"Colour: {how[meaning.kind]},"
    how = {
        CLASS: f"the most probable class, on average over {n},",
        PROBABILITY: f"the probability of {meaning.name}, mean of {n} (thick line: one half; thin: that of each seed),",
        NUMBER: f"the predicted {meaning.name}, mean of {n},",
    }
    return f"Colour: {how[meaning.kind]}"


def _disagreement(surface: PlaneSurface, meaning: Meaning) -> str:
    if surface.n_seeds == 1:
        return "There is one seed, so that nothing can be said of the disagreement of seeds."
    size = surface.mean_disagreement
    if meaning.kind == CLASS:
        return f"Where there are data, {size:.0%} of the seeds say another class than their average."
    return f"Where there are data, the seeds differ by {size:.2g} on average (standard deviation)."


def _agreement(report: FeatureSliceReport | PcaPlaneReport) -> str:
    is_slice = isinstance(report, FeatureSliceReport)
    if not np.isfinite(report.agreement) or (isinstance(report, FeatureSliceReport) and not report.held_name):
        return ""
    if report.meaning.kind == NUMBER:
        moved = "with its other columns replaced by the held ones" if is_slice else "moved to its place on the plane"
        return (
            f"What is predicted of a row {moved} explains {report.agreement:.0%} of the variance of what is predicted "
            "of the row itself (squared correlation)."
        )
    moved = "their other columns are replaced by the held ones" if is_slice else "they are moved onto the plane"
    return f"{report.agreement:.0%} of the rows get the same answer when {moved}."


def _drawn(points: DataPoints) -> str:
    n_validation = int(points.is_validation.sum())
    return f"Drawn are {len(points.x) - n_validation} training and {n_validation} validation rows."


def _layout(surface: PlaneSurface) -> dict[str, dict[str, object]]:
    layout: dict[str, object] = {"height": HEIGHT, "legend": LEGEND}
    for letter, one in zip("xy", surface.axes, strict=True):
        layout[f"{letter}axis"] = plane_layout_axis(one)
    return layout  # type: ignore[return-value]


def plane_layout_axis(one: PlaneAxis, **more: object) -> dict[str, object]:
    """Return the axis of a column: over its range, or with the names of its categories."""
    if one.categories:
        ticks = {"tickvals": list(range(len(one.categories))), "ticktext": list(one.categories)}
        return axis(one.name, range=[-0.5, len(one.categories) - 0.5], showgrid=False, **ticks, **more)
    ends = [float(one.places[0]), float(one.places[-1])]
    return axis(one.name, range=ends, showgrid=False, hoverformat=".4~g", **more)


def _traces(surface: PlaneSurface, points: DataPoints, meaning: Meaning, shown: Shown) -> list[dict[str, object]]:
    common: dict[str, object] = {"x": single(surface.axes[0].places), "y": single(surface.axes[1].places)}
    smooth = "best" if not any(one.categories for one in surface.axes) else False
    span = _span(surface, points) if meaning.kind == NUMBER else (0.0, 1.0)
    heat = _disagreement_heat(surface, meaning) if shown == "seeds" else _answer_heat(surface, meaning, span)
    if heat.get("hoverinfo") != "skip" and meaning.kind != CLASS:
        heat["zsmooth"] = smooth
    veil = {
        **common,
        "type": "heatmap",
        "z": single(surface.veil),
        "zmin": 0,
        "zmax": 1,
        "zsmooth": smooth,
        "colorscale": SCALES["veil"][0],
        "meta": {"scale": "veil"},
        "showscale": False,
        "hoverinfo": "skip",
        "name": "veil over few data",
    }
    borders = _borders(surface, common) if meaning.kind == PROBABILITY and smooth else []
    return [{**common, **heat}, veil, *borders, *data_points(points, meaning, span)]


def _answer_heat(surface: PlaneSurface, meaning: Meaning, span: tuple[float, float]) -> dict[str, object]:
    base: dict[str, object] = {"type": "heatmap", "z": single(surface.values), "name": _title(meaning)}
    if meaning.kind == CLASS:
        n = max(len(meaning.names), 2)
        steps = [[(i + side) / n, faded(CLASS_COLORS[i % 10], 0.45)] for i in range(n) for side in (0, 1)]
        fixed = {"colorscale": steps, "zmin": -0.5, "zmax": n - 0.5, "showscale": False, "hoverinfo": "skip"}
        return {**base, **fixed}
    scale = "sides" if meaning.kind == PROBABILITY else "number"
    title = f"probability of {meaning.name}" if meaning.kind == PROBABILITY else meaning.name
    return {
        **base,
        "zmin": span[0],
        "zmax": span[1],
        "colorscale": SCALES[scale][0],
        "meta": {"scale": scale},
        "colorbar": color_bar(title),
        "hovertemplate": "%{z:.3~g}<extra></extra>",
    }


def _disagreement_heat(surface: PlaneSurface, meaning: Meaning) -> dict[str, object]:
    most = float(np.nanmax(surface.disagreement, initial=0.0))
    limit = {CLASS: 1.0, PROBABILITY: 0.5, NUMBER: most or 1.0}[meaning.kind]
    title = (
        "share of the seeds that say another class" if meaning.kind == CLASS else "standard deviation over the seeds"
    )
    return {
        "type": "heatmap",
        "z": single(surface.disagreement),
        "zmin": 0,
        "zmax": limit,
        "colorscale": SCALES["share"][0],
        "meta": {"scale": "share"},
        "colorbar": color_bar(title),
        "hovertemplate": "%{z:.2~g}<extra></extra>",
        "name": "disagreement of the seeds",
    }


def _span(surface: PlaneSurface, points: DataPoints) -> tuple[float, float]:
    """One scale for predicted and wanted numbers, without the farthest 2 % of both."""
    low, high = np.nanpercentile(np.concatenate([surface.values.ravel(), np.tile(points.wanted, 8)]), [1, 99])
    return float(low), float(high if high > low else low + 1)


def _borders(surface: PlaneSurface, common: dict[str, object]) -> list[dict[str, object]]:
    """Where both sides are equally likely: thin for each seed, thick for their mean."""
    base = {
        **common,
        "type": "contour",
        "contours": {"start": 0.5, "end": 0.5, "size": 1, "coloring": "none"},
        "meta": {"ink": True},
        "showscale": False,
        "showlegend": False,
        "hoverinfo": "skip",
    }
    thin = {"color": BORDER, "width": 0.6}
    coarse = {letter: single(one.places[::2]) for letter, one in zip("xy", surface.axes, strict=True)}
    each = [
        {**base, **coarse, "z": single(one[::2, ::2]), "name": f"border of seed {number}", "line": thin}
        for number, one in enumerate(surface.each_seed, start=1)
    ]
    mean = {**base, "z": single(surface.values), "name": "border at ½", "line": {"color": BORDER, "width": 2}}
    return [*(each if surface.n_seeds > 1 else []), mean]


def _held(at: tuple[float, float], name: str) -> dict[str, object]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [at[0]],
        "y": [at[1]],
        "name": name,
        "marker": {"symbol": "star", "size": 17, "color": "#D55E00", "line": {"width": 1.5, "color": "white"}},
        "hovertemplate": "%{fullData.name}<extra></extra>",
    }
