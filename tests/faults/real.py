"""Kills on the book itself: its set-up, a chapter, the build of its site."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from book import ROOT, FaultyBook
from trials import SIGNALS, Trial

from bookbuild.finished import UnfinishedError, require_finished


@dataclass(frozen=True)
class RealBook(FaultyBook):
    """A clone of the checkout, with the results of a build root of it."""

    @classmethod
    def clone(cls, root: Path, results: Path) -> RealBook:
        """Clone the checkout; where every chapter has run, take its records along."""
        command = ["git", "clone", "--quiet", str(ROOT), str(root)]
        subprocess.run(command, check=True, capture_output=True)
        if (results / "runs").is_dir():
            shutil.copytree(results / "runs", root / "_build" / "runs")
        return cls(root)


def signaled(process: subprocess.Popen[str], how: str) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, SIGNALS[how])
    process.wait(60)


def killed(arguments: tuple[str, ...], how: str, moment: Callable[[RealBook], bool]) -> Trial:
    """Kill a command of the book a random while after a moment; then it must complete."""

    def break_it(book: FaultyBook, draw: random.Random) -> Iterator[str]:
        assert isinstance(book, RealBook)
        process = book.start(*arguments)
        while not moment(book) and process.poll() is None:
            time.sleep(0.01)
        time.sleep(draw.uniform(0, 5))
        signaled(process, how)
        yield from (f"left running: {words[:80]}" for words in book.wait_until_alone())
        yield from book.half_written()
        status, output = book.run(*arguments)
        if status:
            yield f"{arguments[0]} afterwards: {status}, {output[-300:]}"
        if arguments[0] == "build":
            try:
                require_finished(book.workspace)
            except UnfinishedError as error:
                yield str(error)
        yield from (f"left over: {name}" for name in book.leftovers())

    return Trial(f"the book itself: {how} of `{' '.join(arguments)}`", break_it)


def killed_setup(how: str, number: int) -> Trial:
    """Kill the set-up at a random moment; then it must complete."""

    def break_it(book: FaultyBook, draw: random.Random) -> Iterator[str]:
        script = str(book.root / "lib" / "bookbuild" / "setup_environment.py")
        command = [sys.executable, script]
        with (book.root / "output").open("w") as said:
            process = subprocess.Popen(
                command, cwd=book.root, env=book.environment(), stdout=said, stderr=said, text=True
            )
        time.sleep(draw.uniform(0, 12))
        signaled(process, how)
        run = subprocess.run(command, cwd=book.root, capture_output=True, text=True)
        if run.returncode:
            yield f"set-up afterwards: {run.returncode}, {run.stderr[-300:]}"
        check = [str(book.root / ".venv" / "bin" / "python"), "-m", "pip", "check"]
        if (done := subprocess.run(check, capture_output=True, text=True)).returncode:
            yield f"the environment: {done.stdout[-300:]}"

    return Trial(f"the book itself: {how} of the set-up, {number}", break_it)


def real() -> list[Trial]:
    """Set-up, a chapter, the site."""

    def appears(pattern: str) -> Callable[[RealBook], bool]:
        return lambda book: any(book.workspace.build.glob(pattern))

    trials = [killed_setup(how, number) for how in SIGNALS for number in (1, 2)]
    for how in SIGNALS:
        trials.append(killed(("build",), how, appears(".html-*")))
        trials.append(killed(("notebooks",), how, lambda book: True))
    trials.append(killed(("execute", "saddle_to_saddle"), "KILL", appears(".snapshot-*")))
    trials.append(killed(("execute", "saddle_to_saddle"), "TERM", appears(".snapshot-*")))
    return trials
