"""What theory expects of a run's fresh network: begun when the run is first read, before Layers asks for it."""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diagnostics.run import Run
    from diagnostics.theory import TheoryReport

MOST = 32  # runs that are remembered
Theories = tuple["TheoryReport", ...]
_known: OrderedDict[str, Future[Theories]] = OrderedDict()
_lock = threading.Lock()


def begin(run: Run) -> Future[Theories]:
    """Begin to compute, unless it was begun before: it takes some tenths of a second, and never changes."""
    with _lock:
        if run.id not in _known:
            _known[run.id] = _pool().submit(_computed, run)
            while len(_known) > MOST:
                _known.popitem(last=False)
        return _known[run.id]


def expected(run: Run) -> Theories:
    """Return what each theory expects, mean singular values left out."""
    return begin(run).result()


def _computed(run: Run) -> Theories:
    from diagnostics.depth_profile import theories_of_run

    return theories_of_run(run, singular_values=False)


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="theory")
