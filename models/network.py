"""The network: what its nodes and parameters are (`models.layout`), and a pass over examples (`models.passes`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from models.arrays import Array
from models.experiment import Experiment
from models.graph import Graph, Node
from models.layout import Layout
from models.losses import loss_for
from models.passes import Pass, Tape
from models.signal import Shape, features_first

__all__ = ["Network", "Node"]


@dataclass(frozen=True)
class Network(Layout):
    """A network that answers: its layout, with both passes."""

    @classmethod
    def build(
        cls,
        experiment: Experiment,
        inputs: int | Shape,
        task: str,
        n_outputs: int,
        *,
        per_position: bool = False,
    ) -> Self:
        """Return the network of an experiment.

        Parameters
        ----------
        experiment : Experiment
        inputs : int or tuple of int
            The number of features, or the shape of an example: (positions, D), (height, width, channels).
        task : str
            "classification", "multi_label" or "regression".
        n_outputs : int
            The number of classes, labels or targets.
        per_position : bool
            Whether there is one target for each position of a sequence.

        Raises
        ------
        ValueError
            If the loss does not fit the task, or shapes do not fit each other; the message names the node.
        """
        loss = loss_for(experiment.loss, task)
        input_shape = (inputs,) if isinstance(inputs, int) else tuple(inputs)
        graph = Graph(features_first(input_shape))
        graph.add_entries(experiment.layers)
        graph.add_output(loss.n_outputs(n_outputs, task), per_position=per_position)
        return cls(tuple(graph.nodes), loss, input_shape, experiment.initializer, experiment.dtype)

    def forward(self, params: Array, x: Array, buffers: dict[str, Array] | None = None) -> Tape:
        """Return the tape of one pass in evaluation.

        Parameters
        ----------
        params : array (R, n_parameters)
        x : array (N, D) or (N, *input_shape)
        buffers : dict, optional
            Running means; those of an untrained network if not given.
        """
        one = Pass(self, params, len(x), buffers=buffers)
        one.load(x)
        one.forward.replay()
        return one.tape

    def backward(self, tape: Tape, grad_output: Array) -> Array:
        """Return the gradients of all parameters, (R, n_parameters), and fill ``tape.grad_pre_activation``.

        Parameters
        ----------
        tape : Tape
            Of a forward pass.
        grad_output : array (R, N, K)
            The gradient of the loss with respect to the logits.
        """
        np.copyto(tape.made_by.grad_output.examples, grad_output)
        tape.made_by.backward.replay()
        return tape.made_by.gradients
