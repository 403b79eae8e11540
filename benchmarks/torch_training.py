"""Training in PyTorch as everybody uses it, eager and one mini-batch at a time. Needs torch."""

from __future__ import annotations

import sys

import torch

from benchmarks.torch_networks import TorchNetwork
from benchmarks.workloads import Workload
from models.batches import Batches
from models.training import initial_state, network_for


class TorchTraining:
    """The engine's network with its initial weights, on the same examples in the same order.

    Attributes
    ----------
    number : int
        Updates begun.
    """

    def __init__(self, load: Workload, fused: bool = False) -> None:
        torch.set_num_threads(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
        experiment, data = load.experiment(), load.data()
        self.network = network_for(experiment, data)
        params = initial_state(experiment, self.network).params
        views = {name: view[0] for name, view in self.network.views(params).items()}
        self.model: torch.nn.Module = TorchNetwork(self.network, views)
        self._batches = Batches(experiment, self.network, data)
        x = torch.tensor(data.x_train.reshape(-1, *data.shape))
        self._x = x.permute(0, 3, 1, 2).contiguous() if len(data.shape) == 3 else x
        binary = load.loss == "binary_cross_entropy"
        self._y = torch.tensor(data.y_train).float()[:, None] if binary else torch.tensor(data.y_train)
        self.criterion: torch.nn.Module = torch.nn.BCEWithLogitsLoss() if binary else torch.nn.CrossEntropyLoss()
        trained = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        if load.optimizer == "adam":
            self.optimizer: torch.optim.Optimizer = torch.optim.Adam(trained, lr=1e-3, fused=True if fused else None)
        else:
            self.optimizer = torch.optim.SGD(trained, lr=1e-3)
        self.number = 0

    def step(self) -> float:
        """Make an update; return the loss before it."""
        rows = torch.from_numpy(self._batches.rows(self.number)[0, 0])
        self.number += 1
        y = self._y[rows]
        outputs = self.model(self._x[rows])
        loss = self.criterion(outputs, y)
        self.optimizer.zero_grad()
        self.backward(loss, outputs, y)
        self.optimizer.step()
        return float(loss.item())

    def backward(self, loss: torch.Tensor, outputs: torch.Tensor, y: torch.Tensor) -> None:
        """Fill the gradients."""
        loss.backward()

    def settle(self) -> None:
        """Wait for what is still being recorded."""
