"""A small complete book, planted in a temporary folder and driven by the command line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from nbformat.v4 import new_output

from bookbuild.keys import run_key
from bookbuild.records import Record, save_record, summarize
from bookbuild.snapshot import Origin
from bookbuild.workspace import Workspace
from traindyn.ledger import ledger_of, write_json

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

    def record(self, chapter: str, seed: int = 0) -> Record:
        """Write the record of a run that printed its cell numbers, without running it."""
        workspace = replace(self.workspace, seed=seed)
        notebook = workspace.notebook(chapter)
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        for number, cell in enumerate(cells, start=1):
            cell.outputs = [new_output("stream", text=f"output {number}\n")]
            cell.execution_count = number
        notebook.metadata["language_info"] = {"name": "python"}
        key = run_key(workspace, chapter)
        claims = self.root / "claims.json"
        write_json(claims, ledger_of(chapter, [], scale="ci", seed=seed, key=key))
        origin = Origin.of(workspace)
        summary = summarize(workspace, chapter, key, seconds=1.0, cells=len(cells), origin=origin)
        return save_record(workspace, summary, notebook, claims)

    def environment(self, **variables: str) -> dict[str, str]:
        """The variables of a command in this book."""
        foreign = ("TRAINDYN_", "PYTEST_", "COV_", "MAKE")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
        return kept | {"PYTHONPATH": str(self.root / "lib"), "TRAINDYN_SCALE": "ci", **variables}

    def run(self, *command: str, **variables: str) -> tuple[int, str]:
        """Exit status and output of a command of this environment, in this book."""
        program = str(Path(sys.executable).with_name(command[0]))
        run = subprocess.run(
            [program, *command[1:]],
            cwd=self.root,
            env=self.environment(**variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        return run.returncode, run.stdout

    def make(self, *arguments: str, **variables: str) -> tuple[int, str]:
        """Exit status and output of ``python -m bookbuild ...`` in this book."""
        return self.run("python", "-m", "bookbuild", *arguments, **variables)

    def page(self, name: str) -> str:
        return (self.workspace.site / f"{name}.html").read_text()


@pytest.fixture
def book(tmp_path: Path) -> PlantedBook:
    root = tmp_path / "book"
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PLANTED, root, ignore=ignore)
    shutil.copy(TRAINDYN / "__init__.py", root / "lib" / "traindyn")
    for name in ("inference", "ledger", "system"):
        copy = root / "lib" / "traindyn" / name
        shutil.copytree(TRAINDYN / name, copy, ignore=ignore, dirs_exist_ok=True)
    return PlantedBook(root)
