"""The statistics of rows of numbers, compiled: what `diagnostics.statistics` does in NumPy, six times faster.

The two agree (tests compare them); nothing else is compiled in Backscope. Numba needs some seconds to compile this file
once, which a process of its own does (`python -m diagnostics.kernels`), and the NumPy twin serves meanwhile, and for
good where Numba is missing. Start at `begin`.
"""

from __future__ import annotations

import functools
import importlib.util
import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[1]
OPTIONS = {"cache": True, "nogil": True, "error_model": "numpy"}
SIGNATURE = "(f4[:,::1], f4[::1], u2[::1], i8, f8[::1], f8[:,::1], f8[:,::1], u4[:,::1])"
SWITCH = "BACKSCOPE_COMPILED"  # "0": nothing is compiled
PATIENCE = 120  # seconds that compiling may take
_logger = logging.getLogger(__name__)
_state = threading.Lock()
_found: list[Callable[..., None]] = []
_asked = threading.Event()


def compiled() -> Callable[..., None] | None:
    """Return the compiled kernel, or None if it is not there (yet); `begin` gets it.

    The kernel is called as

    ``kernel(values, edges, table, zeros_slot, ranks, out_moments, out_quantiles, out_counts)``

    with values (R, n) float32, and writes mean, standard deviation, minimum and maximum (R, 4) float64, quantiles
    (R, Q) float64 and counts (R, slots) uint32.
    """
    return _found[0] if _found else None


def begin(*, after: float = 0.0) -> threading.Thread | None:
    """Begin to get the kernel in the background, once; return the thread that does, None if there is nothing to do.

    Whoever is about to record much begins at once. A short training does not: it would end before the kernel is there,
    and wait for the interpreter meanwhile. The app begins when its first training has ended.

    Parameters
    ----------
    after : float
        Seconds to wait before.
    """
    if os.environ.get(SWITCH) == "0" or importlib.util.find_spec("numba") is None:
        return None
    with _state:
        if _asked.is_set():
            return None
        _asked.set()
    thread = threading.Thread(target=_get, args=(after,), name="kernels", daemon=True)
    thread.start()
    return thread


def _get(after: float) -> None:
    """Let another process compile, so that no page waits for the interpreter's lock, then load what it left."""
    time.sleep(after)
    command = [sys.executable, "-m", "diagnostics.kernels"]
    try:
        subprocess.run(command, cwd=ROOT, check=True, timeout=PATIENCE, capture_output=True)
        kernel = _compile()
    except (subprocess.SubprocessError, OSError, ImportError) as error:
        _logger.info("the statistics stay in NumPy: %s", error)
        return
    _found.append(kernel)


@functools.cache
def _compile() -> Callable[..., None]:
    """Compile the kernel, or load it from the cache beside this file."""
    import numba

    from diagnostics import compiled_statistics as body

    # what `rows` calls is compiled first, under the names by which it is called
    for name in ("_count", "_moments", "_find_bins", "_least", "_nth"):
        setattr(body, name, numba.njit(**OPTIONS)(getattr(body, name)))
    kernel: Callable[..., None] = numba.njit(SIGNATURE, **OPTIONS)(body.rows)
    return kernel


if __name__ == "__main__":
    _compile()
    print("compiled", np.__version__)
