"""Files of the MNIST kind (IDX), which a user points to: nothing is ever fetched. Start at `idx_images`.

Format: two zero bytes, the type (8: unsigned bytes), the number of axes, each length in four bytes, then the numbers;
lengths have their most significant byte first (LeCun, Cortes & Burges, The MNIST database).
"""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path
from typing import IO, cast

import numpy as np
from numpy.typing import NDArray

from datasets.array_data import ArrayData
from datasets.errors import DataError
from datasets.images import pixel_names

UNSIGNED_BYTES = 8
MOST_BYTES = 2**30
VALIDATION_SHARE = 0.15  # of the training file; the test file is the test part
DIGITS = tuple(map(str, range(10)))
FASHION = (
    "T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip

Bytes = NDArray[np.uint8]


def mnist(folder: Path, n: int, seed: int, split_seed: int) -> ArrayData:
    """Return `n` handwritten digits of 28 × 28 pixels (LeCun, Bottou, Bengio & Haffner 1998)."""
    return idx_images(folder, n, (seed, split_seed), ("MNIST", DIGITS))


def fashion_mnist(folder: Path, n: int, seed: int, split_seed: int) -> ArrayData:
    """Return `n` pieces of clothing of 28 × 28 pixels (Xiao, Rasul & Vollgraf 2017)."""
    return idx_images(folder, n, (seed, split_seed), ("Fashion-MNIST", FASHION))


def idx_images(folder: Path, n: int, seeds: tuple[int, int], named: tuple[str, tuple[str, ...]]) -> ArrayData:
    """Read the four files of a folder.

    Parameters
    ----------
    folder : Path
        Holds train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, each
        as it is or with .gz behind it.
    n : int
        How many images of the training file are used, for training and validation; of the test file the same share.
    seeds : tuple of int
        Which images are drawn, and which of them are for validation.
    named : tuple
        What the data are called, and their classes.

    Raises
    ------
    DataError
        If a file is missing or damaged.
    """
    name, classes = named
    train_x, train_y = _pair(folder, "train", len(classes))
    test_x, test_y = _pair(folder, "t10k", len(classes))
    if train_x.shape[1:] != test_x.shape[1:]:
        raise DataError(
            f"The images to train and to test in {folder} have different sizes: they do not belong together."
        )
    n_train = min(n, len(train_x))
    n_test = min(len(test_x), max(1, round(n_train * len(test_x) / len(train_x))))
    generator = np.random.default_rng(seeds[0])
    chosen = np.sort(generator.permutation(len(train_x))[:n_train])
    tested = np.sort(generator.permutation(len(test_x))[:n_test])
    order = np.random.default_rng(seeds[1]).permutation(n_train)
    n_validation = round(VALIDATION_SHARE * n_train)
    height, width = train_x.shape[1:]
    return ArrayData(
        np.concatenate([train_x[chosen], test_x[tested]]).reshape(n_train + n_test, -1),
        np.concatenate([train_y[chosen], test_y[tested]]).astype(np.int64),
        "classification",
        "class",
        pixel_names(height, width, 1),
        (height, width, 1),
        classes,
        is_scaled=True,
        parts=(np.sort(order[n_validation:]), np.sort(order[:n_validation]), np.arange(n_train, n_train + n_test)),
        notes=(f"{n_train} of {len(train_x)} images of the training file, {n_test} of {len(test_x)} of the test file",),
        name=f"{name}, {n_train} images",
    )


def _pair(folder: Path, part: str, n_classes: int) -> tuple[Bytes, Bytes]:
    images, labels = read_idx(_file(folder, f"{part}-images", 3), 3), read_idx(_file(folder, f"{part}-labels", 1), 1)
    if len(images) != len(labels):
        raise DataError(
            f"{folder} has {len(images)} images but {len(labels)} labels in its {part} files: they do not belong "
            "together; download both again."
        )
    if len(labels) == 0 or labels.max() >= n_classes:
        what = (
            "no images"
            if len(labels) == 0
            else f"the label {labels.max()}, but the labels go from 0 to {n_classes - 1}"
        )
        raise DataError(f"The {part} files in {folder} hold {what}: they belong to another data set.")
    return images, labels


def _file(folder: Path, start: str, n_axes: int) -> Path:
    names = [f"{start}{mark}idx{n_axes}-ubyte{end}" for mark in "-." for end in ("", ".gz")]
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise DataError(
        f"{folder} lacks the file {names[0]} (or {names[1]}): download the data set's four files, put them into one "
        "folder, and give that folder."
    )


def read_idx(path: Path, n_axes: int) -> Bytes:
    """Return the array of an IDX file of unsigned bytes; one whose name ends in .gz is decompressed.

    Raises
    ------
    DataError
        If it is no such file, or damaged.
    """
    try:
        with _opened(path) as file:
            head = file.read(4)
            if len(head) < 4 or head[:2] != b"\0\0" or head[2] != UNSIGNED_BYTES or head[3] != n_axes:
                raise DataError(
                    f"{path} should begin with 00 00 08 {n_axes:02}, as a file of the MNIST kind with {n_axes} axes, "
                    f"not with {head.hex(' ') or 'nothing'}: it is another file, or still packed; download it again."
                )
            shape = tuple(int.from_bytes(file.read(4), "big") for _ in range(n_axes))
            n_bytes = math.prod(shape)
            content = file.read(n_bytes + 1) if n_bytes <= MOST_BYTES else b""
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read ({error}): it is damaged; download it again.") from error
    if len(content) != n_bytes:
        found = "more" if len(content) > n_bytes else f"{len(content)}"
        raise DataError(
            f"{path} should hold {n_bytes} numbers, but it holds {found}: it is damaged; download it again."
        )
    return np.frombuffer(content, np.uint8).reshape(shape)


def _opened(path: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")
