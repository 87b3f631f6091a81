"""Properties of ``traindyn.system``."""

from __future__ import annotations

import ast
import hashlib
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import Property
from hypothesis import strategies as st

from traindyn.system import files, imports, locks

parts = st.lists(st.binary(max_size=9), max_size=4).map(tuple)


def equal(actual, expected):
    return actual == expected


def slow_digest(*pieces: bytes) -> str:
    text = b"".join(str(len(piece)).encode() + b" " + piece for piece in pieces)
    return hashlib.sha256(text).hexdigest()


def folder():
    return tempfile.TemporaryDirectory(prefix="properties-")


def fill(root: Path, contents: dict[str, bytes]) -> None:
    for name, content in contents.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)


def digest_of(contents, below):
    with folder() as name:
        root = Path(name)
        fill(root, contents)
        asked = sorted(root / path for path in contents)
        return files.digest_files(root / below, asked)


def slow_digest_of(contents, below):
    if below and not all(path.startswith(below + "/") for path in contents):
        return None
    cut = len(below) + 1 if below else 0
    order = sorted(contents, key=Path)
    return slow_digest(*(part for n in order for part in (n[cut:].encode(), contents[n])))


def written(before, content, kind):
    """What a file and its other names hold after writing, its mode, and what else lies there."""
    with folder() as name:
        root = Path(name)
        target = root / "deep" / "file.txt" if kind == "new folder" else root / "file.txt"
        if kind not in ("new", "new folder", "dangling link"):
            target.write_bytes(before)
            target.chmod(0o640)
        path = target
        if kind.endswith("link"):
            path = root / "link"
            path.symlink_to(target)
        if kind == "hard name":
            (root / "other").hardlink_to(target)
        files.write_file(path, content)
        mode = stat.S_IMODE(target.stat().st_mode) == 0o640
        return target.read_bytes(), path.is_symlink(), mode, len([*root.iterdir()])


def slow_written(before, content, kind):
    is_new = kind in ("new", "new folder", "dangling link")
    others = kind.endswith("link") or kind == "hard name"
    return content, kind.endswith("link"), not is_new, 1 + others


LIBRARY = {
    "p/__init__.py": b"",
    "p/a.py": b"import p.q.b\n",
    "p/q/__init__.py": b"from p import c\n",
    "p/q/b.py": b"def f():\n    from ..d import x\n",
    "p/c.py": b"import os, p.missing\n",
    "p/d.py": b"from . import a\n",
    "e.py": b"if False:\n    import p\n",
}
MODULES = ("p", "p.a", "p.q", "p.q.b", "p.c", "p.d", "e")
IMPORTED = {
    "p": set(),
    "p.a": {"p.q.b"},
    "p.q": {"p", "p.c"},
    "p.q.b": {"p.d"},
    "p.c": set(),
    "p.d": {"p", "p.a"},
    "e": {"p"},
}
names = st.sampled_from(MODULES)
some_names = st.one_of(names, st.sampled_from(["", "f", "p.f", "p.a.b", "..", "p..a", "os"]))


def file_of(name):
    path = name.replace(".", "/")
    return next((f for f in (f"{path}.py", f"{path}/__init__.py") if f in LIBRARY), None)


def in_library(look):
    """Apply a function to the library in a folder; paths come back relative to it."""

    def call(*arguments):
        with folder() as name:
            root = Path(name)
            fill(root, LIBRARY)
            found = look(root, *arguments)
            return found.relative_to(root).as_posix() if isinstance(found, Path) else found

    return call


def slow_closure(asked):
    found, waiting = set(), list(asked)
    while waiting:
        name = waiting.pop()
        waiting += [name.rpartition(".")[0]] if "." in name else []
        if name in IMPORTED and name not in found:
            found.add(name)
            waiting += IMPORTED[name]
    return {file_of(name) for name in found}


STATEMENTS = (
    ("import a", ["a"]),
    ("import a.b as c, d", ["a.b", "d"]),
    ("from a import b, c", ["a", "a.b", "a.c"]),
    ("from a.b import *", ["a.b", "a.b.*"]),
    ("from . import b", ["p.q", "p.q.b"]),
    ("from .b import c", ["p.q.b", "p.q.b.c"]),
    ("from ..b import c", ["p.b", "p.b.c"]),
    ("def f():\n    import a", ["a"]),
    ("x = 'import a'  # import b", []),
    ("", []),
    ("import", None),
    ("def f(:", None),
    ("\x00", None),
    ("from ....a import b", []),
)
statements = st.lists(st.sampled_from(STATEMENTS[:10]), max_size=4)
some_statements = st.lists(st.sampled_from(STATEMENTS), max_size=4)


def imported(chosen):
    source = "\n".join(text for text, _ in chosen)
    try:
        return sorted(imports.imported_names(source, "p.q"))
    except SyntaxError:
        ast_agrees(source)
        return None


def ast_agrees(source):
    try:
        ast.parse(source)
    except (SyntaxError, ValueError):
        return
    raise AssertionError("a source that Python reads was refused")


def slow_imported(chosen):
    if any(found is None for _, found in chosen):
        return None
    return sorted(name for _, found in chosen for name in found)


PROBE = (
    "import sys, filelock\n"
    "try:\n    filelock.FileLock(sys.argv[1]).acquire(timeout=0)\n"
    "except filelock.Timeout:\n    print('held')\n"
)


def lock_is_held(depth):
    """Whether another process finds the lock held inside, and free after."""
    with folder() as name:
        lock = Path(name).joinpath(*["deep"] * depth, "lock")

        def probe():
            command = [sys.executable, "-c", PROBE, str(lock)]
            return subprocess.run(command, capture_output=True, text=True, check=True).stdout

        with locks.held(lock):
            inside = probe()
        return inside.strip(), probe().strip()


def beside(name, through_link):
    """What lies beside a file while its lock is held; a link stands for its target."""
    with folder() as root:
        path = Path(root) / name
        path.write_bytes(b"")
        if through_link:
            (Path(root) / "a link").symlink_to(path)
            path = Path(root) / "a link"
        with locks.held_for(path):
            return len([*Path(root).iterdir()])


contents = st.dictionaries(
    st.sampled_from(["a/x", "a/y", "a/b/z", "b", "a/é"]), st.binary(max_size=4), max_size=4
)
kinds = st.sampled_from(["new", "new folder", "file", "link", "hard name"])

TABLE = {
    "traindyn.system.files.digest": Property(files.digest, slow_digest, parts, parts, agree=equal),
    "traindyn.system.files.digest_files": Property(
        digest_of,
        slow_digest_of,
        st.tuples(contents, st.just("")),
        st.tuples(contents, st.sampled_from(["", "a", "a/b", "missing"])),
        agree=equal,
    ),
    "traindyn.system.files.write_file": Property(
        written,
        slow_written,
        st.tuples(st.binary(), st.binary(), kinds),
        st.tuples(st.binary(), st.binary(), kinds | st.just("dangling link")),
        agree=equal,
    ),
    "traindyn.system.imports.module_file": Property(
        in_library(imports.module_file),
        file_of,
        st.tuples(names),
        st.tuples(some_names),
        agree=equal,
    ),
    "traindyn.system.imports.module_name": Property(
        lambda name: imports.module_name(Path("lib"), Path("lib") / str(file_of(name))),
        lambda name: name if file_of(name) else "None",
        st.tuples(names),
        st.tuples(some_names),
        agree=equal,
    ),
    "traindyn.system.imports.imported_names": Property(
        imported, slow_imported, st.tuples(statements), st.tuples(some_statements), agree=equal
    ),
    "traindyn.system.imports.imports_of": Property(
        in_library(lambda root, name: imports.imports_of(root, root / file_of(name))),
        IMPORTED.__getitem__,
        st.tuples(names),
        st.tuples(names),
        agree=equal,
    ),
    "traindyn.system.imports.closure": Property(
        in_library(
            lambda root, asked: {
                file.relative_to(root).as_posix() for file in imports.closure(root, set(asked))
            }
        ),
        slow_closure,
        st.tuples(st.lists(names, max_size=3)),
        st.tuples(st.lists(some_names, max_size=3)),
        agree=equal,
    ),
    "traindyn.system.locks.held": Property(
        lock_is_held,
        lambda depth: ("held", ""),
        st.tuples(st.just(1)),
        st.tuples(st.just(0)),
        agree=equal,
    ),
    "traindyn.system.locks.held_for": Property(
        beside,
        lambda name, through_link: 1 + through_link,
        st.tuples(st.sampled_from(["a", "é b", "-x"]), st.booleans()),
        st.tuples(st.sampled_from(["a", "é b", "-x"]), st.booleans()),
        agree=equal,
    ),
}
