"""Repeat an experiment without a screen: ``python -m runs.laboratory NAME``, or ``--list``.

It trains what is not yet in the store, prints the table of ours beside the paper's, and writes table and figures.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from runs.laboratory.catalog import ENTRIES, experiment_named
from runs.laboratory.conducting import conduct, seconds
from runs.laboratory.entry import Size
from runs.laboratory.rows import as_markdown, compared_with
from runs.laboratory.writing import write
from runs.store import RunStore


def main(arguments: list[str] | None = None) -> int:
    """Return 0, or 2 if an argument is wrong."""
    parser = argparse.ArgumentParser(prog="python -m runs.laboratory", description=__doc__)
    parser.add_argument("name", nargs="?", help="of an experiment; see --list")
    parser.add_argument("--list", action="store_true", help="list the experiments")
    parser.add_argument("--size", choices=("reduced", "paper"), default="reduced")
    parser.add_argument("--seeds", type=int, help="how many beginnings of each network")
    parser.add_argument("--out", type=Path, help="folder for table and figures; laboratory/NAME if not given")
    parser.add_argument("--store", type=Path, help="folder of runs; that of the app if not given")
    asked = parser.parse_args(arguments)
    if asked.list or asked.name is None:
        for entry in ENTRIES.values():
            print(f"{entry.name:15s}{entry.question} ({entry.source})")
        return 0
    try:
        entry = experiment_named(asked.name)
        size = entry.size(asked.size)
        size = size if asked.seeds is None else size.with_seeds(asked.seeds)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{entry.title}. {entry.question}\n{size.words}")
    _tell_cost(size)
    runs = conduct(size, store=RunStore(asked.store), progress=_tell)
    found = entry.conclude(runs, size.name)
    print(f"\n{as_markdown(found.rows)}\n{found.verdict}. {compared_with(found.rows)}")
    files = write(entry, size, found, asked.out or Path("laboratory") / entry.name)
    print(f"{len(files)} files in {files[0].parent}")
    return 0


def _tell_cost(size: Size) -> None:
    if size.arms:
        quiet, busy = (max(one / 60, 0.1) for one in seconds(size.arms))
        print(f"{len(size.arms)} trainings, roughly {quiet:.1f} to {busy:.1f} minutes if none is stored yet")


def _tell(label: str, share: float) -> None:
    if sys.stderr.isatty():
        print(f"\r{label}: {share:4.0%}", end="" if share < 1 else "\n", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
