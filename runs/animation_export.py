"""Growing figures as animations: a page that plays them offline, and a GIF made of pictures that a browser drew.

Which point is seen when is said in `diagnostics.figures.growing`. Start at `export_animation_html` and `gif_film`.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runs.figure_export import PRESETS, apply_preset, export_html

if TYPE_CHECKING:
    import plotly.graph_objects as go
    from PIL import Image

GIF_WIDTH = 720  # pixels
GIF_FRAMES = 40  # at most; some 2 MB
HOLD = 2500  # ms that the last frame is seen
MOST_IMAGES, MOST_SIDE = 100, 4000  # that a browser may send
COLORS = 256
FORMAT_UNIT = 10  # ms: a GIF counts in hundredths of a second


@dataclass(frozen=True)
class Film:
    """What a browser needs to draw the frames of a GIF.

    Attributes
    ----------
    packed : str
        Of `diagnostics.figures.packing.packed_growing`; its frames are those of the GIF.
    n_frames : int
    width, height : int
        In CSS pixels.
    scale : float
        How many pixels of the GIF each of them becomes.
    """

    packed: str
    n_frames: int
    width: int
    height: int
    scale: float


def export_animation_html(
    growing: go.Figure, steps: Sequence[int], *, preset: str = "two columns", include_plotlyjs: bool = True
) -> bytes:
    """Return a page that plays a growing figure without a network, in the light theme, and shows it at any step.

    Parameters
    ----------
    growing : plotly.graph_objects.Figure
        Some of its traces have `meta["shown"]`.
    steps : sequence of int
        Ascending.
    preset : str
        One of `runs.figure_export.PRESETS`.
    include_plotlyjs : bool
        Without it plotly.min.js must lie beside the page.

    Raises
    ------
    KeyError
        For an unknown preset.
    ValueError
        If no trace grows, or there is no step.
    """
    from diagnostics.figures.growing import animated

    moving = animated(_printed(growing, preset), growing, steps)
    return export_html(moving, include_plotlyjs=include_plotlyjs)


def gif_film(growing: go.Figure, steps: Sequence[int], *, preset: str = "two columns") -> Film:
    """Return at most forty frames of a growing figure for the browser to draw, each with its step in a corner.

    Whatever the preset, the GIF is 720 pixels wide: it says how large the type is beside the figure.

    Raises
    ------
    KeyError
        For an unknown preset.
    ValueError
        If no trace grows, or there is no step.
    """
    from diagnostics.figures.growing import growing_print, spread
    from diagnostics.figures.packing import packed_growing

    if not len(steps):
        raise ValueError("an animation needs at least one step")
    figure = growing_print(_printed(growing, preset), growing)
    layout, taken = figure["layout"], spread(steps, GIF_FRAMES)
    place = ("layout", "annotations", len(layout["annotations"]) - 1, "text")
    text = packed_growing(figure, taken, {}, words={place: [f"step {step}" for step in taken]})
    width, height = int(layout["width"]), int(layout["height"])
    return Film(text, len(taken), width, height, GIF_WIDTH / width)


def export_gif(images: Sequence[bytes]) -> bytes:
    """Return an endless GIF of PNG images of one size; the last one is seen longer.

    All frames have the same 256 colours, chosen from several of them, so that nothing flickers.

    Raises
    ------
    ValueError
        If there are none or too many, or one is no PNG, larger than 4000 pixels, or of another size than the first.
    """
    from diagnostics.figures.growing import duration

    if not 0 < len(images) <= MOST_IMAGES:
        raise ValueError(f"A GIF is made of 1 to {MOST_IMAGES} images; the browser sent {len(images)}.")
    opened = [_opened(image, number) for number, image in enumerate(images)]
    if wrong := [number for number, image in enumerate(opened) if image.size != opened[0].size]:
        raise ValueError(
            f"Image {wrong[0] + 1} is {opened[wrong[0]].size}, the first one {opened[0].size}: "
            "all must be of one size. Repeat the export."
        )
    palette = _palette(opened)
    frames = [image.quantize(palette=palette, dither=_no_dither()) for image in opened]
    each = round(duration(len(frames)) / FORMAT_UNIT) * FORMAT_UNIT
    target = io.BytesIO()
    frames[0].save(
        target,
        "GIF",
        save_all=True,
        append_images=frames[1:],
        duration=[*[each] * (len(frames) - 1), HOLD],
        loop=0,
        optimize=True,
    )
    return target.getvalue()


def _printed(growing: go.Figure, preset: str) -> go.Figure:
    from diagnostics.figures.growing import without_growth
    from diagnostics.figures.printing import fitted_to_print, with_title
    from diagnostics.figures.theme import apply_theme

    if preset not in PRESETS:
        raise KeyError(preset)
    still = without_growth(growing)
    return with_title(fitted_to_print(apply_preset(apply_theme(still, dark=False), preset), still))


def _opened(image: bytes, number: int) -> Image.Image:
    """Return an image without transparency, on white."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(image), formats=["PNG"]) as found:
            if max(found.size) > MOST_SIDE:
                raise ValueError(f"Image {number + 1} is {found.size}: at most {MOST_SIDE} pixels a side can be read.")
            drawn = found.convert("RGBA")
    except (OSError, SyntaxError) as error:  # Pillow's ways to say that a file is broken
        raise ValueError(f"Image {number + 1} that the browser sent is no PNG: repeat the export.") from error
    white = Image.new("RGBA", drawn.size, "white")
    return Image.alpha_composite(white, drawn).convert("RGB")


def _palette(images: Sequence[Image.Image]) -> Image.Image:
    """Return an image with the colours of the first, the middle and the last of some, rare ones included."""
    from PIL import Image

    chosen = [images[0], images[len(images) // 2], images[-1]]
    width, height = images[0].size
    together = Image.new("RGB", (width, height * len(chosen)))
    for number, image in enumerate(chosen):
        together.paste(image, (0, number * height))
    return together.quantize(COLORS, method=Image.Quantize.MAXCOVERAGE)


def _no_dither() -> Image.Dither:
    from PIL import Image

    return Image.Dither.NONE
