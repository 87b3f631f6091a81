"""A small complete book, planted in a temporary folder and driven by the command line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from bookbuild.workspace import Workspace

PLANTED = Path(__file__).parent / "planted"
TRAINDYN = Path(__file__).parents[2] / "lib" / "traindyn"


@dataclass(frozen=True)
class PlantedBook:
    """Two chapters, ``coin`` and ``die``, with this checkout's ledger below their rooms."""

    root: Path

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.root, self.root / "_build", "ci")

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.root / file
        text = path.read_text()
        assert text.count(old) == 1, f"{file} must hold {old!r} once"
        path.write_text(text.replace(old, new))

    def append(self, file: str, text: str) -> None:
        with (self.root / file).open("a") as opened:
            opened.write(text)

    def make(self, *arguments: str) -> tuple[int, str]:
        """Exit status and output of ``python -m bookbuild --scale ci ...`` in this book."""
        foreign = ("TRAINDYN_", "PYTEST_", "COV_")
        environment = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
        environment["PYTHONPATH"] = str(self.root / "lib")
        run = subprocess.run(
            [sys.executable, "-m", "bookbuild", "--scale", "ci", *arguments],
            cwd=self.root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        return run.returncode, run.stdout


@pytest.fixture
def book(tmp_path: Path) -> PlantedBook:
    root = tmp_path / "book"
    shutil.copytree(PLANTED, root)
    for name in ("__init__.py", "inference.py"):
        shutil.copy(TRAINDYN / name, root / "lib" / "traindyn")
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(TRAINDYN / "ledger", root / "lib" / "traindyn" / "ledger", ignore=ignore)
    return PlantedBook(root)
