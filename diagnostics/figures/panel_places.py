"""Where several small plots stand in one figure, and what stands above each."""

from __future__ import annotations

from collections.abc import Sequence

from diagnostics.figures.theme import SIZE

Span = list[float]


def panel_axes(n: int, n_columns: int, *, x_gap: float, y_gap: float) -> list[tuple[Span, Span]]:
    """Return the domains (across, up) of n panels, row by row from the top; gaps are shares of the figure."""
    n_columns = min(n_columns, max(n, 1))
    n_rows = -(-n // n_columns)
    width, height = (1 - x_gap * (n_columns - 1)) / n_columns, (1 - y_gap * n_rows) / n_rows
    result = []
    for place in range(n):
        left = (place % n_columns) * (width + x_gap)
        top = 1 - (place // n_columns) * (height + y_gap) - y_gap * 0.35
        result.append(([left, left + width], [max(top - height, 0.0), top]))
    return result


def panel_titles(axes: Sequence[tuple[Span, Span]], titles: Sequence[str]) -> list[dict[str, object]]:
    """Return the names above the panels."""
    return [
        {
            "text": title, "xref": "paper", "yref": "paper", "x": across[0], "y": up[1], "xanchor": "left",
            "yanchor": "bottom", "showarrow": False, "font": {"size": SIZE}, "yshift": 2,
        }
        for (across, up), title in zip(axes, titles, strict=True)
    ]  # fmt: skip
