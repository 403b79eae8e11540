"""What theory expects of a run's fresh network: begun when the run is first read, before Layers asks for it."""

from __future__ import annotations

import functools
import importlib
import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diagnostics.run import Run
    from diagnostics.theory import TheoryReport

MOST = 32  # runs that are remembered
DRAWING = ("saturation", "update_ratio", "depth_profile", "layer_statistics", "layer_distributions", "layer_spread")
Theories = tuple["TheoryReport", ...]


@dataclass(frozen=True)
class Expected:
    """What each theory expects: without mean singular values, which take the longest, and with them."""

    quick: Future[Theories]
    whole: Future[Theories]


_known: OrderedDict[str, Expected] = OrderedDict()
_lock = threading.Lock()


def begin(run: Run) -> Expected:
    """Begin to compute, unless it was begun before: it takes some tenths of a second, and never changes."""
    with _lock:
        if run.id not in _known:
            computed = (_pool().submit(_computed, run, singular_values=whole) for whole in (False, True))
            _known[run.id] = Expected(*computed)
            while len(_known) > MOST:
                _known.popitem(last=False)
        return _known[run.id]


def expected(run: Run, *, singular_values: bool = False) -> Theories:
    """Return what each theory expects, mean singular values left out unless they are asked for."""
    begun = begin(run)
    return (begun.whole if singular_values else begun.quick).result()


def _computed(run: Run, *, singular_values: bool) -> Theories:
    from diagnostics.depth_profile import theories_of_run

    return theories_of_run(run, singular_values=singular_values)


@functools.cache
def _pool() -> ThreadPoolExecutor:
    pool = ThreadPoolExecutor(1, thread_name_prefix="theory")
    pool.submit(_read_the_drawing)
    return pool


def _read_the_drawing() -> None:
    """Import what draws Layers, once for the process."""
    for name in DRAWING:
        importlib.import_module(f"diagnostics.figures.{name}")
