"""What a user of PyTorch writes to see inside a network: hooks, and TensorBoard or `torch.histc`. Needs torch.

Of every layer that has weights, at every so many updates: its activations, the gradient with respect to its
pre-activations, its weights and their gradient, each with histogram, mean, standard deviation and extremes; the update
ratio, and the saturated and the dead share. That is what `diagnostics.recording.dense` records, less its exact
quantiles.
"""

from __future__ import annotations

import shutil
import tempfile
from functools import partial

import torch

from benchmarks.torch_training import TorchTraining
from benchmarks.workloads import Workload
from diagnostics.recording.probes import NEAR_ASYMPTOTE
from models.network import Node

BINS = 64  # of torch.histc, over the range of the numbers; TensorBoard has its own
Tensors = dict[str, torch.Tensor]


class HookedTraining(TorchTraining):
    """Keeps what `record` is to reduce. Hooks cost next to nothing at updates that are not recorded."""

    def __init__(self, load: Workload, every: int, total: int) -> None:
        super().__init__(load)
        self._every, self._is_due = every, False
        self.kept: Tensors = {}
        self._nodes = [node for node in self.network.nodes if node.has_weights]
        modules = dict(self.model.named_modules())
        self._weights = {
            node.name: [one for one in modules[f"parts.{node.name}"].parameters() if one.ndim > 1]
            for node in self._nodes
        }
        for node in self._nodes:
            modules[f"after.{node.name}"].register_forward_hook(partial(self._keep, node.name))

    def _keep(self, name: str, module: torch.nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        if self._is_due:
            self.kept[f"{name}/activation"] = output.detach()
            inputs[0].register_hook(partial(self.kept.__setitem__, f"{name}/gradient"))

    def step(self) -> float:
        """Make an update, and record it if it is time."""
        self._is_due = (self.number + 1) % self._every == 0
        if not self._is_due:
            return super().step()
        before = {name: _joined(weights).clone() for name, weights in self._weights.items()}
        loss = super().step()
        numbers: Tensors = {}
        for node in self._nodes:
            weights = self._weights[node.name]
            after = _joined(weights)
            self.kept[f"{node.name}/weight"] = after
            self.kept[f"{node.name}/weight_gradient"] = _joined([one.grad for one in weights if one.grad is not None])
            lengths = [torch.linalg.vector_norm(one) for one in (after - before[node.name], before[node.name])]
            numbers[f"{node.name}/update_ratio"] = lengths[0] / lengths[1]
            numbers |= _shares(node, self.kept[f"{node.name}/activation"])
        self.record(self.kept, numbers)
        return loss

    def record(self, tensors: Tensors, numbers: Tensors) -> None:
        """Reduce what was kept of an update, and keep numbers of it."""
        raise NotImplementedError

    def moments(self) -> dict[str, tuple[float, float]]:
        """Mean and standard deviation of what was last kept, by name."""
        return {name: (float(one.mean()), float(one.std(correction=0))) for name, one in self.kept.items()}


def _joined(weights: list[torch.Tensor]) -> torch.Tensor:
    if len(weights) == 1:
        return weights[0].detach()
    return torch.cat([one.detach().flatten() for one in weights])


def _shares(node: Node, a: torch.Tensor) -> Tensors:
    found: Tensors = {}
    low, high = node.activation.asymptotes
    if low is not None and high is not None:
        margin = NEAR_ASYMPTOTE * (high - low)
        found[f"{node.name}/saturated_share"] = ((a < low + margin) | (a > high - margin)).float().mean()
    if node.activation.silent_below:
        unit_axis = 1 if a.ndim == 4 else a.ndim - 1
        is_off = (a <= 0).all(dim=tuple(axis for axis in range(a.ndim) if axis != unit_axis))
        found[f"{node.name}/dead_share"] = is_off.float().mean()
    return found


class HistcTraining(HookedTraining):
    """Everything reduced with PyTorch's own functions and kept in lists."""

    def __init__(self, load: Workload, every: int, total: int) -> None:
        super().__init__(load, every, total)
        self._rows: list[tuple[str, tuple[torch.Tensor, ...]]] = []

    def record(self, tensors: Tensors, numbers: Tensors) -> None:
        """Keep histograms and moments."""
        for name, tensor in tensors.items():
            found = (torch.histc(tensor, BINS), *torch.std_mean(tensor, correction=0), *torch.aminmax(tensor))
            self._rows.append((name, found))
        self._rows += [(name, (number,)) for name, number in numbers.items()]


class TensorBoardTraining(HookedTraining):
    """Everything written with `SummaryWriter`; its histograms hold sum, sum of squares and extremes beside the bins."""

    def __init__(self, load: Workload, every: int, total: int) -> None:
        from torch.utils.tensorboard import SummaryWriter

        super().__init__(load, every, total)
        self._folder = tempfile.mkdtemp(prefix="tensorboard-")
        self._writer = SummaryWriter(self._folder)

    def record(self, tensors: Tensors, numbers: Tensors) -> None:
        """Write one event for each."""
        for name, tensor in tensors.items():
            self._writer.add_histogram(name, tensor, self.number)
        for name, number in numbers.items():
            self._writer.add_scalar(name, number, self.number)

    def settle(self) -> None:
        """Wait until all is on disk."""
        self._writer.flush()

    def __del__(self) -> None:
        self._writer.close()
        shutil.rmtree(self._folder, ignore_errors=True)
