"""What the series of a run are: their axes, units and binnings; and what analyses must know of each layer."""

from __future__ import annotations

import numpy as np

from diagnostics.recording.inner_probes import INNER_PROBES
from diagnostics.recording.probes import PROBES, Probe
from diagnostics.run import AnyArray, LayerInfo
from models.network import Network, Node

UNITS = {
    "loss": "nats",
    **dict.fromkeys(("accuracy", "balanced_accuracy", "precision", "recall", "calibration_error"), "share"),
    **dict.fromkeys(("roc_auc", "r2"), ""),
    **dict.fromkeys(("mae", "rmse"), "target, as scaled"),
}
IN_UNITS = ("mean", "std", "minimum", "maximum", "uniform", "each_head", "each_channel")
LENGTHS = ("norm", "distance")
NETWORK, SHARPNESS = "gradient_noise", "sharpness"
PARTS = {"each_head": "head", "each_channel": "channel"}


def description(name: str, row: AnyArray, network: Network) -> tuple[tuple[str, ...], str, str]:
    """Return axes, unit and binning of a series."""
    head, _, what = name.rpartition("/")
    if row.ndim == 0:
        return ("step",), "s" if name == "time/seconds" else "", ""
    if name in ("probe/output", "grid/output"):
        positions = ("position",) * (row.ndim - 3)
        return ("step", "seed", "example", *positions, "output"), "", ""
    if head in ("train", "validation", "test"):
        return ("step", "seed", "class")[: row.ndim + 1], UNITS["loss" if what == "batch_loss" else what], ""
    if head in (NETWORK, f"{NETWORK}/example_norm", SHARPNESS):
        return ("step", "seed", "quantile")[: row.ndim + 1], "loss" if head == SHARPNESS else "", ""
    layer, _, quantity = head.partition("/")
    if quantity == "example_gradient":
        third = {"histogram": ("slot",), "quantiles": ("quantile",)}.get(what, ())
        return (
            ("step", "seed", *third),
            "count" if what == "histogram" else "loss per unit",
            "symlog" * (what == "histogram"),
        )
    node = next(node for node in network.nodes if node.name == layer)
    probe: Probe = next(probe for probe in (*PROBES, *INNER_PROBES) if probe.name == quantity)
    if what == "histogram":
        return ("step", "seed", "slot"), "count", probe.binning(node.activation)
    if what == "quantiles":
        return ("step", "seed", "quantile"), probe.unit, ""
    return (
        ("step", "seed", PARTS.get(what, ""))[: row.ndim + 1],
        "share" if what.endswith("_share") else probe.unit if what in (*IN_UNITS, *LENGTHS) else "",
        "",
    )


def layer_info(node: Node) -> LayerInfo:
    """Return what analyses must know of a layer."""
    activation = node.activation
    return LayerInfo(
        name=node.name,
        type=node.type,
        activation=node.layer.activation,
        units=node.units,
        fan_in=node.fan_in,
        n_parameters=sum(int(np.prod(shape)) for shape in node.shapes.values()),
        asymptotes=activation.asymptotes,
        bounded=activation.bounded,
        silent_below=activation.silent_below,
    )
