"""From arrays to prepared data, for what is no table: sequences, tokens and images. Start at `prepared_arrays`."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.endless import Endless
from datasets.preparation import division
from datasets.prepared import Prepared, Split
from datasets.recipe import Numeric, Recipe, Target

IMAGE_AXES = 3  # height, width, channels
SHARES = (0.15, 0.15)  # of validation and test, as in `prepare`

Numbers = NDArray[np.float64] | NDArray[np.float32] | NDArray[np.uint8] | NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ArrayData:
    """Examples as arrays.

    Attributes
    ----------
    x : array (N, D)
        The numbers of each example in the order of `input_shape`.
    y : array
        Class numbers (N,), or one for each position (N, positions); numbers (N, K) for a regression.
    task, target : str
        The target is what y is called.
    feature_names : tuple of str
        D of them, each once.
    input_shape : tuple of int
        (positions, features), (positions,) of tokens, or (height, width, channels).
    classes : tuple of str
        Their names in order; () for a regression.
    is_scaled : bool
        Whether x becomes (x - mean)/std, with mean and std of each channel over the training part: for images that are
        not yet in a range that suits a network.
    parts : tuple of three arrays of row numbers, optional
        Training, validation and test; divided by chance if not given.
    notes : tuple of str
    name : str
        Where the catalog's title does not say it all.
    endless : Endless, optional
        Where new examples come from in each epoch; their numbers are not scaled.
    """

    x: Numbers
    y: NDArray[np.int64] | NDArray[np.float64]
    task: str
    target: str
    feature_names: tuple[str, ...]
    input_shape: tuple[int, ...]
    classes: tuple[str, ...] = ()
    is_scaled: bool = False
    parts: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]] | None = None
    notes: tuple[str, ...] = ()
    name: str = ""
    endless: Endless | None = None


def prepared_arrays(
    data: ArrayData, *, name: str, split_seed: int = 0, shares: tuple[float, float] = SHARES
) -> Prepared:
    """Return arrays as training, validation and test part, with a recipe fitted on the training part.

    Parameters
    ----------
    data : ArrayData
    name : str
    split_seed : int
        Another seed is another division, where the parts are not given. Classes are divided in their proportions.
    shares : tuple of float
        Of the validation and the test part, where they are not given.
    """
    assert data.x.shape == (len(data.y), math.prod(data.input_shape)) == (len(data.y), len(data.feature_names))
    parts = data.parts or _divided(data, split_seed, shares)
    recipe = Recipe(_columns(data, parts[0]), _target(data, parts[0]))
    splits = [Split(_features(data, recipe, rows), _targets(data, recipe, rows), rows) for rows in parts]
    return Prepared(
        splits[0],
        splits[1],
        splits[2],
        task=data.task,
        recipe=recipe,
        name=name,
        notes=data.notes,
        split_seed=split_seed,
        input_shape=data.input_shape,
        endless=data.endless,
    )


def _divided(
    data: ArrayData, split_seed: int, shares: tuple[float, float]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    import pandas as pd

    by_class = data.task == "classification" and data.y.ndim == 1
    train, validation, test = division(
        pd.Series(data.y if by_class else np.zeros(len(data.y))),
        "classification" if by_class else "regression",
        shares,
        split_seed,
    )
    return train, validation, test


def _columns(data: ArrayData, train: NDArray[np.int64]) -> tuple[Numeric, ...]:
    if not data.is_scaled:
        return tuple(Numeric(name, 0.0, 0.0, 1.0) for name in data.feature_names)
    n_channels = data.input_shape[-1]
    scales = []
    for channel in range(n_channels):
        values = data.x[train, channel::n_channels]
        mean, std = float(values.mean(dtype=np.float64)), float(values.std(dtype=np.float64))
        scales.append((mean, std or 1.0))
    return tuple(
        Numeric(name, scales[i % n_channels][0], *scales[i % n_channels]) for i, name in enumerate(data.feature_names)
    )


def _features(data: ArrayData, recipe: Recipe, rows: NDArray[np.int64]) -> NDArray[np.float64] | NDArray[np.float32]:
    """Images in single precision, since they are many numbers of 8 bits each; all else in double."""
    if not data.is_scaled:
        x = data.x[rows]
        return x.astype(np.float32) if len(data.input_shape) == IMAGE_AXES else x.astype(np.float64)
    mean, std = (np.array([getattr(c, what) for c in recipe.columns], np.float32) for what in ("mean", "std"))
    return (data.x[rows].astype(np.float32) - mean) / std


def _target(data: ArrayData, train: NDArray[np.int64]) -> Target:
    if data.task == "classification":
        return Target(data.target, data.classes)
    values = data.y[train]
    return Target(data.target, (), float(values.mean()), float(values.std()) or 1.0)


def _targets(data: ArrayData, recipe: Recipe, rows: NDArray[np.int64]) -> NDArray[np.int64] | NDArray[np.float64]:
    if data.task == "classification":
        return data.y[rows].astype(np.int64)
    return (data.y[rows].astype(np.float64) - recipe.target.mean) / recipe.target.std
