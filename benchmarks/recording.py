"""What recording everything costs, here and with other tools: `python -m benchmarks.recording [W1 W2 W3 MLP …]`.

Side by side on the same network, data and initial weights: Backscope (`diagnostics.recording.dense`; with gradient
noise; and instead what Cockpit's economy has), PyTorch with hooks and TensorBoard, PyTorch with hooks and
`torch.histc`, and Cockpit's economy configuration. Each tool has a process of its own, rounds are interleaved, and
medians of per-round ratios are printed, by the clock and by the processor's time of all threads. A tool whose losses,
or whose recorded means and standard deviations, are not Backscope's is void.

Cockpit is old and has an environment of its own (requirements-cockpit.txt); `--cockpit PYTHON`, or the variable
BACKSCOPE_COCKPIT, names its interpreter. Without one it is left out.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import sys
from typing import cast

import numpy as np

from benchmarks.engine import Peer
from benchmarks.recording_peers import TOOLS
from benchmarks.workloads import WATCHED

DEFAULT = ("W1", "W2", "W3", "MLP")
CHAINS = ("W1", "W2", "W3", "W3 sgd", "MLP")  # what Cockpit can look at
CHECKED = 20
TOLERANCE = 1e-3
MOST_STEPS = 2000  # Backscope's histograms of more would take more than 64 megabytes, and be made less often
MOST_WARM = 60
CLOCKS = ("by the clock", "processor's time of all threads")
Seconds = tuple[float, float]
"""Of an update, by the clock and by the processor."""


class Tool:
    """A tool on a workload, and how many updates it makes in a round."""

    def __init__(self, name: str, workload: str, *, threads: int = 1, python: str | None = None) -> None:
        self.name = name
        python = python or sys.executable
        self._peer = Peer(name, workload, threads, module="benchmarks.recording_peers", python=python)
        self.close = self._peer.close
        self._plans: dict[int, tuple[int, int]] = {}
        self.rounds: dict[int, list[Seconds]] = {}

    def losses(self) -> list[float]:
        """Of the first updates, unrecorded."""
        return cast(list[float], self._peer.ask("check", CHECKED))

    def moments(self) -> dict[str, list[float]]:
        """Mean and standard deviation of what was recorded of the first update."""
        return cast(dict[str, list[float]], self._peer.ask("moments", 1))

    def plan(self, every: int, seconds: float) -> None:
        """Find how many updates take about so long, and that many and a few to warm up."""
        n = unit = max(every, 1)
        wall, _ = self._time(every, 1, n)
        while wall < seconds / 4 and n < MOST_STEPS // 8:
            n *= 4
            wall, _ = self._time(every, 1, n)
        n = min(max(1, round(n * seconds / wall / unit)) * unit, (MOST_STEPS - MOST_WARM) // unit * unit)
        self._plans[every] = (min(MOST_WARM, math.ceil(n / 4)), n)
        self.rounds[every] = []

    def measure(self, every: int) -> None:
        """Add a round."""
        n_warm, n = self._plans[every]
        wall, cpu = self._time(every, n_warm, n)
        self.rounds[every].append((wall / n, cpu / n))

    def _time(self, every: int, n_warm: int, n: int) -> Seconds:
        return cast(Seconds, self._peer.ask("time", every, n_warm, n))


def ratio(over: list[Seconds], under: list[Seconds], clock: int) -> float:
    """The median of the per-round ratios, by the clock (0) or by the processor's time (1)."""
    return statistics.median(a[clock] / b[clock] for a, b in zip(over, under, strict=True))


def faults(tool: Tool, ours: Tool) -> str:
    """What a tool computes or records differently; nothing if all agrees."""
    words = []
    differs = float(np.abs(np.subtract(tool.losses(), ours.losses())).max())
    if not differs <= TOLERANCE:
        words.append(f"losses differ by {differs:.1e}")
    if tool.name != "PyTorch" and (theirs := tool.moments()):
        expected = ours.moments()
        if missing := set(expected) - set(theirs):
            words.append("not recorded: " + ", ".join(sorted(missing)))
        for name in sorted(set(expected) & set(theirs)):
            (mean, std), (their_mean, their_std) = expected[name], theirs[name]
            n = std / their_std if name.endswith("/gradient") else 1  # Backscope's is each example's, times N
            if not abs(mean - n * their_mean) + abs(std - n * their_std) <= TOLERANCE * std:
                words.append(f"{name} differs")
    return "; ".join(words)


def compare(workload: str, names: list[str], options: argparse.Namespace) -> None:
    """Print the table of one workload."""
    pythons = {"Cockpit": options.cockpit}
    tools = [Tool(name, workload, threads=options.threads, python=pythons.get(name)) for name in names]
    torch, ours = tools[0], tools[1]
    void = {tool.name: found for tool in tools if tool is not ours and (found := faults(tool, ours))}
    for tool in tools:
        for every in (0, *options.every) if tool is not torch else (0,):
            tool.plan(every, options.seconds)
    for number in range(options.rounds):
        for tool in tools:
            for every in tool.rounds:
                tool.measure(every)
        print(f"{workload}: round {number + 1} of {options.rounds}", file=sys.stderr)
    for tool in tools:
        tool.close()
    print(f"\n{workload}: {WATCHED[workload].words}; {options.threads} thread(s), {options.rounds} rounds")
    for clock, words in enumerate(CLOCKS):
        print_table(tools, options.every, clock, words)
    for name, words in void.items():
        print(f"VOID: {name}: {words}")


def print_table(tools: list[Tool], intervals: list[int], clock: int, words: str) -> None:
    """Print what an update costs, as a factor of the tool's own bare update and of PyTorch's."""
    torch = tools[0]
    print(f"\n| {words} | bare |" + "".join(f" every {every}: × own bare | × PyTorch |" for every in intervals))
    print("|---|--:|" + "--:|--:|" * len(intervals))
    for tool in tools:
        alone = tool.rounds[0]
        cells = [f"{1e6 * statistics.median(seconds[clock] for seconds in alone):.0f} µs"]
        for every in intervals:
            if every in tool.rounds:
                found = tool.rounds[every]
                cells += [f"{ratio(found, under, clock):.3g}" for under in (alone, torch.rounds[0])]
            else:
                cells += ["", ""]
        print(f"| {tool.name} | " + " | ".join(cells) + " |")


def main() -> None:
    """Compare the tools on the workloads that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workloads", nargs="*", default=list(DEFAULT), help=f"of {', '.join(WATCHED)}")
    parser.add_argument("--tools", nargs="+", choices=list(TOOLS)[2:], default=list(TOOLS)[2:])
    parser.add_argument("--every", nargs="+", type=int, default=[1, 10], help="updates between two records")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0, help="that a tool is measured in a round")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--cockpit", metavar="PYTHON", default=os.environ.get("BACKSCOPE_COCKPIT"))
    options = parser.parse_args()
    for workload in options.workloads:
        chosen = [name for name in options.tools if name != "Cockpit" or (options.cockpit and workload in CHAINS)]
        compare(workload, ["PyTorch", "Backscope", *chosen], options)
        if "Cockpit" in options.tools and "Cockpit" not in chosen:
            reason = "it reads chains of layers only" if options.cockpit else "no --cockpit PYTHON"
            print(f"Cockpit is left out: {reason}")


if __name__ == "__main__":
    main()
