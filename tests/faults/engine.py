"""Kills, damage and full disks of ``traindyn run``: the next call completes, with the same rows."""

from __future__ import annotations

import contextlib
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from book import ROOT, FaultyBook
from trials import SIGNALS, Trial, mounted, spoil

from traindyn.ledger import read_ledger

CLAIMS = """
import os, time
from traindyn.inference import estimate_mean
from traindyn.ledger import Part, Registry, other_system, within
from traindyn.runs import Context, study

registry = Registry("coin", "CO")


@study(stream="throws")
def throws(context: Context, number: int):
    time.sleep(0.3)
    return context.numpy_generator("throws").standard_normal(4_000)


def claim(number):
    \"\"\"Half of the claims share a study.\"\"\"

    def measure(context):
        with open(os.environ["TMPDIR"] + "/started", "a") as file:
            file.write(f"{number}\\n")
        mean = estimate_mean(throws(context, number // 2))
        time.sleep(0.2)
        rule = within(0.2, "ten standard errors", "noise")
        control = other_system("one more", estimate_mean(throws(context, number // 2) + 1.0))
        told = {"prediction": 0.0, "compares": "simulation", "replicates": "throws"}
        return throws(context, number), [Part("the mean", mean, rule, [control], **told)]

    return measure
"""
ONE = """

@registry.claim({number}, source="eq. 1", basis="stated", statement="Claim {number}.")
def claim_{number}(context):
    return claim({number})(context)
"""
COUNT = 6
"""Claims of the room; a run has two seeds of each."""

RUN = ("run", "--scale", "ci", "--seeds", "0-1", "--jobs", "2", "--output", "out")


@dataclass(frozen=True)
class Sweep(FaultyBook):
    """A checkout with a room of short claims."""

    @classmethod
    def plant(cls, root: Path, seconds: float = 1.0) -> Sweep:
        """Plant it; nothing of it has run."""
        super().plant(root, seconds)
        package = root / "lib" / "traindyn"
        for name in ("runs", "__main__.py"):
            copy = shutil.copyfile if name.endswith(".py") else shutil.copytree
            shutil.rmtree(package / name, ignore_errors=True)
            copy(ROOT / "lib" / "traindyn" / name, package / name)
        claims = "".join(ONE.format(number=number) for number in range(1, COUNT + 1))
        (package / "coin" / "claims.py").write_text(CLAIMS + claims)
        (package / "coin" / "__init__.py").write_text("")
        shutil.rmtree(package / "die")
        return cls(root)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "traindyn", *arguments]

    def environment(self) -> dict[str, str]:
        return {**super().environment(), "TMPDIR": str(self.root)}

    @property
    def store(self) -> Path:
        return self.workspace.build / "studies"

    def find(self, role: str) -> int | None:
        mark = {"engine": "traindyn.ledger.sweep", "worker": "spawn_main"}[role]
        return next((pid for pid, words in self.processes().items() if mark in words), None)

    def stored(self) -> int:
        """Number of claims that are stored."""
        return len(list(self.store.glob("traindyn.coin.claims.claim_*/*.npz")))

    def rows(self) -> Mapping[str, object]:
        """All rows by seed, without what differs between equal runs."""
        found = {}
        for file in sorted((self.root / "out").glob("seed-*/coin.json")):
            ledger = read_ledger(file)["claims"]
            found[file.parent.name] = [
                {k: v for k, v in row.items() if k != "seconds"} for row in ledger
            ]
        return found

    def leftovers(self) -> list[str]:
        """Copies of sources whose run has ended; a young file aside may be another run's."""
        return [path.name for path in self.workspace.build.rglob(".snapshot-*")]


def run_sweep_trial(trial: Trial, folder: Path, template: Sweep, seed: int) -> list[str]:
    """Run a trial, and say what is wrong; empty: nothing.

    Args:
        trial: The trial.
        folder: Where its checkout goes.
        template: One in which everything has run.
        seed: Of the moments that are drawn.
    """
    sweep = Sweep.plant(folder)
    if trial.damages:
        subprocess.run(["cp", "-a", f"{template.root}/_build", str(folder)], check=True)
    wrong = list(trial.break_it(sweep, random.Random(f"{seed}/{trial.name}")))
    wrong += [f"left running: {words[:80]}" for words in sweep.wait_until_alone()]
    stored = sweep.stored()
    shutil.rmtree(folder / "out", ignore_errors=True)
    status, output = sweep.run(*RUN)
    if status or "Traceback" in output:
        wrong.append(f"the next run: {status}, {output[-300:]}")
    if not trial.damages and f" {stored} claims are stored" not in output:
        wrong.append(f"{stored} claims were stored, but: {output[:80]}")
    if sweep.rows() != template.rows():
        wrong.append("the rows are others")
    return wrong + [f"left over: {name}" for name in sweep.leftovers()]


def started(sweep: Sweep) -> list[str]:
    """Numbers of the claims that have started so far."""
    with contextlib.suppress(FileNotFoundError):
        return sweep.started.read_text().split()
    return []


def told(output: str) -> int:
    """Number of claims that a run said have ended."""
    return len(re.findall(r"^CO-.* verified .* of", output, re.MULTILINE))


def interrupt(
    sweep: Sweep, role: str, how: str, moment: Callable[[Sweep], bool], pause: float
) -> Iterator[str]:
    """Start a run, and kill a process of it some seconds after a moment."""
    before = sweep.stored()
    process = sweep.start(*RUN)
    end = time.monotonic() + 60
    while not moment(sweep) and process.poll() is None and time.monotonic() < end:
        time.sleep(0.002)
    time.sleep(pause)
    pid = process.pid if role == "command" else sweep.find(role)
    if pid is not None and process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, SIGNALS[how])
    try:
        status = process.wait(60)
    except subprocess.TimeoutExpired:
        yield "the run does not end"
        process.kill()
        return
    output = (sweep.root / "output").read_text()
    if sweep.stored() < before + told(output):
        yield f"{told(output)} claims have ended, {sweep.stored() - before} are stored"
    if role == "worker" and status:
        yield f"a run that lost a worker: {status}, {output[-300:]}"
    if "Traceback" in output and "run_command" in output:
        yield f"a traceback: {output[-300:]}"  # before that, Python itself is starting


def killed(when: str, role: str, how: str) -> Trial:
    """Kill a process of a run at a moment and a random while after it."""

    def break_it(sweep: FaultyBook, draw: random.Random) -> Iterator[str]:
        assert isinstance(sweep, Sweep)
        pause = draw.choice((0.0, draw.uniform(0, 0.1), draw.uniform(0, 1.0)))
        yield from interrupt(sweep, role, how, MOMENTS[when], pause)

    return Trial(f"{how} of the {role} of `run` {when}", break_it)


MOMENTS: dict[str, Callable[[Sweep], bool]] = {
    "at the start": lambda sweep: True,
    "while sources are copied": lambda sweep: any(sweep.store.glob(".snapshot-*")),
    "in a claim": lambda sweep: len(started(sweep)) > 2,
    "while results are written": lambda sweep: sweep.stored() > 3,
    "while ledgers are written": lambda sweep: any(sweep.root.glob("out/seed-*/*")),
}
ROLES = {
    "in a claim": ("command", "engine", "worker"),
    "while results are written": ("engine", "worker"),
}


def killed_often(times: int) -> Trial:
    """Kill a run over and over, each time after it has come a little further."""

    def break_it(sweep: FaultyBook, draw: random.Random) -> Iterator[str]:
        assert isinstance(sweep, Sweep)
        for number in range(times):
            before = len(started(sweep))
            role = draw.choice(("command", "engine"))
            how = draw.choice(tuple(SIGNALS))
            yield from interrupt(
                sweep,
                role,
                how,
                lambda sweep, before=before: len(started(sweep)) > before,
                draw.uniform(0.3, 0.9),
            )
            yield from (f"left running: {words[:80]}" for words in sweep.wait_until_alone())
            if number == times // 2 and not sweep.stored():
                yield "nothing is stored after half of the kills"

    return Trial(f"`run` killed {times} times and resumed", break_it)


def damaged(place: str, how: str) -> Trial:
    """Damage what is stored."""

    def break_it(sweep: FaultyBook, draw: random.Random) -> Iterator[str]:
        assert isinstance(sweep, Sweep)
        files = sorted(sweep.store.glob(place))
        if "throws" in place:  # what rests on it must read it again
            for claim in sweep.store.glob("traindyn.coin.claims.claim_*/*.npz"):
                claim.unlink()
        if how == "exchanged with another":
            spare = files[0].with_name("spare")
            files[1].rename(spare)
            files[0].rename(files[1])
            spare.rename(files[0])
        else:
            spoil(files[0], how, middle=draw.uniform(0.25, 0.5))
        if how == "unreadable":
            status, output = sweep.run(*RUN, ordinary=True)
            if status or "Traceback" in output:
                yield f"an ordinary user: {status}, {output[-300:]}"

    return Trial(f"studies/{place} {how}", break_it, damages=True)


PLACES = {
    "traindyn.coin.claims.claim_1/*.npz": (
        *("truncated", "emptied", "deleted", "changed"),
        *("exchanged with another", "replaced by a folder", "unreadable"),
    ),
    "traindyn.coin.claims.throws/*.npz": ("truncated", "changed"),
    "times.json": ("truncated", "changed", "replaced by a folder"),
}


def full_disk(kilobytes: int, place: str) -> Trial:
    """What a run writes lies on a disk with so much room; later there is more."""

    def break_it(sweep: FaultyBook, draw: random.Random) -> Iterator[str]:
        del draw
        folder = sweep.root / place
        folder.mkdir(parents=True)
        size = f"size={kilobytes}k"
        with mounted("-t", "tmpfs", "-o", size, "tmpfs", str(folder)):
            status, output = sweep.run(*RUN)
            if "Traceback" in output:
                yield f"a traceback: {output[-300:]}"
            if status and "No space left" not in output:
                yield f"it does not say why it ends: {output[-300:]}"
        folder.rmdir()

    return Trial(f"a disk of {kilobytes} kB for `{place}` is full in `run`", break_it)


def read_only() -> Trial:
    """The store takes no file for a while."""

    def break_it(sweep: FaultyBook, draw: random.Random) -> Iterator[str]:
        del draw
        folders = [sweep.store, *(path for path in sweep.store.iterdir() if path.is_dir())]
        for folder in folders:
            folder.chmod(0o555)
        status, output = sweep.run(*RUN, ordinary=True)
        if "Traceback" in output or (status and "ermission denied" not in output):
            yield f"a read-only store: {status}, {output[-300:]}"
        for folder in folders:
            folder.chmod(0o755)

    return Trial("a read-only store in `run`", break_it, damages=True)


def prepare_sweep(folder: Path) -> Sweep:
    """A checkout in which everything has run without a disturbance, and a second time alone."""
    sweep = Sweep.plant(folder / "sweep")
    status, output = sweep.run(*RUN)
    if status or told(output) != 2 * COUNT:
        raise RuntimeError(output)
    return sweep


def sweeps() -> list[Trial]:
    """Every kill, damage and full disk."""
    trials = [
        killed(when, role, how)
        for when in MOMENTS
        for role in ROLES.get(when, ("command",))
        for how in SIGNALS
    ]
    trials.append(killed_often(10))
    trials += [damaged(place, how) for place, kinds in PLACES.items() for how in kinds]
    if os.geteuid() == 0:  # only root mounts a small disk
        trials += [full_disk(size, "_build") for size in (100, 400, 8_000)]
        trials.append(full_disk(8, "out"))
        trials.append(full_disk(8, "_build/studies/traindyn.coin.claims.claim_1"))
    return [*trials, read_only()]
