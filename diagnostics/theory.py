"""What theory expects of a network before its first update, layer by layer, to stand beside what was measured.

Two methods: "linear", the recursions of Glorot & Bengio 2010, section 4.2.1, in which every nonlinearity is replaced by
its tangent at 0; and "mean_field", which averages over Gaussian pre-activations (`diagnostics.mean_field`). Start at
`theory_of_run`, or at `theory_of_experiment` before there is a run.

The recursions of Glorot & Bengio, for layers 1 … d with n_l numbers read, m_l units and weights of variance v_l, read:

    Var[z_l] = E[x²] · n_1 v_1 · … · n_l v_l                                (equation 5)
    Var[∂ℓ/∂z_l] = Var[∂ℓ/∂z_d] · m_(l+1) v_(l+1) · … · m_d v_d             (equation 6)

In print the product of equation 6 has one factor too many, and equation 13 says Var[x] where it must be Var[∂C/∂s^d];
here both are right. E[x²] is the mean of the squares of the inputs, their mean not taken off: a weight's mean is 0, not
an input's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from diagnostics.mean_field import LayerProducts, propagated
from diagnostics.recording.probes import drawing_constants
from diagnostics.recording.reading import as_targets
from diagnostics.run import AnyArray, Run
from diagnostics.seed_spread import Floats
from diagnostics.singular_values import expected_mean_singular_value
from models.activations import ACTIVATIONS, Activation
from models.experiment import Experiment
from models.graph import OUTPUT
from models.initializers import INITIALIZERS
from models.network import Network
from models.training import network_for
from models.training_data import TrainingData

Method = Literal["linear", "mean_field"]
METHODS: Mapping[Method, str] = {"mean_field": "mean-field theory", "linear": "linear theory (Glorot & Bengio 2010)"}
MEAN_SINGULAR_VALUE = "mean_singular_value"
QUANTITIES = ("pre_activation", "activation", "gradient", "weight_gradient", MEAN_SINGULAR_VALUE)
_COMMON = (
    "the weights on the way back count as independent of those on the way forward",
    "the inputs are those of the probe examples",
    "a mini-batch is drawn at random from examples like these",
)
ASSUMPTIONS: Mapping[Method, tuple[str, ...]] = {
    "mean_field": ("layers are so wide that pre-activations are Gaussian", *_COMMON),
    "linear": ("every nonlinearity is replaced by its tangent at 0, f(z) = z", *_COMMON),
}


@dataclass(frozen=True)
class LayerTheory:
    """What is expected of one layer before the first update.

    Attributes
    ----------
    name : str
        Of the node.
    expected : mapping of str to float
        By the names of `QUANTITIES`: the standard deviation over units and examples (over the weights, for weight
        gradients), as it is recorded, and the mean singular value of ∂a/∂(what the layer reads). NaN: there is none.
    reasons : mapping of str to str
        Why there is none, by the same names.
    mean_activation : float
    weight_variance : float
    """

    name: str
    expected: Mapping[str, float]
    reasons: Mapping[str, str] = field(default_factory=dict)
    mean_activation: float = float("nan")
    weight_variance: float = float("nan")


@dataclass(frozen=True)
class TheoryReport:
    """What one method expects of every layer with weights.

    `input_mean_square` is the mean of the squares of all inputs of the probe examples; `assumptions` are sentences.
    """

    method: Method
    layers: tuple[LayerTheory, ...]
    input_mean_square: float
    batch_size: int
    assumptions: tuple[str, ...]
    run_id: str = ""

    @property
    def name(self) -> str:
        """What a line in a figure is called."""
        return METHODS[self.method]

    def values(self, quantity: str, names: Sequence[str]) -> Floats:
        """Return what is expected of some layers, (L,); NaN for one that is not covered."""
        found = {layer.name: layer.expected.get(quantity, np.nan) for layer in self.layers}
        return np.array([found.get(name, np.nan) for name in names], np.float64)

    def reasons(self, quantity: str) -> dict[str, str]:
        """Return why there is no number, by layer."""
        return {layer.name: layer.reasons[quantity] for layer in self.layers if quantity in layer.reasons}


def theory_of_run(run: Run, method: Method = "mean_field", *, singular_values: bool = True) -> TheoryReport:
    """Return what is expected of the layers of a run at step 0, on its probe examples.

    Everything is read off the run: its probe examples, their targets, its settings. It takes some tenths of a second,
    less without the mean singular values.
    """
    constants = run.constants
    if "probe/x" not in constants or "probe/y" not in constants or "task" not in run.info:
        why = "the run has no probe examples, so that nothing is known of its inputs"
        empty = dict.fromkeys(QUANTITIES, float("nan"))
        layers = tuple(LayerTheory(layer.name, empty, dict.fromkeys(QUANTITIES, why)) for layer in run.layers)
        return TheoryReport(method, layers, float("nan"), run.experiment.batch_size, ASSUMPTIONS[method], run.id)
    return expected_start(
        network_of(run),
        np.asarray(constants["probe/x"]),
        constants["probe/y"],
        experiment=run.experiment,
        method=method,
        run_id=run.id,
        singular_values=singular_values,
    )


def theory_of_experiment(experiment: Experiment, data: TrainingData, method: Method = "mean_field") -> TheoryReport:
    """Return what is expected of an experiment before it is trained, on the probe examples that a run would have."""
    constants = drawing_constants(data)
    x, y = np.asarray(constants["probe/x"]), constants["probe/y"]
    return expected_start(network_for(experiment, data), x, y, experiment=experiment, method=method)


def network_of(run: Run) -> Network:
    """Return the network of a run, from its settings and its probe examples."""
    x, y, task = np.asarray(run.constants["probe/x"]), run.constants["probe/y"], str(run.info["task"])
    shape = run.info.get("input_shape")
    sides = tuple(int(side) for side in shape) if isinstance(shape, (list, tuple)) and shape else (x.shape[1],)
    n_outputs = run.layers[-1].units
    if task == "classification" and n_outputs == 1:
        n_outputs = 2  # one logit of two classes
    per_position = y.ndim == (2 if task == "classification" else 3)
    return Network.build(run.experiment, sides, task, n_outputs, per_position=per_position)


def expected_start(
    network: Network,
    x: AnyArray,
    y: AnyArray,
    *,
    experiment: Experiment,
    method: Method,
    run_id: str = "",
    singular_values: bool = True,
) -> TheoryReport:
    """Return what is expected of a network on examples x (P, D) with targets y, before its first update."""
    examples = np.asarray(x, np.float64).reshape(len(x), -1)
    targets = network.loss.encode(as_targets(np.asarray(y)), network.nodes[-1].units)
    targets = np.asarray(targets, np.float64).reshape(len(examples), -1)
    found = propagated(network, examples, targets, _tangent if method == "linear" else _itself)
    why_not = _why_no_weight_gradient(network, experiment)
    layers = tuple(
        _layer_theory(one, network, experiment.batch_size, why_not, method, singular_values=singular_values)
        for one in found
    )
    mean_square = float(np.square(examples).mean())
    return TheoryReport(method, layers, mean_square, experiment.batch_size, ASSUMPTIONS[method], run_id)


def _itself(activation: Activation) -> Activation | str:
    return activation


def _tangent(activation: Activation) -> Activation | str:
    """The theory is for f symmetric about 0 with slope 1 there (Glorot & Bengio 2010, section 4.2.1)."""
    z = np.array([0.25, 0.5, 2.0])
    slope = float(activation.slope_at(np.zeros(1))[0])
    if slope == 1 and np.allclose(activation.value(-z), -activation.value(z), rtol=0, atol=1e-12):
        return ACTIVATIONS["linear"]
    return "the linear recursions are for nonlinearities that are symmetric about 0 and have the slope 1 there"


def _why_no_weight_gradient(network: Network, experiment: Experiment) -> str:
    if any(node.type == "dropout" for node in network.nodes):
        return "in training dropout drops other numbers at every update"
    if experiment.label_smoothing:
        return "in training the targets are smoothed"
    if experiment.class_weights is not None:
        return "in training the classes count differently"
    return ""


def _layer_theory(
    found: LayerProducts,
    network: Network,
    batch_size: int,
    why_no_weight_gradient: str,
    method: Method,
    *,
    singular_values: bool,
) -> LayerTheory:
    expected, reasons = dict.fromkeys(QUANTITIES, float("nan")), {}
    if found.pre_activation is not None and found.activation is not None:
        expected["pre_activation"], expected["activation"] = found.pre_activation.std, found.activation.std
        if singular_values:
            expected[MEAN_SINGULAR_VALUE] = _singular_value(found, network, method)
    if found.gradient is not None:
        expected["gradient"] = found.gradient.std
    if found.gradient is not None and found.read is not None and not why_no_weight_gradient:
        expected["weight_gradient"] = _weight_gradient(found, batch_size)
    for name in QUANTITIES:
        if np.isnan(expected[name]):
            back = why_no_weight_gradient if name == "weight_gradient" else ""
            reasons[name] = found.why or back or found.why_not_back
    return LayerTheory(found.node.name, expected, reasons, found.mean_activation, found.weight_variance)


def _weight_gradient(found: LayerProducts, batch_size: int) -> float:
    """Return the standard deviation over the weights of the gradient of a mini-batch's mean loss.

    It is (1/N) Σ_n a_n δ_n, so that its mean square is that of one example divided by N, and the mean product of two
    different examples times 1 - 1/N. Were the examples independent, the second would be 0.
    """
    assert found.read is not None
    assert found.gradient is not None
    products = found.read.of_units * found.gradient.of_units - found.read.of_means * found.gradient.of_means
    own, n = float(np.diag(products).mean()), len(products)
    between = (float(products.sum()) - own * n) / (n * (n - 1)) if n > 1 else own
    return float(np.sqrt(max(own / batch_size + between * (1 - 1 / batch_size), 0.0)))


def _singular_value(found: LayerProducts, network: Network, method: Method) -> float:
    assert found.pre_activation is not None
    is_linear = method == "linear" or found.node.name == OUTPUT
    weight = found.node.parameters["W"]
    return expected_mean_singular_value(
        ACTIVATIONS["linear"] if is_linear else found.node.activation,
        np.diag(found.pre_activation.of_units),
        (weight.fan_in, weight.fan_out),
        found.weight_variance,
        orthonormal=INITIALIZERS[network.initializer].orthonormal,
    )
