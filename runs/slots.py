"""Places for so many trainings at once: who waits is served in order."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable


class Slots:
    """Places for so many trainings at once; who waits is served in order."""

    def __init__(self, n: int) -> None:
        self.n = n
        self._waiting: deque[str] = deque()
        self._inside: set[str] = set()
        self._changed = threading.Condition()

    def enter(self, key: str, wanted: Callable[[], bool]) -> bool:
        """Wait for a place; return False if it is no longer wanted."""
        with self._changed:
            self._waiting.append(key)
            while wanted() and not (self._waiting[0] == key and len(self._inside) < self.n):
                self._changed.wait(0.2)
            self._waiting.remove(key)
            entered = wanted()
            if entered:
                self._inside.add(key)
            self._changed.notify_all()
            return entered

    def leave(self, key: str) -> None:
        """Give the place back."""
        with self._changed:
            self._inside.discard(key)
            self._changed.notify_all()

    def position(self, key: str) -> int:
        """Return the place in the queue, from 1; 0 if not waiting."""
        with self._changed:
            return self._waiting.index(key) + 1 if key in self._waiting else 0
