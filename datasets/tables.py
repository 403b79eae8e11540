"""The tables that come with scikit-learn, with readable class names; nothing is downloaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def breast_cancer() -> pd.DataFrame:
    """569 tumours, 30 measurements of their cell nuclei; malignant or benign (Street, Wolberg & Mangasarian 1993)."""
    from sklearn import datasets

    return _named(datasets.load_breast_cancer(as_frame=True), "diagnosis")


def wine() -> pd.DataFrame:
    """178 wines of three cultivars, 13 chemical measurements (Aeberhard, Coomans & de Vel 1994)."""
    from sklearn import datasets

    return _named(datasets.load_wine(as_frame=True), "cultivar")


def iris() -> pd.DataFrame:
    """150 irises of three species, 4 lengths in cm (Fisher 1936)."""
    from sklearn import datasets

    return _named(datasets.load_iris(as_frame=True), "species")


def digits() -> pd.DataFrame:
    """1 797 handwritten digits of 8 × 8 pixels, each 0 to 16 (Alpaydin & Kaynak 1998)."""
    from sklearn import datasets

    bunch = datasets.load_digits(as_frame=True)
    result: pd.DataFrame = bunch.data.assign(digit=bunch.target.astype(str))
    return result


def diabetes() -> pd.DataFrame:
    """442 patients, 10 measurements, and how far their diabetes went in a year (Efron, Hastie et al. 2004)."""
    from sklearn import datasets

    bunch = datasets.load_diabetes(as_frame=True, scaled=False)
    frame: pd.DataFrame = bunch.data.assign(progression=bunch.target)
    return frame


def _named(bunch: object, target: str) -> pd.DataFrame:
    frame: pd.DataFrame = bunch.data.copy()  # type: ignore[attr-defined]
    names = dict(enumerate(map(str, bunch.target_names)))  # type: ignore[attr-defined]
    return frame.assign(**{target: bunch.target.map(names)})  # type: ignore[attr-defined]
