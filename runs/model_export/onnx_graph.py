"""An ONNX graph as it is written, operation by operation. Nothing is known of layers here; that is `onnx_layers`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import onnx

OPSET = 17  # what runs nearly everywhere: onnxruntime from 1.12 (2022) on
IR_VERSION = 8

Values = NDArray[np.generic]
Attribute = int | float | str | list[int]
Sizes = list[int | str]


class Graph:
    """Operations in order; each value has a name that tells where it comes from."""

    def __init__(self, scope: str = "") -> None:
        from onnx import helper, numpy_helper

        self.scope = scope
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._helper, self._numpy = helper, numpy_helper
        self._taken: set[str] = set()

    def constant(self, values: Values, name: str) -> str:
        """Add an array and return its name; float64 is written as float32."""
        name = self._fresh(name)
        single = values.astype(np.float32) if values.dtype == np.float64 else values
        self.constants.append(self._numpy.from_array(np.ascontiguousarray(single), name))
        return name

    def number(self, value: float) -> str:
        """Add one number and return its name."""
        return self.constant(np.array(value, np.float32), "number")

    def integers(self, *values: int) -> str:
        """Add a row of whole numbers and return its name."""
        return self.constant(np.array(values, np.int64), "integers")

    def add(self, operation: str, *inputs: str, **attributes: Attribute) -> str:
        """Add an operation of one output and return that one's name."""
        return self.add_several(operation, 1, *inputs, **attributes)[0]

    def add_several(self, operation: str, n_outputs: int, *inputs: str, **attributes: Attribute) -> tuple[str, ...]:
        """Add an operation and return the names of its outputs."""
        names = tuple(self._fresh(operation) for _ in range(n_outputs))
        self.nodes.append(self._helper.make_node(operation, inputs, names, name=names[0], **attributes))
        return names

    def scan(self, body: Graph, state: str, values: str, outputs: tuple[str, str]) -> tuple[str, str]:
        """Walk along axis 1 of `values` (N, positions, …); return the names of the last state and of all.

        Parameters
        ----------
        body : Graph
            Reads "state" and "value"; may read whatever stands in this graph.
        state, values : str
            The state before the first position; what is walked along.
        outputs : tuple of str
            The names in the body of the new state and of what is kept of each position.
        """
        inside = body.finished(["state", "value"], outputs, "step")
        names = (self._fresh("last"), self._fresh("all"))
        node = self._helper.make_node(
            "Scan",
            [state, values],
            names,
            name=names[0],
            body=inside,
            num_scan_inputs=1,
            scan_input_axes=[1],
            scan_output_axes=[1],
        )
        self.nodes.append(node)
        return names

    def finished(self, inputs: list[str], outputs: tuple[str, ...], name: str) -> onnx.GraphProto:
        """Return the graph of floats without stated shapes."""
        values = [[self._value(one, None) for one in names] for names in (inputs, outputs)]
        return self._helper.make_graph(self.nodes, name, values[0], values[1], self.constants)

    def model(self, inputs: Mapping[str, Sizes], outputs: Mapping[str, Sizes], metadata: Mapping[str, str]) -> bytes:
        """Return the whole model, checked; inputs and outputs are floats with the sizes of their axes."""
        from onnx import checker

        sides = [[self._value(name, sizes) for name, sizes in side.items()] for side in (inputs, outputs)]
        graph = self._helper.make_graph(self.nodes, "network", sides[0], sides[1], self.constants)
        opsets = [self._helper.make_opsetid("", OPSET)]
        model = self._helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="Backscope")
        self._helper.set_model_props(model, dict(metadata))
        checker.check_model(model)
        content: bytes = model.SerializeToString()
        return content

    def rename(self, value: str, name: str) -> None:
        """Give a value a second name, for the outside."""
        self.nodes.append(self._helper.make_node("Identity", [value], [name], name=name))

    def _value(self, name: str, sizes: Sizes | None) -> onnx.ValueInfoProto:
        from onnx import TensorProto

        return self._helper.make_tensor_value_info(name, TensorProto.FLOAT, sizes)

    def _fresh(self, name: str) -> str:
        base = f"{self.scope}/{name}" if self.scope else name
        unique, number = base, 2
        while unique in self._taken:
            unique, number = f"{base}_{number}", number + 1
        self._taken.add(unique)
        return unique
