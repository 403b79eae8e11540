"""The statistics of rows of numbers, compiled: what `diagnostics.recording.statistics` does in NumPy, ten times faster.

The two agree (tests compare them); nothing else is compiled in Backscope. Numba needs some seconds to compile this
file once, which a process of its own does (`python -m diagnostics.recording.kernels`); the NumPy twin serves
meanwhile, and for good where Numba is missing. Start at `begin`.
"""

from __future__ import annotations

import functools
import importlib.util
import inspect
import logging
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = {"cache": True, "nogil": True, "error_model": "numpy"}
ROWS = "(f4[:,::1], u2[::1], f4[::1], i8, f8[::1], f4[:,::1], f4[:,::1], u4[:,::1])"
RECORDS = (
    "(f4[::1], i8[::1], i8, i8[:,::1], i8[:,::1], f4[::1], f8[:,::1], u2[:,::1], f4[:,::1], i8[:,::1], i8[:,::1], "
    "f4[:,::1], f4[:,:,:,::1], f4[:,:,:,::1], f4[:,:,:,::1], {counts}[:,::1])"
)
SIGNATURES = {"rows": [ROWS], "records": [RECORDS.format(counts=width) for width in ("u2", "u4")]}
SUMS = ("total", "sum_of_squares", "sum_of_squared_differences")  # of which several terms may be added at once
SWITCH = "BACKSCOPE_COMPILED"  # "0": nothing is compiled
PATIENCE = 120  # seconds that compiling may take
_logger = logging.getLogger(__name__)
_state = threading.Lock()
_found: list[Kernels] = []
_asked = threading.Event()


@dataclass(frozen=True)
class Kernels:
    """The compiled functions; `diagnostics.recording.compiled_statistics` says what they take and write."""

    rows: Callable[..., None]
    records: Callable[..., None]


def compiled() -> Kernels | None:
    """Return the compiled kernels, or None if they are not there (yet); `begin` gets them."""
    return _found[0] if _found else None


def begin(*, after: float = 0.0) -> threading.Thread | None:
    """Begin to get the kernels in the background, once; return the thread that does, None if there is nothing to do.

    Whoever is about to record much begins at once. A short training does not: it would end before they are there,
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
    command = [sys.executable, "-m", "diagnostics.recording.kernels"]
    try:
        subprocess.run(command, cwd=ROOT, check=True, timeout=PATIENCE, capture_output=True)
        kernels = _compile()
    except (subprocess.SubprocessError, OSError, ImportError) as error:
        _logger.info("the statistics stay in NumPy: %s", error)
        return
    _found.append(kernels)


@functools.cache
def _compile() -> Kernels:
    """Compile the kernels, or load them from the cache beside this file."""
    import numba

    from diagnostics.recording import compiled_parts as parts
    from diagnostics.recording import compiled_statistics as body

    # what the kernels call is compiled first, under the names by which it is called
    for name in vars(parts):
        if inspect.isfunction(part := getattr(body, name, None)):
            fast = {"reassoc", "contract"} if name in SUMS else False
            setattr(body, name, numba.njit(fastmath=fast, **OPTIONS)(part))
    for name in ("scratch_for", "nth_with_zeros", "row"):
        setattr(body, name, numba.njit(**OPTIONS)(getattr(body, name)))
    return Kernels(**{name: numba.njit(texts, **OPTIONS)(getattr(body, name)) for name, texts in SIGNATURES.items()})


if __name__ == "__main__":
    _compile()
    print("compiled", np.__version__)
