"""An analysis in the background, with progress and cancel, such as t-SNE. Started by `runs.jobs.Registry.compute`."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Literal

from runs.launch import sentence

Report = Callable[[float], bool]
"""Is told the share that is done; returns whether to go on."""

_logger = logging.getLogger(__name__)


class Computation:
    """One call of a function in a thread of its own; `result` is what it returned, None before."""

    def __init__(self, key: str, function: Callable[[Report], object], owner: str | None) -> None:
        self.key, self.owner = key, owner
        self.state: Literal["running", "finished", "failed", "cancelled"] = "running"
        self.fraction = 0.0
        self.error = ""
        self.result: object = None
        self._function = function
        self._cancelled = threading.Event()
        self._thread = threading.Thread(target=self._work, name=f"computation {key}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def cancel(self, *, owner: str | None) -> None:
        """End it at its next report.

        Raises
        ------
        PermissionError
            If `owner` is not who started it.
        """
        if self.owner is not None and owner != self.owner:
            raise PermissionError("this computation belongs to somebody else")
        self._cancelled.set()

    def wait(self, seconds: float | None = None) -> None:
        """Wait until it has ended."""
        self._thread.join(seconds)

    def _report(self, fraction: float) -> bool:
        self.fraction = min(max(fraction, 0.0), 1.0)
        return not self._cancelled.is_set()

    def _work(self) -> None:
        try:
            self.result = self._function(self._report)
            self.state = "cancelled" if self._cancelled.is_set() else "finished"
        except Exception as error:  # shown where the result would be
            if self._cancelled.is_set():
                self.state = "cancelled"
                return
            _logger.exception("computation %s failed", self.key)
            self.error = sentence(error)
            self.state = "failed"
