"""A lock file that says whether the process which writes a run is alive; the system frees it when that one dies."""

from __future__ import annotations

import os
import time
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows has no fcntl; there every run counts as being written until it is finished
    fcntl = None  # type: ignore[assignment]

PATIENCE = 2.0  # seconds; a reader holds the lock for microseconds


class RunLock:
    """Held by the one who writes a run.

    Raises
    ------
    RuntimeError
        If somebody else holds it.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        until = time.monotonic() + PATIENCE
        while not _try_lock(self._descriptor, exclusive=True):
            if time.monotonic() > until:
                os.close(self._descriptor)
                raise RuntimeError("this run is being trained already, in this or another process")
            time.sleep(0.02)

    def release(self) -> None:
        """Let go; calling it again does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def is_locked(path: Path) -> bool:
    """Whether a living process holds the lock."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        return not _try_lock(descriptor, exclusive=False)
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int, *, exclusive: bool) -> bool:
    if fcntl is None:
        return exclusive
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
