"""Properties of ``traindyn.system``: folders, processes, versions."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from harness import Property
from hypothesis import strategies as st

from traindyn.system import files, processes, versions

stem = st.sampled_from(
    ["law", "1law", "law (copy)", ".law", "._law", "#law", "law~", "4913", "a.b"]
)
ending = st.sampled_from(["", ".py", ".json", ".py~", ".pyc", ".swp", ".bak", ".lock", ".npz", "#"])
file_name = st.builds("".join, st.tuples(stem, ending))
path = st.tuples(st.sampled_from(["", "a/", "a/b/", ".c/"]), file_name).map("".join)
tree = st.dictionaries(path, st.binary(max_size=3), max_size=5)


def equal(actual, expected):
    return actual == expected


def fill(root: Path, contents: dict[str, bytes]) -> None:
    for name, content in contents.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)


def held(root: Path) -> dict[str, bytes]:
    """What a folder holds: files by path."""
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def inside(action):
    """Run an action in a new folder."""

    def run(*arguments):
        with tempfile.TemporaryDirectory(prefix="properties-") as name:
            return action(Path(name), *arguments)

    return run


def slow_is_source(name):
    """The rule spelled out ending by ending."""
    if name[0] in ".#~" or name[-1] in "~#" or name.isdigit():
        return False
    if name in ("Thumbs.db", "desktop.ini", "Desktop.ini", "Icon", "Icon\r", "__pycache__"):
        return False
    parts = name.split(".")
    bad = ["pyc", "pyo", "swp", "swo", "orig", "rej", "bak", "old", "save", "tmp", "temp", "part"]
    bad += ["lock", "BACKUP", "LOCAL", "REMOTE", "BASE"]
    if len(parts) > 1 and (parts[-1] in bad or parts[-1] == "egg-info"):
        return False
    return parts[-1] != "py" or len(parts) == 1 or name[:-3].isidentifier()


@inside
def listed(root, contents):
    fill(root, contents)
    return [path.relative_to(root).as_posix() for path in files.source_files(root)]


def slow_listed(contents):
    good = [name for name in contents if all(map(slow_is_source, name.split("/")))]
    return [path.as_posix() for path in sorted(map(Path, good))]


@inside
def through_aside(root, contents, old, finished):
    """What lies in a place after a folder was filled aside, and finished or not."""
    place = root / "deep" / "place"
    if old is not None:
        fill(place, {"old": old})
    with files.folder_aside(place) as aside:
        fill(aside, contents)
        if finished:
            files.move_into_place(aside, place)
    return held(root)


def slow_through_aside(contents, old, finished):
    if finished:
        return {f"deep/place/{name}": content for name, content in contents.items()}
    return {} if old is None else {"deep/place/old": old}


@inside
def recovered(root, old, new):
    """What lies in a place that was left half way, with or without a successor."""
    for name, content in ((".place.old", old), ("place", new)):
        if content is not None:
            fill(root / name, {"page": content})
    files.recover(root / "place")
    return held(root)


def slow_recovered(old, new):
    if new is not None:
        kept = {} if old is None else {".place.old/page": old}
        return {"place/page": new, **kept}
    return {} if old is None else {"place/page": old}


@inside
def removed(root, contents, closed):
    fill(root / "place", contents)
    for folder in root.rglob("*"):
        if closed and folder.is_dir():
            folder.chmod(0o500)
    files.remove(root / "place")
    return held(root)


@inside
def kept(root, name, taken):
    for number in range(1, taken + 1):
        (root / f"{Path(name).stem}.kept-{number}{Path(name).suffix}").touch()
    (root / name).write_bytes(b"mine")
    return files.keep_aside(root / name).name, held(root)


def slow_kept(name, taken):
    first, dot, last = name.rpartition(".")
    if not first.strip("."):  # a name that begins with its only dot has no ending
        first, dot, last = name, "", ""
    names = [f"{first}.kept-{number}{dot}{last}" for number in range(1, taken + 2)]
    return names[-1], {**dict.fromkeys(names[:-1], b""), names[-1]: b"mine"}


def status_of(code, name):
    """The exit status of a command, and the variable that it is told."""
    command = [sys.executable, "-S", "-c", f"import os, sys; sys.exit({code})"]
    with tempfile.TemporaryDirectory(prefix="properties-") as place:
        return processes.run(command, cwd=Path(place), environment={"NAME": name})


def handled(number):
    """How a child that was told to end leaves."""
    if not (child := os.fork()):
        try:
            processes.exit_on_signals()
            os.kill(os.getpid(), number)
        except SystemExit as leaving:
            os._exit(int(leaving.code) - 100)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def follows(supervised):
    """Whether following a parent that lives leaves a process alone."""
    if not (child := os.fork()):
        os.environ.pop(processes.SUPERVISOR, None)
        if supervised:
            os.environ[processes.SUPERVISOR] = "1"
        processes.follow_parent()
        os._exit(7)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def slow_versions(lock):
    names = sorted({line.split("==")[0] for line in lock.split()})
    known = {d.metadata["Name"]: d.version for d in metadata.distributions()}
    return "\n".join(f"{name} {known.get(name, 'missing')}" for name in names)


KMP = ("KMP_BLOCKTIME", "KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK")
variables = st.dictionaries(
    st.sampled_from(
        ["OMP_NUM_THREADS", "OMP_X", "MKL_CBWR", "HOME", "XMKL_", "OPENBLAS_A", "NPY_", *KMP]
    ),
    st.sampled_from(["", "1", "é"]),
)
locks = st.lists(st.sampled_from(["numpy==1", "scipy==2.0", "none==3", "torch==0"])).map("\n".join)
maybe = st.one_of(st.none(), st.binary(max_size=3))


def entry(call, reference, arguments):
    return Property(call, reference, arguments, arguments, agree=equal)


FILES = "traindyn.system.files"
TABLE = {
    f"{FILES}.is_source": entry(files.is_source, slow_is_source, st.tuples(file_name)),
    f"{FILES}.source_files": entry(listed, slow_listed, st.tuples(tree)),
    f"{FILES}.folder_aside": entry(
        through_aside, slow_through_aside, st.tuples(tree, maybe, st.booleans())
    ),
    f"{FILES}.move_into_place": entry(
        through_aside, slow_through_aside, st.tuples(tree, maybe, st.just(True))
    ),
    f"{FILES}.recover": entry(recovered, slow_recovered, st.tuples(maybe, maybe)),
    f"{FILES}.remove": entry(removed, lambda *_: {}, st.tuples(tree, st.booleans())),
    f"{FILES}.keep_aside": entry(
        kept, slow_kept, st.tuples(st.sampled_from(["a.ipynb", "a.b.json", "a"]), st.integers(0, 3))
    ),
    "traindyn.system.processes.run": entry(
        status_of, lambda code, _: code, st.tuples(st.integers(0, 200), st.sampled_from(["", "é"]))
    ),
    "traindyn.system.processes.exit_on_signals": entry(
        handled,
        lambda number: 28 + number,
        st.tuples(st.sampled_from([signal.SIGTERM, signal.SIGHUP])),
    ),
    "traindyn.system.processes.follow_parent": entry(
        follows, lambda _: 7, st.tuples(st.booleans())
    ),
    "traindyn.system.versions.arithmetic_variables": entry(
        versions.arithmetic_variables,
        lambda given: {
            name: given[name]
            for name in sorted(given)
            if given[name]
            and name.split("_")[0] in {"OMP", "MKL", "OPENBLAS", "NPY", "KMP"}
            and name not in {"OMP_NUM_THREADS", *KMP[1:]}
        },
        st.tuples(variables),
    ),
    "traindyn.system.versions.installed_versions": entry(
        versions.installed_versions, slow_versions, st.tuples(locks)
    ),
}
