"""Images: scikit-learn's digits made larger, geometric shapes, and folders of a user's own, one sub-folder a class.

Files of the MNIST kind are read in `datasets.idx`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from datasets import shapeset
from datasets.array_data import ArrayData
from datasets.endless import Endless
from datasets.errors import DataError

if TYPE_CHECKING:
    from PIL import Image

SUFFIXES = (".png", ".jpg", ".jpeg")
MOST_NUMBERS = 100_000_000  # of all images together; 400 MB in single precision
DIGIT_SIDE = 8

Pixels = NDArray[np.uint8]


def pixel_names(height: int, width: int, channels: int) -> tuple[str, ...]:
    """Return the features of an image in their order."""
    colours = ("",) if channels == 1 else (" red", " green", " blue")
    return tuple(f"pixel_{i}_{j}{colour}" for i in range(height) for j in range(width) for colour in colours)


def digits_28(split_seed: int) -> ArrayData:
    """scikit-learn's 1 797 digits of 8 × 8 pixels, made as large as those of MNIST."""
    return _larger_digits(28)


def digits_32(split_seed: int) -> ArrayData:
    """The same, made 32 pixels wide, which can be halved five times."""
    return _larger_digits(32)


def _larger_digits(side: int) -> ArrayData:
    """By linear interpolation."""
    from sklearn import datasets

    bunch = datasets.load_digits()
    weights = _interpolation(DIGIT_SIDE, side)
    large = np.einsum("ai,nij,bj->nab", weights, bunch.images, weights)
    return ArrayData(
        large.reshape(len(large), -1),
        bunch.target.astype(np.int64),
        "classification",
        "digit",
        pixel_names(side, side, 1),
        (side, side, 1),
        tuple(map(str, range(10))),
        is_scaled=True,
    )


def _interpolation(n: int, larger: int) -> NDArray[np.float64]:
    """Return the weights (larger, n) of n pixels in each of a larger number, both measured at their middles."""
    place = np.clip((np.arange(larger) + 0.5) * n / larger - 0.5, 0, n - 1)
    return np.asarray(np.maximum(0, 1 - np.abs(place[:, None] - np.arange(n))))


def shapes(n: int, seed: int, fresh: int, split_seed: int) -> ArrayData:
    """Return the first `n` images of `datasets.shapeset`; if `fresh` is 1, each epoch goes on with the next ones."""
    x, y = shapeset.shapeset(n, seed)
    side = shapeset.SIDE
    return ArrayData(
        x,
        y,
        "classification",
        "shapes",
        pixel_names(side, side, 1),
        (side, side, 1),
        shapeset.CLASSES,
        notes=("each epoch after the first trains on images that were never seen before",) if fresh else (),
        endless=Endless("shapeset", seed, n) if fresh else None,
    )


def image_folder(folder: Path, size: int, grey: int, split_seed: int) -> ArrayData:
    """Read the PNG and JPEG files of a folder; the names of its sub-folders are the classes.

    Each image is cut to a square around its middle and made `size` pixels wide. Unless `grey` is 1 or all images are
    grey, they have three channels.

    Raises
    ------
    DataError
        If there are fewer than two classes, or a file cannot be read.
    """
    classes = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    files = {path.name: _image_files(path) for path in classes}
    found = {name: paths for name, paths in files.items() if paths}
    if len(found) < 2:
        raise DataError(
            f"{folder} needs at least two sub-folders with PNG or JPEG images, one for each class; it has {len(found)} "
            f"({', '.join(found) or 'none'}): sort the images into sub-folders that are called like their classes."
        )
    n_images = sum(map(len, found.values()))
    if n_images * size * size > MOST_NUMBERS:
        raise DataError(
            f"{n_images} images of {size} × {size} pixels are too many for the memory: choose a smaller size."
        )
    labels = np.repeat(np.arange(len(found)), [len(paths) for paths in found.values()])
    images = [_read(path, size, is_grey=bool(grey)) for paths in found.values() for path in paths]
    channels = max(image.shape[-1] for image in images)
    x = np.stack([np.broadcast_to(image, (size, size, channels)) for image in images])
    return ArrayData(
        x.reshape(n_images, -1),
        labels.astype(np.int64),
        "classification",
        "folder",
        pixel_names(size, size, channels),
        (size, size, channels),
        tuple(found),
        is_scaled=True,
        notes=_notes(folder, files),
        name=folder.resolve().name,
    )


def _image_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())


def _notes(folder: Path, files: dict[str, list[Path]]) -> tuple[str, ...]:
    """Tell what was passed over."""
    notes = [
        f"the sub-folder {name!r} has no PNG or JPEG image and is left out"
        for name, paths in files.items()
        if not paths
    ]
    for name, paths in files.items():
        n_others = sum(path.is_file() for path in (folder / name).iterdir()) - len(paths)
        if n_others and paths:
            notes.append(f"{n_others} files in {name!r} are no PNG or JPEG images and are left out")
    return tuple(notes)


def _read(path: Path, size: int, *, is_grey: bool) -> Pixels:
    """Return an image (size, size, 1 or 3)."""
    from PIL import Image, ImageOps

    try:
        with Image.open(path, formats=("PNG", "JPEG")) as image:
            image.draft(None, (size, size))  # a large JPEG is decoded at a fraction of its size
            plain = _plain(ImageOps.exif_transpose(image))
            small = ImageOps.fit(plain if not is_grey else plain.convert("L"), (size, size))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(
            f"The image {path} cannot be read ({error}): it is damaged, or no PNG or JPEG. Remove it, or save it anew."
        ) from error
    return np.asarray(small, np.uint8).reshape(size, size, -1)


def _plain(image: Image.Image) -> Image.Image:
    """Return an image in grey or red, green and blue of 8 bits each, what is transparent in white."""
    from PIL import Image

    if image.mode.startswith("I"):  # 16 bits of grey, which convert() would cut off at 255
        return Image.fromarray((np.asarray(image, np.int64) >> 8).clip(0, 255).astype(np.uint8))
    if image.mode in ("L", "1"):
        return image.convert("L")
    if "A" in image.mode or "transparency" in image.info:
        layers = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        flat = Image.alpha_composite(white, layers)
        return flat.convert("L" if image.mode == "LA" else "RGB")
    return image.convert("RGB")
