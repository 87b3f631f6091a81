"""What a long run shows."""

import io
import math

from traindyn.runs.engine import Done, Task
from traindyn.runs.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def tasks(*seconds):
    return [Task(f"T-{i}", "m:f", (), s) for i, s in enumerate(seconds)]


def told(stream, *seconds):
    todo = tasks(*seconds)
    progress = Progress(todo, stream)
    for task in todo:
        progress.ended_task(Done(task, None, "", 10.0), "verified", ["T-1", "T-2"])
    progress.end()
    return stream.getvalue()


def test_plain_lines_tell_what_is_left():
    lines = told(io.StringIO(), 10.0, 30.0, math.inf).splitlines()
    assert lines[0] == "T-0       verified        10.0 s   1 of 3, about 30 s left"
    assert lines[1] == "T-1       verified        10.0 s   2 of 3, about 15 s left"
    assert lines[2].startswith("T-2       verified        10.0 s   3 of 3 in ")


def test_a_terminal_shows_what_runs_on_one_line():
    said = told(Terminal(), 10.0, 10.0, 10.0)
    assert "1 of 3, about 10 s left; T-1, T-2 run\r" in said
    assert said.endswith("\x1b[2K\r")
