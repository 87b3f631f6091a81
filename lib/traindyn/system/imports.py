"""Which modules a piece of Python imports, found without executing it."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path


def module_file(lib: Path, name: str) -> Path | None:
    """The file of a module below ``lib``, or None if there is none."""
    parts = name.split(".")
    if not all(part.isidentifier() for part in parts):
        return None
    path = lib.joinpath(*parts)
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if file.is_file():
            return file
    return None


def module_name(lib: Path, file: Path) -> str:
    """The dotted name of a module below ``lib``.

    >>> module_name(Path("lib"), Path("lib/traindyn/ledger/__init__.py"))
    'traindyn.ledger'
    """
    parts = file.relative_to(lib).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_names(source: str | bytes, package: str = "") -> Iterator[str]:
    """Every dotted name that a source may import, in functions and type-only blocks too.

    ``from a import b`` yields ``a`` and ``a.b``, because ``b`` may be a module. A relative import
    that leaves the outermost package fails when it is executed and yields nothing.

    Args:
        source: Python source; bytes are decoded as Python does.
        package: Package of the source, to resolve relative imports.

    Raises:
        SyntaxError: If it is no Python.

    >>> list(imported_names("import a.b; from . import c; from ..d import e", "p.q"))
    ['a.b', 'p.q', 'p.q.c', 'p.d', 'p.d.e']
    """
    above = package.split(".") if package else []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level > len(above):
                continue
            if node.level:
                parents = above[: len(above) - node.level + 1]
                base = ".".join([*parents, base] if base else parents)
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def imports_of(lib: Path, file: Path) -> set[str]:
    """Names of the modules below ``lib`` that a module imports directly.

    Raises:
        ValueError: If it is no Python, with its path and line.
    """
    name = module_name(lib, file)
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    try:
        names = _names_in(file.read_bytes(), package)
    except (SyntaxError, ValueError) as error:
        line = f", line {error.lineno}" if isinstance(error, SyntaxError) else ""
        path = file.relative_to(lib.parent).as_posix()
        raise ValueError(f"{path}{line}: {getattr(error, 'msg', error)}") from None
    return {name for name in names if module_file(lib, name)}


@functools.lru_cache(maxsize=2048)
def _names_in(source: bytes, package: str) -> frozenset[str]:
    """What a source may import, read once: the chapters share most of their modules."""
    return frozenset(imported_names(source, package))


def closure(lib: Path, names: set[str]) -> set[Path]:
    """Files of the modules below ``lib`` that importing ``names`` executes, directly or not.

    The packages that hold a module are executed before it, so they belong to the closure.
    """
    found: set[Path] = set()
    waiting = set(names)
    while waiting:
        name = waiting.pop()
        if "." in name:
            waiting.add(name.rpartition(".")[0])
        file = module_file(lib, name)
        if file is None or file in found:
            continue
        found.add(file)
        waiting |= imports_of(lib, file)
    return found
