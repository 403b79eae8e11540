"""Growing figures as animations: a page that plays them offline, and a GIF made of pictures that a browser drew.

Which point is seen when is said in `diagnostics.figures.growing`. Start at `export_animation_html` and `gif_film`.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from runs.figure_export import PRESETS, apply_preset, export_html

if TYPE_CHECKING:
    import plotly.graph_objects as go
    from PIL import Image

GIF_WIDTH = 720  # pixels
GIF_FRAMES, GIF_FRAMES_IN_SPACE = 40, 24  # at most; a browser without a graphics card needs seconds for one in space
HOLD = 2500  # ms that the last frame is seen
MOST_IMAGES, MOST_SIDE = 100, 4000  # that a browser may send
COLORS, FREQUENT = 256, 96  # of a GIF, and how many of them are taken exactly
BLOCK = 4096  # colours that are looked up at a time
FORMAT_UNIT = 10  # ms: a GIF counts in hundredths of a second

Colors = NDArray[np.int32]


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
    """Return some frames of a growing figure for the browser to draw, each with its step in a corner.

    There are at most forty of them, 24 in space. Whatever the preset, the GIF is 720 pixels wide: the preset says how
    large the type is beside the figure.

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
    in_space = any(trace.type.endswith("3d") for trace in growing.data)
    layout, taken = figure["layout"], spread(steps, GIF_FRAMES_IN_SPACE if in_space else GIF_FRAMES)
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
    palette = _palette([opened[0], opened[len(opened) // 2], opened[-1]])
    nearest = _nearest(opened, palette)
    frames = [_indexed(image, nearest, palette) for image in opened]
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


def _palette(images: Sequence[Image.Image]) -> Colors:
    """Return 256 colours of some images of one size: the most frequent ones as they are, rare ones nearly, (256, 3)."""
    from PIL import Image

    width, height = images[0].size
    together = Image.new("RGB", (width, height * len(images)))
    for number, image in enumerate(images):
        together.paste(image, (0, number * height))
    codes, counts = np.unique(_codes(together), return_counts=True)
    frequent = _colors(codes[np.argsort(-counts, kind="stable")[:FREQUENT]])
    others = together.quantize(COLORS - len(frequent), method=Image.Quantize.MAXCOVERAGE).getpalette() or []
    return np.concatenate([frequent, np.reshape(others, (-1, 3))])[:COLORS]


def _nearest(images: Sequence[Image.Image], palette: Colors) -> NDArray[np.uint8]:
    """Return for each colour of some images the number of the nearest one of a palette (Pillow's own search is coarse).

    The place in the result is the colour's code.
    """
    seen = np.zeros(1 << 24, bool)
    for image in images:
        seen[_codes(image)] = True
    result, codes = np.zeros(1 << 24, np.uint8), np.flatnonzero(seen).astype(np.int32)
    for start in range(0, len(codes), BLOCK):
        block = codes[start : start + BLOCK]
        away = _colors(block)[:, None] - palette[None]
        result[block] = (away**2).sum(axis=2).argmin(axis=1)
    return result


def _indexed(image: Image.Image, nearest: NDArray[np.uint8], palette: Colors) -> Image.Image:
    from PIL import Image

    result = Image.fromarray(nearest[_codes(image)].reshape(image.height, image.width)).convert("P")
    result.putpalette(palette.astype(np.uint8).tobytes())
    return result


def _codes(image: Image.Image) -> Colors:
    """Return the colour of each pixel as one number."""
    red, green, blue = np.asarray(image, np.int32).reshape(-1, 3).T
    return (red << 16) | (green << 8) | blue


def _colors(codes: Colors) -> Colors:
    return np.stack([codes >> 16, (codes >> 8) & 255, codes & 255], axis=1)
