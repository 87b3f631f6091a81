"""The key of a study: digests of its arguments and of everything that it can execute or read."""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import platform
import sys
from pathlib import Path
from typing import Any

import numpy as np

from traindyn.runs.encoding import FORMAT, PLAIN, encode
from traindyn.system.files import data_files, digest
from traindyn.system.imports import imports_of, module_file
from traindyn.system.versions import arithmetic_variables, installed_versions

STREAMS = "traindyn.runs.context"
"""What of the machinery every key holds: it decides which random numbers a stream has."""

MACHINERY = ("traindyn.runs", "traindyn.ledger")
"""Packages that no key holds, but for the streams: they store and decide, and draw nothing.

The format number stands for what they store, and a class whose fields changed is damage.
"""


def library_of(module: str) -> Path | None:
    """The folder that a module is imported from; None if it has no file, as in a notebook."""
    file = getattr(sys.modules.get(module), "__file__", None)
    if file is None or not module.startswith("traindyn."):
        return None
    path = Path(file).resolve()
    depth = len(module.split("."))
    return path.parents[depth if path.name == "__init__.py" else depth - 1]


@functools.cache
def _digest(path: Path) -> str:
    return digest(path.read_bytes())


@functools.cache
def _imports(lib: Path, path: Path) -> frozenset[str]:
    return frozenset(imports_of(lib, path))


@functools.cache
def files_of(lib: Path, module: str) -> tuple[Path, ...]:
    """Files below ``lib`` that importing a module executes, and the data beside them; sorted."""
    found: set[Path] = set()
    waiting = {module, STREAMS}
    while waiting:
        name = waiting.pop()
        if "." in name:
            waiting.add(name.rpartition(".")[0])
        file = module_file(lib, name)
        if file is None or file in found or (name.startswith(MACHINERY) and name != STREAMS):
            continue
        found.add(file)
        waiting |= _imports(lib, file)
    packages = {file.parent for file in found if file.name == "__init__.py"}
    return tuple(sorted(found.union(*map(_data, packages))))


_data = functools.cache(data_files)


@functools.cache
def source_key(lib: Path, module: str) -> str:
    """Digest of a module: its files, the lock, installed versions, and what steers arithmetic.

    It is taken once per process, when the study's module is imported: in a kernel that lives
    through an edit the file on disk is no longer the code in memory, and must not sign its results.
    """
    lock = lib.parent / "requirements.lock"
    text = lock.read_text("utf-8", "replace") if lock.is_file() else ""
    settings = f"{FORMAT} {platform.python_version()} {arithmetic_variables()}"
    named = [
        f"{file.relative_to(lib).as_posix()} {_digest(file)}" for file in files_of(lib, module)
    ]
    parts = (settings, text, installed_versions(text), *named)
    return digest(*(part.encode() for part in parts))[:16]


def younger_than(lib: Path, module: str, moment: float) -> bool:
    """Whether a source file of a module was written after a moment, in seconds since 1970."""
    files = (file for file in files_of(lib, module) if file.suffix == ".py")
    return any(file.stat().st_mtime > moment for file in files)


def unchanged(lib: Path, module: str) -> bool:
    """Whether the files of a module are still those that its key was taken of."""
    try:
        return all(digest(file.read_bytes()) == _digest(file) for file in files_of(lib, module))
    except OSError:
        return False


def argument_key(arguments: dict[str, Any]) -> str:
    """Digest of the arguments of a call, by name."""
    text = json.dumps(encode(arguments, "arguments"), sort_keys=True)
    return digest(text.encode())[:16]


def canonical(value: Any, where: str) -> Any:
    """An argument in the one form that has a key; the study gets this one too.

    Spelling stays, since it names random streams: 8 and 8.0 are two arguments. Only
    ``numpy.float64`` becomes a float, and -0.0 becomes 0.

    Args:
        value: A number, text, None, a tuple or a frozen dataclass of these.
        where: What messages call it.

    Raises:
        ValueError: If it is NaN, an array, a function, a generator or anything else.
    """
    if type(value) is np.float64:
        value = float(value)  # np.float64(0.5) prints otherwise
    if type(value) is float:
        if math.isnan(value):
            raise ValueError(f"{where} must be a number, got nan")
        return value + 0.0
    if type(value) in PLAIN:
        return value
    if type(value) is tuple:
        return tuple(canonical(v, f"{where}[{i}]") for i, v in enumerate(value))
    if dataclasses.is_dataclass(value) and type(value).__dataclass_params__.frozen:  # type: ignore[union-attr]
        names = [field.name for field in dataclasses.fields(value) if field.init]
        changed = {name: canonical(getattr(value, name), f"{where}.{name}") for name in names}
        return dataclasses.replace(value, **changed)  # type: ignore[type-var]
    raise ValueError(
        f"{where} must be a number, text, None, a tuple or a frozen dataclass of these, "
        f"got {type(value).__qualname__}"
    )
