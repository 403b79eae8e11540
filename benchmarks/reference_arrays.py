"""The numbers in tests/reference: what PyTorch gives for the cases of the tests, which so can do without it.

    python -m benchmarks.reference_arrays

Needs PyTorch (2.13 made the numbers that are there). To be run when a case in tests/layer_cases.py or
tests/training_cases.py was added or changed; everything else must leave the numbers as they are.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from models.arrays import Array

TESTS = Path(__file__).resolve().parent.parent / "tests"
FOLDER = TESTS / "reference"


def layers() -> dict[str, Array]:
    """For each trial one record: all that goes in, then all that comes out."""
    from stored_trials import TRIALS
    from torch_network import results

    records = {}
    for name, make in TRIALS.items():
        trial = make()
        given = [array.copy() for array in trial.given]
        records[name] = np.concatenate([array.ravel() for array in (*given, *results(trial).values())])
    return records


def activations() -> dict[str, Array]:
    """The points, and for each activation value and slope there (2, points)."""
    import torch
    from torch_network import ACTIVATIONS

    points = np.concatenate([np.linspace(-9, 9, 37), [-1e4, -40.0, 40.0, 1e4]])  # passes by the corners at -1, 0 and 1
    table = {"points": points}
    for name, function in ACTIVATIONS.items():
        z = torch.tensor(points, requires_grad=True)
        a = function(z)
        a.sum().backward()
        table[name] = np.stack([a.detach().numpy(), z.grad.numpy()])
    return table


def trainings() -> dict[str, Array]:
    """For each training its first parameters and its batch losses, and where it ends if it is exact to the end."""
    from torch_training import trained
    from training_cases import RULES, WHOLE

    from models.training import initial_state, network_for

    table = {}
    for name, training in {**RULES, **WHOLE}.items():
        losses, path, _ = trained(training)
        start = initial_state(training.experiment, network_for(training.experiment, training.data)).params
        table |= {f"{name}/start": start, f"{name}/losses": losses.astype(start.dtype)}
        if name in RULES:
            table[f"{name}/end"] = path[-1]
    return table


def write(name: str, arrays: Mapping[str, Array]) -> None:
    """Write one file and say how large it is."""
    path = FOLDER / f"{name}.npz"
    np.savez_compressed(path, allow_pickle=False, **arrays)  # type: ignore[arg-type]
    print(f"{path.relative_to(TESTS.parent)}: {len(arrays)} arrays, {path.stat().st_size / 1000:.0f} kB")


def main() -> None:
    """Write all three files."""
    sys.path.insert(0, str(TESTS))
    FOLDER.mkdir(exist_ok=True)
    write("layers", layers())
    write("activations", activations())
    write("trainings", trainings())


if __name__ == "__main__":
    main()
