"""Metrics of what networks say, of every seed at once: plain NumPy, and NaN where a metric is not defined.

Outputs have shape (R, N, K), targets (N,) or (N, K); positions of a sequence count as examples. Which of the metrics
belong to a task, and when they are computed, stands in `models.evaluation`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from models.arrays import Array, BoolArray, IntArray, Targets

CALIBRATION_BINS = 15  # Guo et al. 2017, section 2


def confusion_counts(predicted: IntArray, y: IntArray, n_classes: int) -> Array:
    """Return how often each class (row) was taken for each (column), (R, K, K), from class numbers (R, N) and (N,)."""
    n_seeds, size = len(predicted), n_classes * n_classes
    cells = predicted + n_classes * y + size * np.arange(n_seeds)[:, None]
    counts = np.bincount(cells.ravel(), minlength=n_seeds * size)
    return counts.reshape(n_seeds, n_classes, n_classes).astype(np.float64)


def recall_and_precision(counts: Array) -> tuple[Array, Array]:
    """Return the share of each class that was recognised, and of each prediction that was right, both (R, K).

    NaN for a class without examples, and for one that was never predicted.
    """
    hits = counts.diagonal(axis1=1, axis2=2)
    return _share(hits, counts.sum(axis=2)), _share(hits, counts.sum(axis=1))


def calibration_error(confidence: Array, hits: BoolArray) -> Array:
    """Return the expected calibration error: Σ n_b/N |share of hits - mean confidence| over 15 bins of equal width.

    Source: Guo, Pleiss, Sun & Weinberger 2017, On calibration of modern neural networks, equation 3.

    Parameters
    ----------
    confidence : array (R, N)
        The probability of the predicted class.
    hits : array (R, N) of bool
        Whether that class was right.
    """
    n_seeds, n = confidence.shape
    bins = np.fmax(np.ceil(confidence * CALIBRATION_BINS) - 1, 0).astype(np.int64)  # 0 for NaN
    places = np.minimum(bins, CALIBRATION_BINS - 1) + CALIBRATION_BINS * np.arange(n_seeds)[:, None]
    gaps = np.bincount(places.ravel(), (hits - confidence).ravel(), n_seeds * CALIBRATION_BINS)
    return _share(np.abs(gaps).reshape(n_seeds, -1).sum(axis=1), np.array(float(n)))


def roc_auc(scores: Array, is_positive: BoolArray) -> Array:
    """Return the probability that a positive example has a higher score than a negative one; equal scores count half.

    With the ranks r of all scores, the mean rank for equal ones, it is (Σ r of the positives - P (P + 1)/2)/(P Q).

    Source: Mann & Whitney 1947; Hanley & McNeil 1982.

    Parameters
    ----------
    scores : array (..., N)
    is_positive : array (..., N) of bool
        Broadcast against `scores`.

    Returns
    -------
    array (...)
        NaN without positives or without negatives.
    """
    n = scores.shape[-1]
    rows = scores.reshape(math.prod(scores.shape[:-1]), n)
    places = rows.argsort(axis=-1) + n * np.arange(len(rows))[:, None]  # in all rows, one after the other
    found = np.broadcast_to(is_positive, scores.shape).reshape(rows.shape).take(places)
    total = (_ranks(rows.take(places)) * found).sum(axis=-1).reshape(scores.shape[:-1])
    n_positive = is_positive.sum(axis=-1, dtype=np.float64)
    above = total - n_positive * (n_positive + 1) / 2
    return _share(above, n_positive * (n - n_positive))


def mean_of_defined(values: Array) -> Array:
    """Return the mean along the last axis over what is not NaN; NaN if all of it is."""
    is_defined = ~np.isnan(values)
    return _share(np.where(is_defined, values, 0.0).sum(axis=-1), is_defined.sum(axis=-1, dtype=np.float64))


def regression_metrics(outputs: Array, y: Array) -> dict[str, Array]:
    """Return "mae", "rmse" and "r2" (1 - residual/total sum of squares), each the mean over the targets, (R,).

    A target without spread has no r2 and makes it NaN.
    """
    error = outputs - y
    n = np.array(float(len(y)))
    squares = np.square(error).sum(axis=1)
    center = _share(y.sum(axis=0), n)
    return {
        "mae": _share(np.abs(error).sum(axis=1), n).mean(axis=-1),
        "rmse": np.sqrt(_share(squares, n)).mean(axis=-1),
        "r2": (1 - _share(squares, np.square(y - center).sum(axis=0))).mean(axis=-1),
    }


def classification_metrics(log_odds: Array | None, probabilities: Array, y: IntArray) -> dict[str, Array]:
    """Return all metrics of a classification.

    Parameters
    ----------
    log_odds : array (R, N) or None
        Of the second class where there are two: probabilities near 1 are no longer told apart.
    probabilities : array (R, N, K)
    y : array (N,)

    Returns
    -------
    dict
        "accuracy", "balanced_accuracy" (the mean recall of the classes that occur), "roc_auc" (of two classes one; of
        more the mean over each class against the rest), "calibration_error", each (R,); "precision" and "recall",
        (R, K).
    """
    n_classes = probabilities.shape[-1]
    predicted = probabilities.argmax(axis=-1)
    hits = predicted == y
    recall, precision = recall_and_precision(confusion_counts(predicted, y, n_classes))
    if log_odds is not None:
        area = roc_auc(log_odds, y == 1)
    else:
        is_class = y == np.arange(n_classes)[:, None]
        area = mean_of_defined(roc_auc(np.ascontiguousarray(probabilities.swapaxes(1, 2)), is_class))
    return {
        "accuracy": accuracy(hits),
        "balanced_accuracy": mean_of_defined(recall),
        "roc_auc": area,
        "calibration_error": calibration_error(probabilities.max(axis=-1), hits),
        "precision": precision,
        "recall": recall,
    }


def multi_label_auc(logits: Array, y: Targets) -> Array:
    """Return the area under the ROC curve, the mean over the labels, (R,), for logits (R, N, K) and labels (N, K)."""
    return mean_of_defined(roc_auc(np.ascontiguousarray(logits.swapaxes(1, 2)), np.asarray(y).T > 0.5))


def accuracy(hits: BoolArray) -> Array:
    """Return the share of hits (R, …), (R,); of labels, each counts."""
    n = hits.size // len(hits)
    return _share(hits.reshape(len(hits), -1).sum(axis=1, dtype=np.float64), np.array(float(n)))


def _ranks(ordered: Array) -> NDArray[np.float64]:
    """Return the ranks 1, 2, … of ascending numbers (..., N); equal numbers share the mean of theirs."""
    n = ordered.shape[-1]
    place = np.arange(n, dtype=np.float64)
    starts = np.ones(ordered.shape, bool)
    np.not_equal(ordered[..., 1:], ordered[..., :-1], out=starts[..., 1:])
    if starts.all():
        return place + 1
    ends = np.ones_like(starts)
    ends[..., :-1] = starts[..., 1:]
    first = np.maximum.accumulate(np.where(starts, place, 0), axis=-1)
    last = np.minimum.accumulate(np.where(ends, place, n)[..., ::-1], axis=-1)[..., ::-1]
    ranks: NDArray[np.float64] = (first + last) / 2 + 1
    return ranks


def _share(part: Array, whole: Array) -> Array:
    """Return part/whole, NaN where the whole is 0."""
    result: Array = part / np.where(whole > 0, whole, np.nan)
    return result
