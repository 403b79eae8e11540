"""The built-in data sets: every one can be prepared, generators obey their options, and nothing is fetched."""

from __future__ import annotations

import numpy as np
import pytest

from datasets import CATALOG, DataError, load_dataset, load_frame

NAMES = ["moons", "circles", "xor", "two_spirals", "blobs", "linear", "sine", "step", "bump", "breast_cancer", "wine",
         "iris", "digits", "diabetes", "digits_28", "digits_32", "adding_problem", "copy_task", "parity",
         "characters", "shapeset"]  # fmt: skip
FROM_FOLDERS = ["mnist", "fashion_mnist", "image_folder"]


def test_the_catalog_holds_what_is_promised() -> None:
    assert {*NAMES, *FROM_FOLDERS} == set(CATALOG)
    assert [name for name, entry in CATALOG.items() if entry.needs_folder] == FROM_FOLDERS


@pytest.mark.parametrize("name", NAMES)
def test_every_data_set_can_be_prepared(name: str) -> None:
    data, entry = load_dataset(name), CATALOG[name]
    assert data.task == entry.task
    assert np.isfinite(data.train.x).all()
    assert data.train.x.shape[1] == {"toy 2-D": 2, "toy 1-D": 1}.get(entry.kind, data.train.x.shape[1])
    assert min(len(data.train.y), len(data.validation.y), len(data.test.y)) > 20
    if data.task == "classification":
        assert set(data.train.y.ravel()) == set(range(data.n_outputs))


def test_the_tables_have_their_published_sizes() -> None:
    sizes = {name: load_frame(name)[0].shape for name in ("breast_cancer", "wine", "iris", "digits", "diabetes")}
    assert sizes == {
        "breast_cancer": (569, 31),
        "wine": (178, 14),
        "iris": (150, 5),
        "digits": (1797, 65),
        "diabetes": (442, 11),
    }
    assert load_dataset("digits").train.x.shape[1] == 64


@pytest.mark.parametrize("name", [name for name in NAMES if CATALOG[name].kind.startswith("toy")])
def test_generators_obey_size_noise_and_seed(name: str) -> None:
    frame, target = load_frame(name, n=50, noise=0.1, seed=1)
    assert len(frame) == 50
    assert target in frame.columns
    other, _ = load_frame(name, n=50, noise=0.1, seed=2)
    same, _ = load_frame(name, n=50, noise=0.1, seed=1)
    assert frame.equals(same)
    assert not frame.equals(other)


def test_curves_without_noise_are_their_formulas() -> None:
    sine, _ = load_frame("sine", noise=0.0)
    np.testing.assert_allclose(sine["y"], np.sin(2 * np.pi * sine["x"]))
    bump, _ = load_frame("bump", noise=0.0)
    ordered = bump.sort_values("x")["y"].to_numpy()
    signs = np.sign(np.diff(ordered))
    assert (np.diff(signs[signs != 0]) != 0).sum() == 2  # rises, falls, rises


def test_xor_and_linear_are_what_they_say() -> None:
    xor, _ = load_frame("xor", noise=0.0)
    assert ((xor["x1"] * xor["x2"] > 0) == (xor["class"] == "same sign")).all()
    linear, _ = load_frame("linear", noise=0.0)
    assert ((linear["x1"] + 0.5 * linear["x2"] > 0) == (linear["class"] == "right")).all()


def test_a_wrong_name_or_option_says_what_there_is() -> None:
    with pytest.raises(DataError, match="choose one of two_spirals"):
        load_dataset("cifar")
    with pytest.raises(DataError, match="iris has no option 'n'; it has none"):
        load_dataset("iris", n=5)
    with pytest.raises(DataError, match="parity is no table"):
        load_frame("parity")
    with pytest.raises(DataError, match="noise must lie between 0 and 2"):
        load_dataset("moons", noise=9)
