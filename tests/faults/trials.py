"""Trials: something goes wrong at a moment; the next run must complete, with nothing lost."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from book import WHOLE, FaultyBook

from bookbuild.records import current_records

SIGNALS = {"KILL": signal.SIGKILL, "TERM": signal.SIGTERM, "INT": signal.SIGINT}


@dataclass(frozen=True)
class Trial:
    """One trial.

    Args:
        name: What goes wrong, where and when.
        break_it: Does it to a book; yields what is wrong at once.
        damages: Whether it changes finished files itself; else they must be whole at once.
        then: The commands that must complete afterwards.
    """

    name: str
    break_it: Callable[[FaultyBook, random.Random], Iterator[str]]
    damages: bool = False
    then: tuple[str, ...] = WHOLE


def run_trial(trial: Trial, folder: Path, template: FaultyBook, seed: int) -> list[str]:
    """Run a trial on a copy of a whole book, and say what is wrong; empty: nothing.

    Args:
        trial: The trial.
        folder: Where the copy goes.
        template: A book in which every command has run.
        seed: Of the moments that are drawn.
    """
    book = copy_of(template, folder)
    expected = template.ledgers()
    wrong = list(trial.break_it(book, random.Random(f"{seed}/{trial.name}")))
    wrong += [f"left running: {words[:80]}" for words in book.wait_until_alone()]
    if not trial.damages:
        wrong += [f"seen half done: {line}" for line in book.half_written()]
    status, output = book.run_all(trial.then)
    if status:
        wrong.append(f"the next run: {status}, {output[-300:]}")
    if "coin: nothing changed" not in output:
        wrong.append("the record of coin was lost")
    wrong += [f"finally half done: {line}" for line in book.half_written()]
    wrong += [f"left over: {name}" for name in book.leftovers()]
    if list(current_records(book.workspace)) != ["coin", "die"]:
        wrong.append("a record is missing")
    if book.ledgers() != expected:
        wrong.append("the ledger is another one")
    return wrong


def copy_of(template: FaultyBook, folder: Path) -> FaultyBook:
    """A book like another one, at another place, with the slow chapter not run yet."""
    book = FaultyBook.plant(folder)
    subprocess.run(["cp", "-a", f"{template.root}/_build", str(folder)], check=True)
    return book


def kill(
    name: str, arguments: tuple[str, ...], role: str, how: str, moment: Callable[[FaultyBook], bool]
) -> Trial:
    """Kill a process of a command at a moment, and a random while after it."""

    def break_it(book: FaultyBook, draw: random.Random) -> Iterator[str]:
        process = book.start(*arguments)
        pause = draw.choice((0.0, draw.uniform(0, 0.1), draw.uniform(0, 1.5)))
        end = time.monotonic() + 60
        while not moment(book) and process.poll() is None and time.monotonic() < end:
            time.sleep(0.002)
        time.sleep(pause)
        pid = process.pid if role == "command" else book.find(role)
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, SIGNALS[how])
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            yield "the command does not end"
            process.kill()
        output = (book.root / "output").read_text()
        if role == "command" and "Traceback" in output and "in run_command" in output:
            yield f"a traceback: {output[-300:]}"  # before that, Python itself is starting

    then = ("execute",) if arguments == ("execute",) else WHOLE
    return Trial(name, break_it, then=then)


def appears(pattern: str) -> Callable[[FaultyBook], bool]:
    """Whether something of that name lies in the build root."""
    return lambda book: any(book.workspace.build.glob(pattern))


MOMENTS: dict[str, tuple[tuple[str, ...], Callable[[FaultyBook], bool]]] = {
    "at the start": (("execute",), lambda book: True),
    "while the snapshot is made": (("execute",), appears(".snapshot-*")),
    "while the kernel starts": (("execute",), lambda book: book.find("kernel") is not None),
    "in a cell": (("execute",), lambda book: book.started.exists()),
    "while a record is written": (("execute",), appears("runs/ci/.die-*")),
    "while the ledger is published": (("build",), appears(".cache-*")),
    "while the site is built": (("build",), appears(".html-*/_build")),
    "while the site is swapped": (("build",), appears(".html-*/_build/html/.book.json")),
    "while notebooks are written": (("notebooks",), lambda book: True),
    "while the host's folder is made": (("host",), appears(".publish-*")),
}
"""Commands and moments at which something is killed."""

ROLES = {
    "while the kernel starts": ("command", "runner", "worker", "kernel"),
    "in a cell": ("command", "runner", "worker", "kernel"),
    "while the site is built": ("command", "sphinx"),
}


def kills() -> list[Trial]:
    """Every role, signal and moment; where only the command itself runs, it three times."""
    trials = []
    for when, (arguments, moment) in MOMENTS.items():
        for how in SIGNALS:
            roles = ROLES.get(when, ("command",))
            for number, role in enumerate(roles * (3 if len(roles) == 1 else 1), start=1):
                name = f"{how} of the {role} of `{arguments[0]}` {when}"
                if roles == ("command",):
                    name += f", {number}"
                trials.append(kill(name, arguments, role, how, moment))
    return trials


def spoil(path: Path, how: str, middle: float = 0.5) -> None:
    """Spoil a file as disks, people and other programs do; ``changed``: one bit at that share."""
    content = path.read_bytes()
    match how:
        case "truncated":
            path.write_bytes(content[: len(content) // 2])
        case "emptied":
            path.write_bytes(b"")
        case "deleted":
            path.unlink()
        case "changed":
            place = int(len(content) * middle)
            path.write_bytes(content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :])
        case "replaced by a folder":
            path.unlink()
            path.mkdir()
        case "unreadable":
            path.chmod(0)
        case _:
            raise ValueError(f"how must be a way to spoil a file, got {how!r}")


def damage(place: str, how: str) -> Trial:
    """Damage a file of the build root."""

    def break_it(book: FaultyBook, draw: random.Random) -> Iterator[str]:
        del draw
        files = sorted(book.workspace.build.glob(place))
        if not files:
            yield f"nothing to damage at {place}"
            return
        spoil(files[0], how)
        if how == "unreadable":
            status, output = book.run("execute", ordinary=True)
            if "Traceback" in output:
                yield f"a traceback: {output[-300:]}"
            if status == 0:
                status, output = book.run("build", ordinary=True)
            if status:
                yield f"an ordinary user: {status}, {output[-300:]}"
        for command in (("build",), ("host",), ("serve", "--port", "70000")):
            _, output = book.run(*command)
            if "Traceback" in output:
                yield f"a traceback of {command[0]}: {output[-300:]}"

    return Trial(f"{place} {how}", break_it, damages=True)


PLACES = {
    "runs/ci/die-*/notebook.ipynb": ("truncated", "emptied", "deleted", "changed", "unreadable"),
    "runs/ci/die-*/claims.json": ("truncated", "emptied", "deleted", "changed", "unreadable"),
    "runs/ci/die-*/run.json": ("truncated", "emptied", "deleted", "changed", "unreadable"),
    "cache/global.db": ("truncated", "emptied", "deleted", "replaced by a folder"),
    "cache/executed/*/base.ipynb": ("truncated", "emptied", "deleted", "changed"),
    "published.json": ("truncated", "emptied", "deleted", "changed"),
    "claims/coin.json": ("truncated", "emptied", "deleted"),
    "html/index.html": ("truncated", "deleted"),
    "html/.book.json": ("truncated", "emptied", "deleted"),
}
"""Files, and what happens to them."""


def swapped(one: str, other: str) -> Trial:
    """Two files or folders of the build root change places."""

    def break_it(book: FaultyBook, draw: random.Random) -> Iterator[str]:
        del draw
        build = book.workspace.build
        (a,), (b,) = list(build.glob(one)), list(build.glob(other))
        spare = a.with_name("spare")
        a.rename(spare)
        b.rename(a)
        spare.rename(b)
        status, output = book.run("build")
        if status == 0 or "Traceback" in output:
            yield f"build: {status}, {output[-300:]}"
        yield from ()

    return Trial(f"{one} and {other} swapped", break_it, damages=True)


def damages() -> list[Trial]:
    """Every kind of damage."""
    trials = [damage(place, how) for place, kinds in PLACES.items() for how in kinds]
    pairs = [("runs/ci/die-*/claims.json", "runs/ci/die-*/run.json")]
    return trials + [swapped(*pair) for pair in pairs]


@contextlib.contextmanager
def mounted(*words: str) -> Iterator[None]:
    """Something mounted for a while; needs root."""
    subprocess.run(["mount", *words], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", words[-1]], check=True)


def full_disk(command: tuple[str, ...], kilobytes: int) -> Trial:
    """The build root lies on a disk with so much room; later there is more."""

    def break_it(book: FaultyBook, draw: random.Random) -> Iterator[str]:
        del draw
        build = str(book.workspace.build)
        subprocess.run(["mv", build, f"{build}-before"], check=True)
        Path(build).mkdir()
        with mounted("-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", build):
            for step in (("execute",), command):
                status, _ = book.run(*step)
            if status == 0:
                yield f"{command[0]} succeeded on a full disk"
            yield from book.half_written()
        Path(build).rmdir()
        subprocess.run(["mv", f"{build}-before", build], check=True)

    return Trial(f"a disk of {kilobytes} kB is full in `{command[0]}`", break_it)


def read_only(command: tuple[str, ...]) -> Trial:
    """The build root takes no file for a while."""

    def break_it(book: FaultyBook, draw: random.Random) -> Iterator[str]:
        del draw
        build = book.workspace.build
        folders = [build, build / "runs", build / "runs" / "ci"]
        for folder in folders:
            folder.chmod(0o555)
        status, output = book.run(*command, ordinary=True)
        if status == 0:
            yield f"{command[0]} succeeded in a read-only folder"
        if "Traceback (most" in output:
            yield f"a traceback: {output[-600:]}"
        for folder in folders:
            folder.chmod(0o755)

    return Trial(f"a read-only build root in `{command[0]}`", break_it)


def disks() -> list[Trial]:
    """Full disks and folders that take no file."""
    full = [full_disk(("execute",), size) for size in (100, 300, 500)]
    full += [full_disk(("build",), size) for size in (3_000, 4_000)]
    return [
        *(full if os.geteuid() == 0 else []),  # only root mounts a small disk
        *(read_only((command,)) for command in ("execute", "build", "host")),
    ]
