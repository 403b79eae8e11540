"""Training as PyTorch does it: same first weights, same batches. Imported only where PyTorch is installed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch_network import run
from training_cases import Training

from models import Network
from models.arrays import Array
from models.batches import Batches
from models.training import initial_state, network_for, planned_steps
from models.training_state import TrainingState


def trained(training: Training) -> tuple[Array, Array, dict[str, Array]]:
    """Return the batch losses (T, R), the parameters after each update (T, R, n_parameters), and the last buffers."""
    experiment, data = training.experiment, training.data
    network = network_for(experiment, data)
    state = initial_state(experiment, network)
    by_seed = [list(_steps(training, network, state, row)) for row in range(len(state.params))]
    losses = np.array([[loss for loss, _ in steps] for steps in by_seed])
    path = np.array([[parameters for _, parameters in steps] for steps in by_seed])
    return losses.T, path.swapaxes(0, 1), state.buffers


def _steps(training: Training, network: Network, state: TrainingState, row: int) -> Iterator[tuple[float, Array]]:
    """Yield loss and parameters of each update of one seed; its buffers are changed in place."""
    experiment, data = training.experiment, training.data
    batches = Batches(experiment, network, data)
    named = {name: torch.tensor(view[row], requires_grad=True) for name, view in network.views(state.params).items()}
    buffers = {name: torch.from_numpy(array[row]) for name, array in state.buffers.items()}
    optimizer = optimizer_for(training, network, named)
    x = torch.tensor(data.x_train.reshape(-1, *data.shape).astype(experiment.dtype))
    for step in range(planned_steps(experiment, len(x))):
        rows = batches.rows(step)[0, row]
        logits = run(network, named, x[rows], buffers, training=True)["output"]
        loss = mean_loss(training, network, logits, rows)
        optimizer.zero_grad()
        loss.backward()
        _clip(training, list(named.values()))
        for name, tensor in named.items():
            if network.parameters[name].is_weight:
                tensor.grad += experiment.l1 * tensor.detach().sign()
        optimizer.step()
        yield loss.item(), np.concatenate([tensor.detach().numpy().ravel() for tensor in named.values()])


def _clip(training: Training, parameters: list[Tensor]) -> None:
    """By length without PyTorch's 1e-6 in the denominator, which makes a clipped gradient a little too short."""
    experiment = training.experiment
    if experiment.clip_value:
        nn.utils.clip_grad_value_(parameters, experiment.clip_value)
    if experiment.clip_norm:
        length = nn.utils.get_total_norm([tensor.grad for tensor in parameters])
        for tensor in parameters:
            tensor.grad *= min(1.0, experiment.clip_norm / length.item())


def optimizer_for(training: Training, network: Network, named: Mapping[str, Tensor]) -> torch.optim.Optimizer:
    """PyTorch's optimizer with a group for each parameter: weights decay, and each layer has a rate of its own."""
    experiment = training.experiment
    entry = experiment.optimizer
    rate, decay = float(str(entry["learning_rate"])), float(str(entry.get("weight_decay", experiment.l2)))
    groups = [
        {
            "params": [tensor],
            "lr": rate * float(str(experiment.layer_rates.get(name.split("/")[0], 1.0))),
            "weight_decay": decay if network.parameters[name].is_weight else 0.0,
        }
        for name, tensor in named.items()
    ]
    return rule(entry, groups)


def rule(entry: Mapping[str, object], groups: list[dict[str, object]]) -> torch.optim.Optimizer:
    """PyTorch's optimizer of an experiment's entry, for groups that say what decays."""
    settings = {key: value for key, value in entry.items() if key not in ("type", "learning_rate", "weight_decay")}
    kind = str(entry["type"])
    if kind in ("adam", "adamw"):
        settings["betas"] = (settings.pop("beta1"), settings.pop("beta2"))
    if kind == "rmsprop":
        settings["alpha"] = settings.pop("rho")
    if "epsilon" in settings:
        settings["eps"] = settings.pop("epsilon")
    return OPTIMIZERS[kind](groups, lr=entry["learning_rate"], **settings)


OPTIMIZERS: Mapping[str, type[torch.optim.Optimizer]] = {
    "sgd": torch.optim.SGD,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "rmsprop": torch.optim.RMSprop,
    "adagrad": torch.optim.Adagrad,
    "adadelta": torch.optim.Adadelta,
}


def mean_loss(training: Training, network: Network, logits: Tensor, rows: Array) -> Tensor:
    """Return the weighted mean loss of some training examples; logits (N, K) or (N, K, positions)."""
    data, experiment = training.data, training.experiment
    y = torch.tensor(data.y_train[rows])
    costs = by_example(type(network.loss).__name__, logits, y, experiment.label_smoothing)
    weights = torch.ones(len(rows), dtype=logits.dtype)
    if data.weights is not None:
        weights = torch.tensor(data.weights[rows])
    if experiment.class_weights is not None:
        weights = weights * _class_weights(training)[y]
    weights = weights.reshape(-1, *[1] * (costs.ndim - 1)).expand_as(costs)
    return (costs * weights).sum() / weights.sum()


def _class_weights(training: Training) -> Tensor:
    """As numbers; "balanced" as in scikit-learn: n / (classes · how often it occurs), each example by its weight."""
    weights, data = training.experiment.class_weights, training.data
    if weights == "balanced":
        counting = None if data.weights is None else torch.tensor(data.weights)
        counts = torch.bincount(torch.tensor(data.y_train), counting).double()
        return counts.sum() / (data.n_outputs * counts)
    return torch.tensor(weights, dtype=torch.float64)


def by_example(loss: str, logits: Tensor, y: Tensor, smoothing: float = 0.0) -> Tensor:
    """Return the loss of each example (N,), or of each of its positions (N, positions)."""
    if loss == "CrossEntropy":
        return functional.cross_entropy(logits, y, reduction="none", label_smoothing=smoothing)
    if loss == "BinaryCrossEntropy":
        target = (y[:, None] if logits.shape[1] == 1 else y.movedim(-1, 1)).to(logits.dtype)
        target = (1 - smoothing) * target + smoothing / 2  # PyTorch has no smoothing of its own here
        return functional.binary_cross_entropy_with_logits(logits, target, reduction="none").mean(1)
    function = {
        "MeanSquaredError": functional.mse_loss,
        "MeanAbsoluteError": functional.l1_loss,
        "Huber": functional.huber_loss,
    }[loss]
    return function(logits, y.movedim(-1, 1).to(logits.dtype), reduction="none").mean(1)
