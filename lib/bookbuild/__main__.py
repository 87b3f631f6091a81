"""Command line of the book: ``python -m bookbuild execute|chapter|build|serve|...``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from traindyn.system.console import run_command
from traindyn.system.processes import exit_on_signals, follow_parent


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command in the current folder.

    Returns:
        Exit status: that of :func:`bookbuild.commands.run`; see
        :func:`traindyn.system.console.run_command` for others.
    """
    exit_on_signals()
    if "MAKELEVEL" in os.environ:
        follow_parent()  # a killed make takes its command along

    def command() -> int:
        from bookbuild.commands import run  # its libraries take seconds, in which Ctrl-C may come

        return run(arguments)

    return run_command("bookbuild", command)


if __name__ == "__main__":
    sys.exit(main())
