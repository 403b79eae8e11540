"""A figure can be drawn while another thread is importing what Plotly looks into."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys, threading
from diagnostics.figures.theme import FigureWords, figure_of
importing = threading.Thread(target=__import__, args=("pandas",))
assert "pandas" not in sys.modules
importing.start()
while "pandas" not in sys.modules:
    pass
assert not hasattr(sys.modules["pandas"], "Series"), "the import was over before the figure was drawn"
figure = figure_of([{"type": "heatmap", "x": ["a"], "y": ["b"], "z": [[1.0]]}], FigureWords("Why?", "", ""), kind="one")
assert figure.data[0].z[0][0] == 1.0
"""


def test_a_figure_waits_for_a_half_imported_library() -> None:
    root = Path(__file__).resolve().parents[1]
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
