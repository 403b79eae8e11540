"""What theory expects of fresh weights beside the mean of many random networks.

First the networks of Glorot & Bengio 2010, sections 4.2 and 4.3 (five layers of 1000 on Shapeset-3×2), then a smaller
one for each activation with each initializer.
"""

from __future__ import annotations

import argparse

import numpy as np

from datasets.shapeset import shapeset
from diagnostics.layer_jacobians import spread_examples
from diagnostics.singular_values import mean_singular_value
from diagnostics.theory import MEAN_SINGULAR_VALUE, QUANTITIES, TheoryReport, expected_start
from models import ACTIVATIONS, INITIALIZERS, Experiment, Network
from models.arrays import Array, IntArray
from models.passes import Tape

N_PROBES, N_BATCH, N_CLASSES = 300, 10, 9
N_JACOBIANS = 6  # examples of each network at which singular values are taken


def images(side: int) -> tuple[Array, IntArray]:
    """Images of Shapeset-3×2 as rows, and their classes."""
    pictures, classes = shapeset(N_PROBES, side=side)
    return pictures.reshape(N_PROBES, -1), classes


def measured(network: Network, x: Array, y: IntArray, seed: int, *, jacobians: bool) -> dict[str, list[float]]:
    """The squares of what is expected, layer by layer, of one network; of singular values the mean."""
    params, order = network.init((seed,)), np.random.default_rng(seed)
    gradients = []
    for _ in range(5):
        rows = order.permutation(len(x))[:N_BATCH]
        gradients.append(network.views(_backward(network, params, x[rows], y[rows])[1].copy()))
    tape, _ = _backward(network, params, x, y)
    result: dict[str, list[float]] = {name: [] for name in QUANTITIES}
    for node in network.nodes:
        name = node.name
        result["pre_activation"].append(float(tape.pre_activation[name].var()))
        result["activation"].append(float(tape.activation[name].var()))
        result["gradient"].append(float((tape.grad_pre_activation[name].astype(np.float64) * len(x)).var()))
        result["weight_gradient"].append(float(np.mean([gradient[f"{name}/W"].var() for gradient in gradients])))
        if jacobians:
            few = network.forward(params, spread_examples(x, N_JACOBIANS)).pre_activation[name]
            slopes = node.activation.slope_at(few.astype(np.float64))
            weights = network.views(params)[f"{name}/W"]
            result[MEAN_SINGULAR_VALUE].append(float(mean_singular_value(weights, slopes)[0]))
    return result


def _backward(network: Network, params: Array, x: Array, y: IntArray) -> tuple[Tape, Array]:
    tape = network.forward(params, x)
    grad = np.empty(tape.output.shape, tape.output.dtype)
    network.loss.value_and_gradient(tape.output, y, grad)
    return tape, network.backward(tape, grad)


def compared(
    settings: Experiment, x: Array, y: IntArray, n_networks: int, *, jacobians: bool
) -> tuple[Network, dict[str, Array], TheoryReport]:
    """The network, what was measured of each quantity, (networks, L), and what is expected."""
    network = Network.build(settings, x.shape[1], "classification", N_CLASSES)
    found = [measured(network, x, y, seed, jacobians=jacobians) for seed in range(n_networks)]
    by_quantity = {name: np.array([one[name] for one in found]) for name in QUANTITIES if found[0][name]}
    return network, by_quantity, expected_start(network, x, y, experiment=settings, method="mean_field")


def paper(n_networks: int, width: int) -> None:
    """Print the numbers of the paper's networks, measured and expected, layer by layer."""
    x, y = images(32)
    names = [*(f"dense{i}" for i in range(1, 6)), "output"]
    for activation in ("tanh", "softsign", "sigmoid"):
        for initializer in ("standard", "glorot_uniform"):
            layers = [{"units": width, "activation": activation}] * 5
            settings = Experiment(layers=layers, initializer=initializer, batch_size=N_BATCH)
            network, found, report = compared(settings, x, y, n_networks, jacobians=True)
            print(
                f"\n{activation}, {initializer}, five layers of {width}, {n_networks} networks: layers 1 to 5, output"
            )
            linear = expected_start(network, x, y, experiment=settings, method="linear")
            for quantity, values in found.items():
                mean = values.mean(axis=0)
                print(f"  {quantity:20s}measured   {_row(mean if quantity == MEAN_SINGULAR_VALUE else np.sqrt(mean))}")
                for theory in (report, linear):
                    if np.isfinite(expected := theory.values(quantity, names)).any():
                        print(f"  {'':20s}{theory.method.replace('_', ' '):11s}{_row(expected)}")


def _row(values: Array) -> str:
    return " ".join(f"{value:9.3g}" for value in values)


def tables(n_networks: int) -> None:
    """Print for each pair how far the variance of the worst layer is from the expected one, and its standard error."""
    x, y = images(16)
    quantities = QUANTITIES[:-1]
    print(
        f"\nThree layers of 256, {n_networks} networks: worst layer's measured variance over the expected one, less 1,"
    )
    print("± its standard error; of weight gradients over five mini-batches for each network")
    print(f"{'':27s}{''.join(f'{name:>19s}' for name in quantities)}")
    for activation in ACTIVATIONS:
        for initializer, drawn in INITIALIZERS.items():
            if drawn.variance is None:
                continue
            layers = [{"units": 256, "activation": activation}] * 3
            settings = Experiment(layers=layers, initializer=initializer, batch_size=N_BATCH)
            network, found, report = compared(settings, x, y, n_networks, jacobians=False)
            cells = []
            for quantity in quantities:
                expected = report.values(quantity, [node.name for node in network.nodes]) ** 2
                off = found[quantity].mean(axis=0) / expected - 1
                error = found[quantity].std(axis=0, ddof=1) / np.sqrt(n_networks) / expected
                worst = int(np.argmax(np.abs(off)))
                cells.append(f"{off[worst]:+9.1%} ± {error[worst]:.1%}")
            print(f"{activation:12s}{initializer:15s}{''.join(f'{cell:>19s}' for cell in cells)}", flush=True)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", type=int, default=100)
    parser.add_argument("--paper-networks", type=int, default=3)
    parser.add_argument("--width", type=int, default=1000)
    arguments = parser.parse_args()
    paper(arguments.paper_networks, arguments.width)
    tables(arguments.networks)


if __name__ == "__main__":
    main()
