"""Two plots beside one another, each with axes and a name of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from diagnostics.figures.theme import BOTTOM, LEFT, SIZE

DOMAINS = ((0.0, 0.41), (0.59, 1.0))  # between them, also on a narrow screen, labels and title of the right axis


def place(number: int, traces: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """Return traces that stand in the left plot (0) or the right one (1)."""
    suffix = str(number + 1) if number else ""
    return [{**trace, "xaxis": f"x{suffix}", "yaxis": f"y{suffix}"} for trace in traces]


def two_plots(
    names: Sequence[str], x_axes: Sequence[Mapping[str, object]], y_axes: Sequence[Mapping[str, object]]
) -> dict[str, object]:
    """Return the layout of one or two plots, with their names above them and room for a legend above the names."""
    domains = DOMAINS if len(names) == 2 else ((0.0, 1.0),)
    layout: dict[str, object] = {"height": 420, "margin": {"l": LEFT, "r": 16, "t": 58, "b": BOTTOM}}
    titles = []
    for number, (name, domain) in enumerate(zip(names, domains, strict=True)):
        suffix = str(number + 1) if number else ""
        layout[f"xaxis{suffix}"] = {
            **x_axes[number],
            "tickangle": 0,
            "nticks": 5,
            "domain": list(domain),
            "anchor": f"y{suffix}",
        }
        layout[f"yaxis{suffix}"] = {**y_axes[number], "anchor": f"x{suffix}"}
        middle = {"x": sum(domain) / 2, "y": 1.0, "xref": "paper", "yref": "paper", "showarrow": False}
        titles.append({**middle, "text": name, "xanchor": "center", "yanchor": "bottom", "font": {"size": SIZE}})
    layout["annotations"] = titles
    layout["legend"] = {
        "orientation": "h", "x": 0, "y": 1.08, "xanchor": "left", "yanchor": "bottom", "bgcolor": "rgba(0,0,0,0)",
    }  # fmt: skip
    return layout
