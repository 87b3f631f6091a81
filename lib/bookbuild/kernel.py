"""A kernel that is watched: its death is noticed within a second and said."""

from __future__ import annotations

import signal
import time
from queue import Empty
from typing import Any

from nbval.kernel import RunningKernel

POLL = 1.0
"""Seconds between two looks at whether the kernel still runs."""


class KernelDiedError(Exception):
    """The kernel ended while a cell ran."""


class WatchedKernel(RunningKernel):
    """A kernel of nbval that does not wait for an answer from the dead."""

    def get_message(self, stream: str, timeout: float | None = None) -> Any:
        """The next message of a channel.

        Raises:
            Empty: If none came in time.
            KernelDiedError: If the kernel ended before.
        """
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            wait = POLL if end is None else min(POLL, max(0.0, end - time.monotonic()))
            try:
                return super().get_message(stream, wait)
            except Empty:
                if not self.is_alive():
                    raise KernelDiedError(f"the kernel died{self._cause()}") from None
                if end is not None and time.monotonic() >= end:
                    raise

    def _cause(self) -> str:
        provisioner = getattr(self.km, "provisioner", None)
        status = getattr(getattr(provisioner, "process", None), "returncode", None)
        if status is None:
            return ""
        if status == -signal.SIGKILL:
            return ": killed, perhaps for lack of memory"
        if status < 0:
            return f" of signal {signal.Signals(-status).name}"
        return f" with exit status {status}"

    def stop(self) -> None:
        """Stop the kernel, alive or not, once."""
        if hasattr(self, "km"):
            super().stop()
