"""Colours: of runs, of layers by depth, of classes, of sheets; and how each of them stays readable on black.

A figure is drawn in the colours of the light theme. `on_dark` gives each of them its place on the dark one: what would
sink into the black is mixed with white until it stands out 3 : 1. Plotly is not imported here.
"""

from __future__ import annotations

import functools
import re

# Okabe & Ito 2008 and Tol's muted set; the same ten as in .streamlit/config.toml.
RUN_COLORS = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#CC79A7",
    "#56B4E9",
    "#882255",
    "#44AA99",
    "#999933",
    "#332288",
)
POSITIVE, NEGATIVE = "#1f77b4", "#e6862a"
CLASS_COLORS = (
    NEGATIVE,
    POSITIVE,
    "#009E73",
    "#CC79A7",
    "#882255",
    "#999933",
    "#56B4E9",
    "#D55E00",
    "#44AA99",
    "#332288",
)
CLASS_SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x")
THEORY = "#7a828c"
BAND_OPACITY = 0.15
# From the first layer (dark) to the last (light): one scale, whose lightness rises steadily from L* 34 to 71.
_DEPTH = ((58, 72, 158), (34, 112, 168), (28, 146, 146), (92, 172, 96), (165, 178, 40))
SURFACE, SURFACE_DARK = "#ffffff", "#14171c"
# Scales by what they say: (light, dark). A share of zero has almost the colour of the page.
SCALES: dict[str, tuple[list[list[object]], list[list[object]]]] = {
    "share": (
        [[0.0, "#f1f4f8"], [0.15, "#cfe0f0"], [0.4, "#7db3d8"], [0.7, "#2f79b5"], [1.0, "#0b2f63"]],
        [[0.0, "#1c222a"], [0.15, "#1d3b57"], [0.4, "#2868a0"], [0.7, "#5aa9de"], [1.0, "#b5dbf7"]],
    ),
    "sides": (
        [[0.0, "#f2bd8b"], [0.5, "#fbfbfb"], [1.0, "#8fbfdf"]],
        [[0.0, "#6b4019"], [0.5, "#1d2127"], [1.0, "#174767"]],
    ),
    "signed": (  # weights and the like: orange below zero, blue above
        [[0.0, "#a04f08"], [0.25, "#e6862a"], [0.5, "#fbfbfb"], [0.75, "#4b93c6"], [1.0, "#0b4f86"]],
        [[0.0, "#f7b56d"], [0.25, "#b56418"], [0.5, "#1d2127"], [0.75, "#2f79b5"], [1.0, "#9fd0f2"]],
    ),
    "number": (
        [[0.0, "#2c4a8a"], [0.35, "#2f87a8"], [0.7, "#7fc08a"], [1.0, "#e8e39a"]],
        [[0.0, "#2b3f73"], [0.35, "#2f87a8"], [0.7, "#7fc08a"], [1.0, "#f0eba8"]],
    ),
    "veil": (  # lies over another one and hides it where there are no data
        [[0.0, "rgba(196,202,210,0)"], [1.0, "rgba(196,202,210,0.94)"]],
        [[0.0, "rgba(58,64,73,0)"], [1.0, "rgba(58,64,73,0.94)"]],
    ),
}
_CONTRAST = 3.0
_TEXT_CONTRAST = 4.5
_RGBA = re.compile(r"rgba?\(\s*([\d.]+)\s*,\s*([\d.]+)\s*,\s*([\d.]+)\s*(?:,\s*([\d.]+)\s*)?\)")


def layer_color(position: int, n_layers: int, opacity: float = 1.0) -> str:
    """Return the colour of a layer by its depth, 0 for the first."""
    place = (len(_DEPTH) - 1) * (position / (n_layers - 1) if n_layers > 1 else 0.0)
    left = min(int(place), len(_DEPTH) - 2)
    share = place - left
    mixed = [round(a + share * (b - a)) for a, b in zip(_DEPTH[left], _DEPTH[left + 1], strict=True)]
    return f"rgba({mixed[0]},{mixed[1]},{mixed[2]},{opacity:g})"


def faded(color: str, opacity: float = BAND_OPACITY) -> str:
    """Return a colour "#rrggbb" with an opacity."""
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def depth_scale(power: float = 1.0) -> list[list[object]]:
    """Return the colours of depth as a scale of Plotly; a power above 1 spreads its beginning."""
    last = len(_DEPTH) - 1
    return [[(i / last) ** power, "rgb({},{},{})".format(*color)] for i, color in enumerate(_DEPTH)]


def on_dark(color: str) -> str:
    """Return a colour such that it stands out 3 : 1 from the dark page; its hue and opacity stay.

    What is no "#rrggbb", "rgb(…)" or "rgba(…)" is returned as it is. Source of the ratio: WCAG 2.2, 1.4.11.
    """
    return _standing_out(color, _CONTRAST, dark=True)


def legible(color: str, *, dark: bool) -> str:
    """Return a colour in which a small text stands out 4.5 : 1 from the page; else as `on_dark`.

    Source of the ratio: WCAG 2.2, 1.4.3.
    """
    return _standing_out(color, _TEXT_CONTRAST, dark=dark)


@functools.lru_cache(maxsize=1024)
def _standing_out(color: str, least: float, *, dark: bool) -> str:
    """Mix a colour with white on the dark page, with black on the light one, until it stands out."""
    parsed = _parsed(color)
    if parsed is None:
        return color
    *rgb, opacity = parsed
    if opacity == 0:
        return color
    page, end = (_rgb(SURFACE_DARK), 255) if dark else (_rgb(SURFACE), 0)
    for step in range(41):
        mixed = [value + (end - value) * step / 40 for value in rgb]
        if contrast(mixed, page) >= least:
            break
    whole = [round(value) for value in mixed]
    if opacity < 1:
        return f"rgba({whole[0]},{whole[1]},{whole[2]},{opacity:g})"
    return "#{:02x}{:02x}{:02x}".format(*whole)


def contrast(one: list[float], other: list[float]) -> float:
    """Return the contrast of two colours (red, green, blue from 0 to 255), 1 to 21. Source: WCAG 2.2, 1.4.3."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(rgb: list[float]) -> float:
    parts = [value / 255 for value in rgb]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _rgb(color: str) -> list[float]:
    return [float(int(color[i : i + 2], 16)) for i in (1, 3, 5)]


def _parsed(color: str) -> tuple[float, float, float, float] | None:
    """Red, green, blue from 0 to 255 and opacity; None for what is not understood."""
    if re.fullmatch(r"#[0-9a-fA-F]{6}", color):
        red, green, blue = _rgb(color)
        return red, green, blue, 1.0
    if found := _RGBA.fullmatch(color):
        numbers = [float(part) for part in found.groups(default="1")]
        return numbers[0], numbers[1], numbers[2], numbers[3]
    return None
