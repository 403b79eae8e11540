"""The README's example is run as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def test_the_example_of_the_readme_trains_and_writes_its_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert len(examples) == 1
    monkeypatch.chdir(tmp_path)
    exec(compile(examples[0], "README.md", "exec"), {"__name__": "readme"})
    accuracies = [float(number) for number in re.findall(r"\d\.\d+", capsys.readouterr().out)]
    assert len(accuracies) == 5
    # 62.7 % of the examples are benign: a network that learned nothing stays there
    assert min(accuracies) > 0.8
    for name in ("layers.html", "map.html"):
        assert "Plotly.newPlot" in (tmp_path / name).read_text(encoding="utf-8")
