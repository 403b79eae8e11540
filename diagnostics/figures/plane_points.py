"""Rows on a plane through the inputs: their class or number as colour, training and validation as two symbols."""

from __future__ import annotations

import numpy as np

from diagnostics.figures.colors import CLASS_COLORS, SCALES, THEORY
from diagnostics.figures.theme import single
from diagnostics.plane_surface import NUMBER, DataPoints, Meaning

MARKS = {False: ("training", "circle", 5.5), True: ("validation", "diamond", 7.5)}


def data_points(points: DataPoints, meaning: Meaning, span: tuple[float, float]) -> list[dict[str, object]]:
    """Return a trace for each class and part, and their legend; `span` is the scale of numbers."""
    texts = _texts(points, meaning)
    traces: list[dict[str, object]] = []
    groups: list[tuple[str, object, np.ndarray]] = [("rows", None, np.ones(len(points.x), dtype=bool))]
    if meaning.kind != NUMBER:
        names = (f"not {meaning.name}", meaning.name) if meaning.task == "multi_label" else meaning.names
        groups = [(name, CLASS_COLORS[i % 10], points.wanted == i) for i, name in enumerate(names)]
    for name, color, of_group in groups:
        for is_validation, (part, symbol, size) in MARKS.items():
            here = of_group & (points.is_validation == is_validation)
            if not here.any():
                continue
            marker: dict[str, object] = {"symbol": symbol, "size": size, "line": {"width": 1, "color": "white"}}
            marker |= {"opacity": 0.95 if is_validation else 0.7}
            if color is None:
                scale = {"colorscale": SCALES["number"][0], "cmin": span[0], "cmax": span[1]}
                marker |= {"color": single(points.wanted[here]), **scale}
            else:
                marker |= {"color": color}
            traces.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "x": single(points.x[here]),
                    "y": single(points.y[here]),
                    "name": f"{name}, {part}",
                    "legendgroup": name,
                    "showlegend": False,
                    "marker": marker,
                    "text": [text for text, is_here in zip(texts, here, strict=True) if is_here],
                    "hovertemplate": "%{text}<extra></extra>",
                    "meta": {"scale": "number"} if color is None else {},
                }
            )
        if color is not None:
            traces.append(_legend(name, "square", str(color), name))
    parts = [part for part in (False, True) if (points.is_validation == part).any()]
    return traces + [_legend(MARKS[part][0], MARKS[part][1], THEORY, "") for part in parts]


def _texts(points: DataPoints, meaning: Meaning) -> list[str]:
    result = []
    for place, row in enumerate(points.rows):
        wanted = points.wanted[place]
        said = f"{wanted:.4g}" if meaning.kind == NUMBER else _class_said(meaning, int(wanted))
        part = MARKS[bool(points.is_validation[place])][0]
        far = f"<br>{points.far[place]:.2g} beside the plane" if len(points.far) else ""
        result.append(f"{part} row {row + 1}<br>{meaning.target}: {said}{far}")
    return result


def _class_said(meaning: Meaning, wanted: int) -> str:
    if meaning.task == "multi_label":
        return f"{'' if wanted else 'not '}{meaning.name}"
    return meaning.names[wanted]


def _legend(name: str, symbol: str, color: str, group: str) -> dict[str, object]:
    """An entry of the legend for several traces."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [None],
        "y": [None],
        "name": name,
        "marker": {"symbol": symbol, "color": color, "size": 9},
        "meta": {"sign": "legend"},
        **({"legendgroup": group} if group else {}),
        "hoverinfo": "skip",
    }
