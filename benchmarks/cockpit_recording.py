"""Cockpit's "economy" configuration, as its manual has it. Needs the environment of requirements-cockpit.txt.

Cockpit (Schneider, Dangel and Hennig 2021) computes every example's own gradient and from it step length alpha,
distance, histogram of gradient elements, gradient norm, inner product, norm and orthogonality test, and update size.
Evaluation and plots are off, as in its authors' own measurement.
"""

from __future__ import annotations

import copy

import torch
from backpack import extend
from cockpit import Cockpit
from cockpit.utils.configuration import configuration
from cockpit.utils.schedules import linear

from benchmarks.torch_training import TorchTraining
from benchmarks.workloads import Workload


class CockpitTraining(TorchTraining):
    """A chain of fully connected layers, watched by Cockpit at every so many updates."""

    def __init__(self, load: Workload, every: int, total: int) -> None:
        super().__init__(load)
        parts = dict(self.model.named_modules())
        chain = [parts[f"{kind}.{node.name}"] for node in self.network.nodes for kind in ("parts", "after")]
        self.model = extend(torch.nn.Sequential(*(one for one in chain if not isinstance(one, torch.nn.Identity))))
        self._each = copy.deepcopy(self.criterion)
        self._each.reduction = "none"
        self.criterion = extend(self.criterion)
        self._cockpit = Cockpit(self.model.parameters(), configuration("economy", linear(every)))

    def backward(self, loss: torch.Tensor, outputs: torch.Tensor, y: torch.Tensor) -> None:
        """Fill the gradients, while Cockpit looks on."""
        info = {
            "batch_size": len(y),
            "individual_losses": self._each(outputs, y).detach().flatten(),
            "loss": loss,
            "optimizer": self.optimizer,
        }
        before = self.number - 1  # Cockpit counts from 0, where it takes the initial weights
        with self._cockpit(before, info=info):
            loss.backward(create_graph=self._cockpit.create_graph(before))
