"""Checkpoints: what is written comes back bit for bit, and nothing in a file is executed."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from small_data import classes

from models import Experiment, load_state, save_state, train


def test_a_training_goes_on_from_a_file_bit_for_bit(tmp_path: Path) -> None:
    experiment = Experiment(layers=[{"units": 5}], epochs=3, batch_size=8, seeds=(0, 4))
    for step in train(experiment, classes()):
        if step.number == 5:
            save_state(tmp_path / "half.npz", experiment, step.state)
    again, state = load_state(tmp_path / "half.npz")
    assert again == experiment
    *_, last = train(again, classes(), state)
    np.testing.assert_array_equal(last.state.params, step.state.params)
    np.testing.assert_array_equal(last.state.slots["square"], step.state.slots["square"])


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.npz").write_bytes(b"PK\x03\x04 and then nothing")
    with pytest.raises(ValueError, match="is no checkpoint, or is damaged"):
        load_state(tmp_path / "bad.npz")


def test_a_pickle_is_not_opened(tmp_path: Path) -> None:
    target = tmp_path / "trap.npz"
    np.savez(target, meta=np.array([{"a": 1}], dtype=object), params=np.zeros(1))
    with pytest.raises(ValueError, match=r"[Oo]bject arrays|pickle"):
        load_state(target)
    target.write_bytes(pickle.dumps({"meta": 1}))
    with pytest.raises(ValueError, match=r"no checkpoint|pickle"):
        load_state(target)
