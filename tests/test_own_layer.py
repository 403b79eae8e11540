"""A user's own layer: the documented example works, and a wrong gradient is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_data import classes

from models import LAYERS, Experiment, register_layer, train

PAGE = Path(__file__).resolve().parent.parent / "docs" / "own_layer.md"


@pytest.fixture(autouse=True)
def _table_as_it_was() -> Iterator[None]:
    """Take out of the table what a test put in."""
    before = dict(LAYERS)
    yield
    LAYERS.clear()
    LAYERS.update(before)


def documented() -> dict[str, Any]:
    """What the example of the page defines."""
    example = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    names: dict[str, Any] = {}
    exec(example.group(1), names)
    return names


def test_the_documented_layer_trains_several_seeds_and_learns() -> None:
    experiment = documented()["experiment"]
    losses = [step.batch_loss.copy() for step in train(experiment, classes())][1:]
    assert experiment == Experiment.from_json(experiment.to_json())
    assert len(losses) == 20
    assert (losses[-1] < losses[0]).all()


def test_a_layer_with_a_sign_error_is_refused_with_both_numbers() -> None:
    class Wrong(documented()["Maxout"]):  # type: ignore[misc]
        def backward(self, parameters: object, x: np.ndarray, grad_y: np.ndarray) -> object:
            grad_x, grads = super().backward(parameters, x, grad_y)
            return -grad_x, grads

    with pytest.raises(ValueError, match=r"slope with respect to the input, central differences give -?\d"):
        register_layer("wrong", Wrong)
    assert "wrong" not in LAYERS


def test_a_wrong_gradient_of_a_parameter_names_it() -> None:
    class Wrong(documented()["Maxout"]):  # type: ignore[misc]
        def backward(self, parameters: object, x: np.ndarray, grad_y: np.ndarray) -> object:
            grad_x, grads = super().backward(parameters, x, grad_y)
            return grad_x, {"W": 2 * grads["W"]}

    with pytest.raises(ValueError, match="slope with respect to parameter W"):
        register_layer("wrong", Wrong)


def test_names_of_the_engine_are_not_given_away_and_ones_own_may_be_replaced() -> None:
    maxout = documented()["Maxout"]
    with pytest.raises(ValueError, match="'dense' is a layer of the engine"):
        register_layer("dense", maxout)
    with pytest.raises(ValueError, match="lower-case word"):
        register_layer("Max Out", maxout)
    register_layer("maxout", maxout)
