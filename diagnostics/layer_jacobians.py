"""How much each dense layer stretches what passes it while the network learns: singular values of its Jacobian.

J = ∂a/∂(what the layer reads) = W diag(φ'(z)) depends on the example; it is taken at some probe examples, at equal
distances in the order of their size. No run records it: it is computed from states of the parameters, fresh or kept.
Start at `layer_jacobians`. Source: Glorot & Bengio 2010, section 4.2.1, who followed it over training.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diagnostics.run import Run
from diagnostics.seed_spread import Floats, Spread, spread_over_seeds
from diagnostics.singular_values import mean_singular_value
from diagnostics.theory import MEAN_SINGULAR_VALUE, TheoryReport
from models.arrays import Array
from models.network import Network, Node

WORK = 1e11  # operations of all decompositions, some seconds; an n × m matrix takes about 10 n m min(n, m)
MOST_EXAMPLES = 8


@dataclass(frozen=True, eq=False)
class LayerJacobiansReport:
    """The mean singular value of each dense layer's Jacobian at T steps.

    Attributes
    ----------
    layers : tuple of str
        The dense layers, L, the first first.
    steps : array (T,)
    spread : Spread
        Over the seeds, (T, L).
    depths : tuple of int
        Which of all layers of the run they are, the first 0.
    n_layers : int
        All layers of the run.
    theory : array (L,)
        What is expected of fresh weights, at step 0; NaN where theory says nothing.
    theory_name : str
    n_examples : int
        At which the Jacobians are taken.
    """

    layers: tuple[str, ...]
    steps: NDArray[np.int64]
    spread: Spread
    depths: tuple[int, ...]
    n_layers: int
    theory: Floats
    theory_name: str
    n_examples: int
    run_id: str
    n_seeds: int


def layer_jacobians(
    run: Run, measured: Mapping[int, Mapping[str, Array]], theories: Sequence[TheoryReport], n_examples: int
) -> LayerJacobiansReport:
    """Return the report of what was measured at some steps.

    Parameters
    ----------
    run : Run
    measured : dict of dict of array (R,)
        For each step what `mean_singular_values` gives.
    theories : sequence of TheoryReport
        Of the fresh weights; of each layer the first that says something counts.
    n_examples : int
    """
    steps = sorted(measured)
    names = [layer.name for layer in run.layers]
    layers = [name for name in names if any(name in measured[step] for step in steps)]
    n_seeds = len(run.experiment.seeds)
    values = np.array([[measured[step][name] for name in layers] for step in steps], np.float64)
    expected, used = np.full(len(layers), np.nan), ""
    for theory in theories:
        of_this = theory.values(MEAN_SINGULAR_VALUE, layers)
        used = used or (theory.name if np.isfinite(of_this).any() else "")
        expected = np.where(np.isfinite(expected), expected, of_this)
    return LayerJacobiansReport(
        layers=tuple(layers),
        steps=np.array(steps, np.int64),
        spread=spread_over_seeds(values.reshape(len(steps), len(layers), n_seeds), axis=2),
        depths=tuple(names.index(name) for name in layers),
        n_layers=len(names),
        theory=expected,
        theory_name=used,
        n_examples=n_examples,
        run_id=run.id,
        n_seeds=n_seeds,
    )


def mean_singular_values(
    network: Network, params: Array, x: Array, buffers: Mapping[str, Array] | None = None
) -> dict[str, Floats]:
    """Return the mean singular value of each dense layer's Jacobian, (R,), averaged over examples.

    Layers other than dense ones, and those that read a sequence, are not among them.

    Parameters
    ----------
    network : Network
    params : array (R, n_parameters)
    x : array (N, D)
    buffers : dict of array (R, …), optional
        Running means; those of an untrained network if not given.
    """
    tape = network.forward(params, x, dict(buffers) if buffers is not None else None)
    by_name, result = network.views(params), {}
    for node in network.nodes:
        if is_plain(node):
            slopes = node.activation.slope_at(np.asarray(tape.pre_activation[node.name], np.float64))
            result[node.name] = mean_singular_value(by_name[f"{node.name}/W"], slopes)
    return result


def is_plain(node: Node) -> bool:
    """Tell whether a node is a dense layer that is used once for each example."""
    return node.type == "dense" and len(node.input_shapes[0]) != 2


def affordable_examples(network: Network, n_states: int, work: float = WORK) -> int:
    """Return how many examples, 1 to 8, the decompositions for `n_states` states of one seed can be made at.

    With the default `work` in some seconds at most.
    """
    sizes = [node.parameters["W"].shape for node in network.nodes if is_plain(node)]
    each = n_states * sum(10 * math.prod(size) * min(size) for size in sizes)
    return int(min(max(work // max(each, 1), 1), MOST_EXAMPLES))


def spread_examples(x: Array, n: int) -> Array:
    """Return n examples at equal distances in the order of their mean squares, which drive the layers."""
    order = np.argsort(np.square(x).reshape(len(x), -1).mean(axis=1), kind="stable")
    n = min(n, len(x))
    return np.asarray(x[order[((np.arange(n) + 0.5) * len(x) / n).astype(int)]])
