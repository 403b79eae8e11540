"""What a run shows: the `Run`, the recorder that makes it, and one file for each analysis of it. Start at `Run`."""

from diagnostics.histogram import BINNINGS
from diagnostics.recording.recorder import Recorder
from diagnostics.run import QUANTILES, LayerInfo, Run, Series

__all__ = ["BINNINGS", "QUANTILES", "LayerInfo", "Recorder", "Run", "Series"]
