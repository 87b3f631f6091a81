"""How a command of this book ends: no traceback because of a terminal, a pipe or an interrupt."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from typing import NoReturn

from traindyn.system import processes

BROKEN_PIPE, INTERRUPTED, MISTAKE = 141, 130, 2
"""Exit statuses: 128 and the number of the signal, as shells have it; 2 as of argparse."""


def run_command(name: str, command: Callable[[], int]) -> int:
    """Run a command to its end, what it printed included.

    Characters that the terminal's encoding lacks are printed as question marks. A reader that goes
    away (``| head``) ends the command quietly, Ctrl-C and a full disk behind standard output end it
    with one line.

    Args:
        name: How the line calls the program.
        command: Does the work, imports included, and returns the exit status.

    Returns:
        The exit status of the command; 141 after a broken pipe, 130 after Ctrl-C, 2 if nothing
        more can be printed.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    try:
        try:
            return command()
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()
        return BROKEN_PIPE
    except KeyboardInterrupt:
        print(f"{name}: interrupted", file=sys.stderr)
        return INTERRUPTED
    except OSError as error:
        _drop_output()
        place = error.filename or "standard output"
        print(f"{name}: error: {place}: {error.strerror}", file=sys.stderr)
        return MISTAKE


def end_as_command(name: str, command: Callable[[], int]) -> NoReturn:
    """Run a command that is a process of its own, and end this process with its status.

    A signal ends it with all that it started, and so does the end of the process that supervises
    it, if one does. A ``ValueError`` is a mistake of the user: one line, and status 2.

    Args:
        name: How a line calls the program.
        command: Does the work, and returns the exit status.

    Raises:
        SystemExit: Always.
    """
    processes.exit_on_signals()
    if processes.SUPERVISOR in os.environ:
        processes.follow_parent()

    def with_mistakes() -> int:
        try:
            return command()
        except ValueError as mistake:
            print(f"{name}: error: {mistake}", file=sys.stderr)
            return MISTAKE

    sys.exit(run_command(name, with_mistakes))


def _drop_output() -> None:
    """Let what is still in the buffers go nowhere, or the end of the process fails once more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
