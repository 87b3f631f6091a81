"""What a long run shows: what runs, what is left, and for how long."""

from __future__ import annotations

import io
import math
import sys
import time
from collections.abc import Sequence
from statistics import mean
from typing import Any

from traindyn.runs.engine import Done, Task


class Progress:
    """Lines about tasks: one per task that ended, and on a terminal one that is written over.

    Args:
        tasks: All tasks of the run.
        stream: Where the lines go; default: standard error.
    """

    def __init__(self, tasks: Sequence[Task], stream: io.TextIOBase | None = None) -> None:
        self.stream: Any = sys.stderr if stream is None else stream
        self.total, self.ended = len(tasks), 0
        self.known = [task.seconds for task in tasks if math.isfinite(task.seconds)]
        self.left = {task.name: task.seconds for task in tasks}
        self.start = time.monotonic()

    def ended_task(self, done: Done, outcome: str, running: Sequence[str]) -> None:
        """Tell that a task has ended, and what is left; it was among those that run."""
        self.ended += 1
        del self.left[done.task.name]
        self.known.append(done.seconds)
        self._clear()
        told = f"{done.task.name:8}  {outcome:12}  {done.seconds:6.1f} s"
        others = [name for name in running if name != done.task.name]
        state = f"{self.ended} of {self.total}{self._time_left(len(running))}"
        if self.stream.isatty():
            print(told, file=self.stream)
            if others:
                print(f"{state}; {', '.join(others)} run", end="\r", file=self.stream, flush=True)
        else:
            print(f"{told}   {state}", file=self.stream, flush=True)

    def end(self) -> None:
        """Leave a clean line."""
        self._clear()

    def _time_left(self, slots: int) -> str:
        usual = mean(self.known)
        seconds = [s if math.isfinite(s) else usual for s in self.left.values()]
        if not seconds:
            return f" in {_shown(time.monotonic() - self.start)}"
        return f", about {_shown(max(sum(seconds) / max(slots, 1), max(seconds)))} left"

    def _clear(self) -> None:
        if self.stream.isatty():
            print("\x1b[2K", end="\r", file=self.stream)


def _shown(seconds: float) -> str:
    """A time for readers.

    >>> [_shown(s) for s in (3.2, 75, 7290)]
    ['3 s', '1 min 15 s', '2 h 1 min']
    """
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
