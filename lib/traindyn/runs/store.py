"""Stored results by key: drawn once, by whichever process comes first, and read by all others."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from threadpoolctl import threadpool_limits

from traindyn.runs import encoding


class BusyError(Exception):
    """Another process computes this study, and the caller has something else to do."""


@dataclass
class Store:
    """Results in a folder, with those of this process in memory.

    Args:
        root: The folder; None: in memory only.
        waits: Whether to wait for a study that another process computes; else ``BusyError``.
    """

    root: Path | None
    waits: bool = True
    memory: dict[str, tuple[Any, dict[str, Any]]] = field(default_factory=dict)
    spent: float = 0.0
    """Seconds that the studies took that were asked for since it was set to 0, stored or not."""
    _depth: int = 0

    def fetch(
        self, name: str, key: str, compute: Callable[[], Any], keep: Callable[[], bool]
    ) -> Any:
        """The value of a key: from memory, from the folder, or computed while others wait.

        A file that is damaged, or that belongs to another key, is made again.

        Args:
            name: Of the study.
            key: Of its arguments and sources.
            compute: Makes the value.
            keep: Whether the value may be stored, asked after it was made.

        Raises:
            BusyError: If another process computes it and this one does not wait.
            TypeError: If the value is no data.
            OSError: If it cannot be stored.
        """
        found = self._find(name, key) or self._make(name, key, compute, keep)
        self.memory[f"{name} {key}"] = found
        value, about = found
        if self._depth == 0:
            self.spent += about["seconds"]
        return value

    def _find(self, name: str, key: str) -> tuple[Any, dict[str, Any]] | None:
        if (found := self.memory.get(f"{name} {key}")) or self.root is None:
            return found
        try:
            value, about = encoding.read(self._path(name, key))
        except encoding.DAMAGE:
            return None
        return (value, about) if (about.get("study"), about.get("key")) == (name, key) else None

    def _make(
        self, name: str, key: str, compute: Callable[[], Any], keep: Callable[[], bool]
    ) -> tuple[Any, dict[str, Any]]:
        with self._alone(name, key):
            if found := self._find(name, key):  # somebody made it while we waited
                return found
            value, seconds = self._timed(compute)
            about = {"study": name, "key": key, "seconds": round(seconds, 3)}
            return self._through_file(name, key, value, about, keep=keep())

    def _timed(self, compute: Callable[[], Any]) -> tuple[Any, float]:
        self._depth += 1
        start = time.perf_counter()
        try:
            with threadpool_limits(limits=1):
                return compute(), time.perf_counter() - start
        finally:
            self._depth -= 1

    def _through_file(
        self, name: str, key: str, value: Any, about: dict[str, Any], *, keep: bool
    ) -> tuple[Any, dict[str, Any]]:
        """Write a value aside and read it back, so that the first run sees what later ones see."""
        place = self._path(name, key) if self.root else None
        folder = place.parent if place else None
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
        descriptor, aside = tempfile.mkstemp(dir=folder, prefix=".", suffix=".part")
        try:
            with os.fdopen(descriptor, "wb") as file:
                encoding.write(value, file, about)
            found = encoding.read(Path(aside))
            if place and keep:
                Path(aside).replace(place)
            return found
        finally:
            Path(aside).unlink(missing_ok=True)

    @contextmanager
    def _alone(self, name: str, key: str) -> Iterator[None]:
        """Keep other processes from computing the same."""
        if self.root is None:
            yield
            return
        locks = self.root / ".locks"
        locks.mkdir(parents=True, exist_ok=True)
        # inside a study we wait: to give up here would throw away what it has done so far
        timeout = -1 if self.waits or self._depth else 0
        lock = FileLock(locks / f"{name}-{key}.lock")
        try:
            lock.acquire(timeout=timeout)
        except Timeout:
            raise BusyError(name) from None
        try:
            yield
        finally:
            lock.release()

    def _path(self, name: str, key: str) -> Path:
        assert self.root is not None
        return self.root / name / f"{key}.npz"
