"""Stored results: drawn once, by whichever process comes first, and read by all others."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from filelock import FileLock, Timeout

from traindyn.runs.encoding import DAMAGE, dump, load
from traindyn.system.files import ASIDE, write_file
from traindyn.system.threads import one_thread

KEPT = 3
"""Versions of the sources of which a result is kept: an edit that is undone finds it again."""

_LEFT = 3600.0
"""Seconds after which a file that was written aside has been left by a kill."""


YOUNG = 1.0
"""Seconds of work that a caller gives up rather than wait for another process."""


class BusyError(Exception):
    """Another process computes this study, and the caller has something else to do."""


class Key(NamedTuple):
    """What a stored result belongs to."""

    study: str
    """Dotted name of the function."""
    arguments: str
    """Digest of the arguments."""
    source: str
    """Digest of what the function can execute or read; empty: never stored."""


@dataclass
class _Running:
    """A study that runs now."""

    start: float
    found: float = 0.0
    """Seconds that the studies took that it found stored."""


@dataclass
class Store:
    """Results in a folder, with those of this process in memory.

    Args:
        root: The folder; None: in memory only.
        waits: Whether to wait for a study that another process computes; else ``BusyError``.
        sent: Receives the files that are made, for a caller elsewhere.
    """

    root: Path | None
    waits: bool = True
    sent: list[tuple[Key, bytes]] | None = None
    memory: dict[Key, tuple[Any, float]] = field(default_factory=dict)
    _running: list[_Running] = field(default_factory=list)

    def fetch(
        self, key: Key, compute: Callable[[], Any], keep: Callable[[], bool]
    ) -> tuple[Any, float]:
        """The value of a key: from memory, from the folder, or computed while others wait.

        A file that is damaged, or that belongs to another key, is made again. A value that cannot
        be written is returned all the same, and standard error says why.

        Args:
            key: The function with its arguments and sources.
            compute: Makes the value.
            keep: Whether the value may be stored, asked after it was made.

        Returns:
            The value, and the seconds that it takes to draw it and all that it rests on.

        Raises:
            BusyError: If another process computes it and this one does not wait.
            ValueError: If the value is no data.
        """
        found = self._find(key)
        if found and self._running:
            self._running[-1].found += found[1]
        self.memory[key] = found = found or self._make(key, compute, keep)
        return found

    def holds(self, key: Key) -> bool:
        """Whether there is a file for a key; it may be damaged."""
        return self.root is not None and self._path(key).is_file()

    def receive(self, key: Key, content: bytes) -> None:
        """Store a file that another store has sent; without a folder, in memory."""
        if self.root is None:
            value, about = load(io.BytesIO(content))
            self.memory[key] = value, float(about["seconds"])
            return
        path = self._path(key)
        try:
            write_file(path, content)
            left = (file for file in path.parent.glob(f"{ASIDE}*") if _age(file) > _LEFT)
            versions = sorted(path.parent.glob(f"{key.arguments}-*.npz"), key=_age)
            for old in [*left, *versions[KEPT:]]:
                old.unlink(missing_ok=True)
        except OSError as error:
            print(f"not stored: {key.study}: {error.strerror}", file=sys.stderr)

    def _find(self, key: Key) -> tuple[Any, float] | None:
        if (found := self.memory.get(key)) or self.root is None:
            return found
        path = self._path(key)
        try:
            value, about = load(path)
            if about["key"] != [*key]:
                return None
            with contextlib.suppress(OSError):  # used now, so it is among the last to go
                os.utime(path)
            return value, float(about["seconds"])
        except DAMAGE:
            return None

    def _make(
        self, key: Key, compute: Callable[[], Any], keep: Callable[[], bool]
    ) -> tuple[Any, float]:
        with self._alone(key):
            if found := self._find(key):  # somebody made it while we waited
                return found
            self._running.append(_Running(time.perf_counter()))
            try:
                with one_thread():
                    value = compute()
            finally:
                run = self._running.pop()
            seconds = round(time.perf_counter() - run.start + run.found, 3)
            content = dump(value, {"key": [*key], "seconds": seconds})
            if key.source and keep():
                if self.sent is not None:
                    self.sent.append((key, content))
                if self.root is not None:
                    self.receive(key, content)
            # what was written is read: the first run sees what later ones see
            return load(io.BytesIO(content))[0], seconds

    @contextmanager
    def _alone(self, key: Key) -> Iterator[None]:
        """Keep other processes from computing the same, where the folder can be written."""
        lock = None
        if self.root is not None and key.source:
            timeout = 0 if self._may_give_up() else -1
            with contextlib.suppress(OSError):
                locks = self.root / "locks"
                locks.mkdir(parents=True, exist_ok=True)
                lock = FileLock(locks / f"{key.study}-{key.arguments}.lock")
                try:
                    lock.acquire(timeout=timeout)
                except Timeout:
                    raise BusyError(key.study) from None
        try:
            yield
        finally:
            if lock is not None:
                lock.release()

    def _may_give_up(self) -> bool:
        """Whether the caller has something else to do, and little is thrown away by that."""
        depth = len(self._running)
        young = depth == 0 or time.perf_counter() - self._running[0].start < YOUNG
        return not self.waits and depth <= 1 and young

    def _path(self, key: Key) -> Path:
        assert self.root is not None
        return self.root / key.study / f"{key.arguments}-{key.source}.npz"


def _age(file: Path) -> float:
    """Seconds since a file was last used; endless if another process has just removed it."""
    try:
        return time.time() - file.stat().st_mtime
    except OSError:
        return float("inf")
