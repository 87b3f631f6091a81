"""The key of a study: a hash of its arguments and of everything that it can execute or read."""

from __future__ import annotations

import dataclasses
import functools
import math
import platform
from pathlib import Path
from typing import Any

import numpy as np

from traindyn.runs.encoding import FORMAT, PLAIN
from traindyn.system.files import digest, source_files
from traindyn.system.imports import imports_of, module_file
from traindyn.system.versions import arithmetic_variables, installed_versions

LIB = Path(__file__).resolve().parents[2]
"""Folder of the packages; beside it lies the lock."""

_ENGINE = Path(__file__).resolve().parent
"""This package, which is in no key: its format number stands for it. Only streams are."""


@functools.cache
def _digest(path: Path) -> str:
    return digest(path.read_bytes())


@functools.cache
def _imports(path: Path) -> frozenset[str]:
    return frozenset(imports_of(LIB, path))


@functools.cache
def files_of(module: str) -> tuple[Path, ...]:
    """Files below ``lib`` that importing a module executes, and the data beside them; sorted."""
    found: set[Path] = set()
    waiting = {module}
    while waiting:
        name = waiting.pop()
        if "." in name:
            waiting.add(name.rpartition(".")[0])
        file = module_file(LIB, name)
        engine = file is not None and file.parent == _ENGINE and file.name != "context.py"
        if file is not None and file not in found and not engine:
            found.add(file)
            waiting |= _imports(file)
    packages = {file.parent for file in found if file.name == "__init__.py"}
    return tuple(sorted(found | {data for package in packages for data in _data(package)}))


def _data(package: Path) -> list[Path]:
    """Data of a package, also in folders that are no packages."""
    files = source_files(package)
    inner = {file.parent for file in files if file.name == "__init__.py"} - {package}
    return [file for file in files if file.suffix != ".py" and inner.isdisjoint(file.parents)]


@functools.cache
def source_key(module: str) -> str:
    """Key of a module: its files, the lock, installed versions, and what steers arithmetic.

    It is taken once per process, when a study's module is imported: in a kernel that lives through
    an edit the file on disk is no longer the code in memory, and must not sign its results.
    """
    lock = LIB.parent / "requirements.lock"
    text = lock.read_text("utf-8") if lock.is_file() else ""
    settings = f"{FORMAT} {platform.python_version()} {arithmetic_variables()}"
    named = [f"{file.relative_to(LIB).as_posix()} {_digest(file)}" for file in files_of(module)]
    return digest(*(part.encode() for part in (settings, text, installed_versions(text), *named)))


def unchanged(module: str) -> bool:
    """Whether the files of a module are still those that its key was taken of."""
    try:
        return all(digest(file.read_bytes()) == _digest(file) for file in files_of(module))
    except OSError:
        return False


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
