"""A planted book, the processes that work for it, and what must be true of it at any time."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bookbuild.build_root import is_generated
from bookbuild.finished import foreign_files
from bookbuild.records import Record
from bookbuild.workspace import Workspace
from traindyn.ledger import read_ledger
from traindyn.system.files import ASIDE

ROOT = Path(__file__).parents[2]
PLANTED = ROOT / "tests" / "bookbuild" / "planted"

SLOW = """
# %%
import time
from pathlib import Path

Path({started!r}).touch()
time.sleep({seconds})
"""
"""A cell that tells when it starts, and takes its time."""

WHOLE = ("execute", "notebooks", "build", "host")
"""The commands that make everything."""

ORDINARY = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")
"""Makes root an ordinary user: permissions of files hold for it."""


@dataclass(frozen=True)
class FaultyBook:
    """A small complete book in a folder of its own."""

    root: Path

    @classmethod
    def plant(cls, root: Path, seconds: float = 1.0) -> FaultyBook:
        """Plant it; one of its chapters is slow, another one is recorded and published."""
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PLANTED, root, ignore=ignore)
        room = root / "lib" / "traindyn"
        for name in ("__init__.py", "style.py"):
            shutil.copy(ROOT / "lib" / "traindyn" / name, room)
        for name in ("inference", "ledger", "system"):
            source = ROOT / "lib" / "traindyn" / name
            shutil.copytree(source, room / name, ignore=ignore, dirs_exist_ok=True)
        for name in ("README.md", "LICENSE", "environment.yml", "pyproject.toml"):
            (root / name).touch()  # `host` copies them
        shutil.copy(ROOT / "CITATION.cff", root)  # and reads this
        book = cls(root)
        cell = SLOW.format(started=str(book.started), seconds=seconds)
        with (root / "chapters" / "die.py").open("a") as chapter:
            chapter.write(cell)
        return book

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.root, self.root / "_build", "ci")

    @property
    def started(self) -> Path:
        """Appears when the slow cell runs."""
        return self.root / "started"

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "bookbuild", *arguments]

    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("TRAINDYN_", "PYTEST_"))}
        kept.pop("MAKELEVEL", None)
        paths = os.pathsep.join(map(str, (self.root / "lib", ROOT / "lib")))
        return {**kept, "PYTHONPATH": paths, "TRAINDYN_SCALE": "ci"}

    def run_all(self, commands: Sequence[str] = WHOLE) -> tuple[int, str]:
        """Exit status and output of several commands, in one process."""
        code = "import sys; from bookbuild.__main__ import main\n"
        code += f"sys.exit(next(filter(None, map(main, {[[name] for name in commands]})), 0))"
        return self._run([sys.executable, "-u", "-c", code])

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command of the book."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.root,
            env=self.environment(),
            stdout=(self.root / "output").open("w"),
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str, ordinary: bool = False) -> tuple[int, str]:
        """Exit status and output of a command of the book."""
        command = self.command(*arguments)
        if ordinary and os.geteuid() == 0:
            command = [*ORDINARY, *command]
        return self._run(command)

    def _run(self, command: list[str]) -> tuple[int, str]:
        run = subprocess.run(
            command,
            cwd=self.root,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        return run.returncode, run.stdout

    def processes(self) -> dict[int, str]:
        """Command lines of the processes that work for this book, by number."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if str(self.root).encode() in (folder / "environ").read_bytes():
                    state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
                    words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    if state != "Z":
                        found[int(folder.name)] = words
        return found

    def find(self, role: str) -> int | None:
        """Number of the process of a role, if it runs."""
        mark = {
            "runner": "--nbval",
            "worker": "exec(eval(",
            "kernel": "ipykernel_launcher",
            "sphinx": "jupyter-book",
        }[role]
        return next((pid for pid, words in self.processes().items() if mark in words), None)

    def wait_until_alone(self, seconds: float = 8.0) -> list[str]:
        """What still works for this book after some seconds."""
        end = time.monotonic() + seconds
        while (left := self.processes()) and time.monotonic() < end:
            time.sleep(0.1)
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return list(left.values())

    def half_written(self) -> Iterator[str]:
        """What a reader could see that is not whole."""
        workspace = self.workspace
        for place in (workspace.site, workspace.build / "publish"):
            if place.is_dir() and foreign_files(place):
                yield f"{place.name} is not as it was sealed"
        for folder in workspace.runs.glob("[!.]*"):
            if fault := Record(folder).fault():
                yield f"the record {folder.name}: {fault}"
        for ledger in workspace.claims.glob("[!.]*.json"):
            try:
                read_ledger(ledger)
            except ValueError as error:
                yield str(error)
        for notebook in (self.root / "chapters").glob("*.ipynb"):
            if not is_generated(notebook):
                yield f"{notebook.name} is half written"

    def leftovers(self) -> list[str]:
        """Folders and files aside that nobody will finish."""
        build = self.workspace.build
        aside = [path for path in build.rglob(".*") if path.is_dir() and path.name != ".doctrees"]
        aside += [path for path in build.rglob(f"{ASIDE}*") if path.is_file()]
        return [path.name for path in [*aside, *(self.root / "chapters").glob(".*")]]

    def ledgers(self) -> dict[str, object]:
        """The published rows by chapter, without what differs between equal runs."""
        found = {}
        for file in self.workspace.claims.glob("*.json"):
            rows = json.loads(file.read_text())["claims"]
            found[file.stem] = [{k: v for k, v in row.items() if k != "seconds"} for row in rows]
        return found
