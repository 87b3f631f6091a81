"""Kills while a ledger is written: what was merged before is there, whole."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator

from book import FaultyBook
from trials import SIGNALS, Trial

from traindyn.ledger import read_ledger

MERGE = """
import sys
from dataclasses import replace
from pathlib import Path
from traindyn.ledger import Registry, ledger_of, merge_claim
from traindyn.die import die

claim = die.run("DI-1", scale="ci", seed=0).claim
for number in range(1, 10_000):
    ledger = ledger_of("die", [replace(claim, id=f"DI-{number}")], scale="ci", seed=0)
    merge_claim(Path("mine.json"), ledger)
    Path("merged").write_text(str(number))
"""
"""Merges one claim after the other into a ledger, and tells how far it is."""


def killed_merge(how: str, number: int) -> Trial:
    """Kill a process that writes a ledger over and over."""

    def break_it(book: FaultyBook, draw: random.Random) -> Iterator[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", MERGE],
            cwd=book.root,
            env=book.environment(),
            stderr=subprocess.DEVNULL,
        )
        while not (book.root / "merged").exists() and process.poll() is None:
            time.sleep(0.01)
        time.sleep(draw.uniform(0, 0.3))
        os.kill(process.pid, SIGNALS[how])
        process.wait(30)
        merged = int((book.root / "merged").read_text() or 0)
        ids = {row["id"] for row in read_ledger(book.root / "mine.json")["claims"]}
        if lost := {f"DI-{i}" for i in range(1, merged + 1)} - ids:
            yield f"lost: {sorted(lost)}"
        (book.root / "mine.json").unlink()

    return Trial(f"{how} of a process that merges claims into a ledger, {number}", break_it)


def ledgers() -> list[Trial]:
    """Every signal, three times."""
    return [killed_merge(how, number) for how in SIGNALS for number in (1, 2, 3)]
