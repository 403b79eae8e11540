"""Trained networks for use elsewhere: ONNX, a PyTorch script, a NumPy script. Start at `export_archive`.

A new layer needs one function in `onnx_layers`, `torch_modules` and `parts/numpy_layers`; docs/model_export.md tells
more.
"""

from runs.model_export.archive import FORMATS, archive_name, export_archive
from runs.model_export.numpy_script import export_numpy
from runs.model_export.onnx_model import OnnxUnavailable, export_onnx
from runs.model_export.torch_script import export_torch
from runs.model_export.trained import Trained, trained, trained_network

__all__ = [
    "FORMATS",
    "OnnxUnavailable",
    "Trained",
    "archive_name",
    "export_archive",
    "export_numpy",
    "export_onnx",
    "export_torch",
    "trained",
    "trained_network",
]
