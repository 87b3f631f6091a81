"""Stored results: drawn once, by whichever process comes first, and read by all others."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from filelock import FileLock, Timeout
from threadpoolctl import threadpool_limits

from traindyn.runs import encoding
from traindyn.system.files import ASIDE

KEPT = 3
"""Versions of the sources of which a result is kept: an edit that is undone finds it again."""


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
    _found: list[float] = field(default_factory=list)  # seconds, per study that runs now

    def fetch(
        self, key: Key, compute: Callable[[], Any], keep: Callable[[], bool]
    ) -> tuple[Any, float]:
        """The value of a key: from memory, from the folder, or computed while others wait.

        A file that is damaged, or that belongs to another key, is made again.

        Args:
            key: The function with its arguments and sources.
            compute: Makes the value.
            keep: Whether the value may be stored, asked after it was made.

        Returns:
            The value, and the seconds that it takes to draw it and all that it rests on.

        Raises:
            BusyError: If another process computes it and this one does not wait.
            ValueError: If the value is no data.
            OSError: If it cannot be stored.
        """
        found = self._find(key)
        if found and self._found:
            self._found[-1] += found[1]
        self.memory[key] = found = found or self._make(key, compute, keep)
        return found

    def holds(self, key: Key) -> bool:
        """Whether there is a file for a key; it may be damaged."""
        return self.root is not None and self._path(key).is_file()

    def receive(self, key: Key, content: bytes) -> None:
        """Store a file that another store has sent.

        Raises:
            OSError: If it cannot be written.
        """
        with self._aside(key) as aside:
            aside.write_bytes(content)
            self._put(key, aside)

    def _find(self, key: Key) -> tuple[Any, float] | None:
        if (found := self.memory.get(key)) or self.root is None:
            return found
        path = self._path(key)
        try:
            value, about = encoding.read(path)
            if about["key"] != [*key]:
                return None
            with contextlib.suppress(OSError):  # used now, so it is among the last to go
                os.utime(path)
            return value, float(about["seconds"])
        except encoding.DAMAGE:
            return None

    def _make(
        self, key: Key, compute: Callable[[], Any], keep: Callable[[], bool]
    ) -> tuple[Any, float]:
        with self._alone(key):
            if found := self._find(key):  # somebody made it while we waited
                return found
            self._found.append(0.0)
            start = time.perf_counter()
            try:
                with threadpool_limits(limits=1):
                    value = compute()
            finally:
                stored = self._found.pop()
            seconds = round(time.perf_counter() - start + stored, 3)
            with self._aside(key) as aside:
                with aside.open("wb") as file:
                    encoding.write(value, file, {"key": [*key], "seconds": seconds})
                    file.flush()
                    os.fsync(file.fileno())
                value, _ = encoding.read(aside)  # the first run sees what later ones see
                if self.sent is not None:
                    self.sent.append((key, aside.read_bytes()))
                if self.root is not None and key.source and keep():
                    self._put(key, aside)
            return value, seconds

    def _put(self, key: Key, aside: Path) -> None:
        """Move a file into its place, and remove those of sources that are long gone."""
        path = self._path(key)
        aside.replace(path)
        versions = path.parent.glob(f"{key.arguments}-*.npz")
        with contextlib.suppress(OSError):  # another process may collect at the same time
            newest = sorted(versions, key=lambda file: file.stat().st_mtime, reverse=True)
            for old in newest[KEPT:]:
                old.unlink()

    @contextmanager
    def _aside(self, key: Key) -> Iterator[Path]:
        """A file beside the place of a key, which goes unless it was moved."""
        folder = self._path(key).parent if self.root and key.source else None
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=folder, prefix=ASIDE, suffix=".npz")
        os.close(descriptor)
        try:
            yield Path(name)
        finally:
            Path(name).unlink(missing_ok=True)

    @contextmanager
    def _alone(self, key: Key) -> Iterator[None]:
        """Keep other processes from computing the same."""
        if self.root is None or not key.source:
            yield
            return
        locks = self.root / ".locks"
        locks.mkdir(parents=True, exist_ok=True)
        # inside a study we wait: to give up here would throw away what it has done so far
        timeout = -1 if self.waits or self._found else 0
        lock = FileLock(locks / ("-".join(key) + ".lock"))
        try:
            lock.acquire(timeout=timeout)
        except Timeout:
            raise BusyError(key.study) from None
        try:
            yield
        finally:
            lock.release()

    def _path(self, key: Key) -> Path:
        assert self.root is not None
        return self.root / key.study / f"{key.arguments}-{key.source}.npz"
