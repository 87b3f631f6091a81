"""What a process of the engine does for a mutant: the claims of a copy of the sources, in a fork.

The process has imported what is slow to import; the fork forgets ``traindyn`` and imports it anew
from the copy. It ends with its work, its alarm or its parent.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any, NoReturn

from catalogue import from_text

SLOW = ("numpy", "scipy.stats", "scipy.optimize", "scipy.linalg", "torch")
"""Packages that rooms import."""


def original(library: str, store: str, chapter: str, claims: Sequence[str]) -> dict[str, Any]:
    """Rows and errors of claims as the sources are.

    Args:
        library: The folder ``lib``.
        store: Where studies are stored.
        chapter: Whose claims they are.
        claims: Their ids.

    Returns:
        ``{"rows": rows of the ledger, "errors": claims with their tracebacks}``.
    """
    return _forked(Path(library), Path(store), chapter, claims)


def mutated(base: str, store: str, scratch: str, text: str) -> dict[str, Any]:
    """Rows and errors of a mutant's claims, with the mutant applied to a copy of the sources.

    What it does not touch is found stored; what it draws goes with the copy.

    Args:
        base: Folder with the sources, of which nothing is changed.
        store: Where their studies are stored.
        scratch: Folder for the copy.
        text: The mutant as JSON.
    """
    mutant = from_text(text)
    copy = Path(scratch) / mutant.id
    shutil.rmtree(copy, ignore_errors=True)
    try:
        _link(Path(base), copy)
        studies = copy / ".studies"
        studies.mkdir()
        for folder in Path(store).glob("traindyn.*"):
            _link(folder, studies / folder.name)
        changed = mutant.apply(copy)
        file = copy / mutant.file
        for linked in (file, Path(cache_from_source(str(file)))):
            linked.unlink(missing_ok=True)  # its other name stays as it is
        file.write_text(changed, encoding="utf-8")
        return _forked(copy / "lib", studies, mutant.chapter, mutant.claims)
    finally:
        shutil.rmtree(copy, ignore_errors=True)


def _link(folder: Path, copy: Path) -> None:
    """Copy a folder by giving its files second names."""

    def link(source: str, target: str) -> None:
        with contextlib.suppress(FileNotFoundError):  # another process has just removed it
            os.link(source, target)

    shutil.copytree(folder, copy, copy_function=link)


def _forked(library: Path, store: Path, chapter: str, claims: Sequence[str]) -> dict[str, Any]:
    for name in SLOW:
        importlib.import_module(name)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _inside(writing, library, store, chapter, claims)
    os.close(writing)
    try:
        with os.fdopen(reading, "rb") as answer:
            content = answer.read()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    if not content:
        return {"rows": [], "errors": dict.fromkeys(claims, "its process died")}
    told: dict[str, Any] = json.loads(content)
    return told


def _inside(
    writing: int, library: Path, store: Path, chapter: str, claims: Sequence[str]
) -> NoReturn:
    """Run the claims and end the process."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        told = _run(library, store, chapter, claims)
    except BaseException:
        told = {"rows": [], "errors": dict.fromkeys(claims, traceback.format_exc())}
    with os.fdopen(writing, "wb") as answer:
        answer.write(json.dumps(told).encode())
    os._exit(0)


def _run(library: Path, store: Path, chapter: str, claims: Sequence[str]) -> dict[str, Any]:
    _forget(library)
    os.environ["TRAINDYN_STUDIES"] = str(store)
    for name in ("TRAINDYN_CLAIMS", "TRAINDYN_SUPERVISOR"):  # it follows its parent alone
        os.environ.pop(name, None)
    importlib.import_module("traindyn.system.processes").follow_parent()
    registry = importlib.import_module("traindyn.ledger.chapters").registry_of(chapter)
    rows_of = importlib.import_module("traindyn.ledger.claim").rows_of
    rows: list[Any] = []
    errors: dict[str, str] = {}
    for claim in claims:
        try:
            rows += rows_of(registry.run(claim, scale="ci", seed=0).claim)
        except Exception:
            errors[claim] = traceback.format_exc()
    return {"rows": rows, "errors": errors}


def _forget(library: Path) -> None:
    """Import ``traindyn`` from a folder from now on."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "traindyn"]:
        del sys.modules[name]
    sys.path[:] = [str(library), *_without_traindyn(sys.path)]
    importlib.invalidate_caches()
    found = Path(importlib.import_module("traindyn").__file__ or "")
    if library.resolve() not in found.resolve().parents:
        raise ImportError(f"traindyn must come from {library}, got {found}")


def _without_traindyn(path: Sequence[str]) -> Iterator[str]:
    return (folder for folder in path if not (Path(folder) / "traindyn").is_dir())
