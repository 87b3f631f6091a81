"""Files and folders written whole or not at all, digests, and which files are sources."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import itertools
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

LEFTOVER = re.compile(
    r"[.#~].*|.*[~#]|__pycache__|.*\.egg-info|Thumbs\.db|[Dd]esktop\.ini|Icon\r?|\d+"
    r"|.*\.(pyc|pyo|swp|swo|orig|rej|bak|old|save|tmp|temp|part|lock|BACKUP|LOCAL|REMOTE|BASE)"
)
"""Names that editors, version control, Python and the file manager leave beside sources."""

ASIDE = ".traindyn-part-"
"""How the name of a file begins that is written aside; one that a kill left may be removed."""


def digest(*parts: bytes) -> str:
    """SHA-256 of byte strings in order; where one ends and the next begins counts.

    >>> digest(b"ab", b"c") == digest(b"a", b"bc")
    False
    """
    total = hashlib.sha256()
    for part in parts:
        total.update(b"%d " % len(part) + part)
    return total.hexdigest()


def digest_files(root: Path, files: Iterable[Path]) -> str:
    """SHA-256 over the contents of files and their paths relative to a root.

    Raises:
        OSError: If a file cannot be read.
        ValueError: If a file does not lie below the root.
    """
    named = ((file.relative_to(root).as_posix().encode(), file.read_bytes()) for file in files)
    return digest(*(part for pair in named for part in pair))


def write_file(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old content or the new, never a part of it.

    A path means what it means to a shell: a link is followed, a device or a pipe receives the
    content, and ``/dev/stdout`` is what this process writes to. The new content is written beside
    the file and moved into its place; mode and owner stay. Where the folder takes no new file, or
    the file has other names (hard links), it is written in place, which a reader can see half done.

    Args:
        path: The file; its folder is made if it is missing.
        content: All of it.

    Raises:
        OSError: If it cannot be written: a folder of that name, no permission, a full disk, a pipe
            that nobody reads.
    """
    if (descriptor := _own_descriptor(path)) is not None:
        with os.fdopen(os.dup(descriptor), "wb") as file:
            file.write(content)
        return
    try:
        old = path.stat()
    except FileNotFoundError:
        old = None
    if old is not None and (not stat.S_ISREG(old.st_mode) or old.st_nlink > 1):
        _write_in_place(path, content)
        return
    if old is not None and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    target = Path(os.path.realpath(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        _replace(target, old, content)
    except OSError as error:
        if old is None or error.errno not in _NO_NEW_FILE:
            raise
        _write_in_place(target, content)


def require_writable(path: Path) -> None:
    """Find out whether :func:`write_file` may write a path, without writing or making anything.

    Raises:
        OSError: If it may not: a folder of that name, a folder that is a file, no permission.
    """
    if _own_descriptor(path) is not None:
        return
    place = path
    try:
        wrong = errno.EISDIR if stat.S_ISDIR(path.stat().st_mode) else errno.EACCES
    except FileNotFoundError:
        place = Path(os.path.realpath(path)).parent
        while not place.exists():
            place = place.parent
        wrong = errno.EACCES if place.is_dir() else errno.ENOTDIR
    if wrong != errno.EACCES or not os.access(place, os.W_OK):
        raise OSError(wrong, os.strerror(wrong), str(place))


_NO_NEW_FILE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY}
"""Why a file that can be written cannot be replaced: its folder, or that it is a mount point."""


def _replace(target: Path, old: os.stat_result | None, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=ASIDE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if old is None:
            Path(name).chmod(0o666 & ~_umask())
        else:
            Path(name).chmod(stat.S_IMODE(old.st_mode))
            if (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()) and os.geteuid() == 0:
                os.chown(name, old.st_uid, old.st_gid)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _write_in_place(path: Path, content: bytes) -> None:
    # without O_NONBLOCK the opening of a pipe that nobody reads would wait forever
    descriptor = os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_NONBLOCK)
    os.set_blocking(descriptor, True)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def _own_descriptor(path: Path) -> int | None:
    """The descriptor of this process that a path names, as ``/dev/stdout`` does, or None."""
    place = Path(path).absolute()
    for _ in range(40):  # links in a row, as the system allows
        folder = Path(os.path.realpath(place.parent))
        if str(folder) in {f"/proc/{os.getpid()}/fd", "/dev/fd"} and place.name.isdecimal():
            return int(place.name[:9])
        if not place.is_symlink():
            return None
        place = folder / place.readlink()
    return None


def _umask() -> int:
    """The mask of this process, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def is_source(name: str) -> bool:
    """Whether a file or folder of that name belongs to the sources that it lies among.

    Hidden ones do not, nor what editors and systems leave behind, nor a ``.py`` file that no
    statement can import.

    >>> [is_source(name) for name in ("law.py", "law.json", ".law.py.swp", "law (copy).py")]
    [True, True, False, False]
    """
    stem, dot, suffix = name.rpartition(".")
    importable = stem.isidentifier() if dot and suffix == "py" else True
    return importable and not LEFTOVER.fullmatch(name)


def source_files(folder: Path) -> list[Path]:
    """The sources below a folder, sorted; empty if there is no such folder.

    Raises:
        OSError: If a folder cannot be read.
    """

    def fail(error: OSError) -> None:
        raise error

    found = []
    if folder.is_dir():
        for place, folders, names in os.walk(folder, onerror=fail):
            folders[:] = filter(is_source, folders)
            found += [Path(place) / name for name in filter(is_source, names)]
    return sorted(file for file in found if file.is_file())


def data_files(package: Path) -> list[Path]:
    """Data in the folder of a package and in folders below it that are no packages, sorted.

    Raises:
        OSError: If a folder cannot be read.
    """
    files = source_files(package)
    inner = {file.parent for file in files if file.name == "__init__.py"} - {package}
    return [file for file in files if file.suffix != ".py" and inner.isdisjoint(file.parents)]


@contextlib.contextmanager
def folder_aside(place: Path) -> Iterator[Path]:
    """A new folder beside a place, to be filled and then moved there; removed if it was not.

    Raises:
        OSError: If it cannot be made.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}-"))
    try:
        aside.chmod(0o777 & ~_umask())
        yield aside
    finally:
        remove(aside)


def move_into_place(finished: Path, place: Path) -> None:
    """Put a finished folder in the place of another one, which is there until it is replaced.

    Raises:
        OSError: If a folder cannot be moved.
    """
    old = place.with_name(f".{place.name}.old")
    remove(old)
    if place.exists():
        place.rename(old)
    finished.rename(place)
    remove(old)


def recover(place: Path) -> None:
    """Undo a :func:`move_into_place` that was killed half way."""
    old = place.with_name(f".{place.name}.old")
    if old.exists() and not place.exists():
        old.rename(place)


def remove(folder: Path) -> None:
    """Remove a folder of ours as far as the system allows; what cannot be removed stays."""
    if not folder.exists():
        return
    with contextlib.suppress(OSError):
        folder.chmod(0o700)
        for place, folders, _ in os.walk(folder):
            for name in folders:  # before the walk enters it
                if not os.access(inner := Path(place) / name, os.R_OK | os.W_OK | os.X_OK):
                    inner.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


def keep_aside(path: Path, folder: Path | None = None) -> Path:
    """Give a file or folder that somebody else made a free name, and return that.

    Args:
        path: The file.
        folder: Where it goes; default: beside its old name.

    Raises:
        OSError: If it cannot be renamed.
    """
    folder = folder or path.parent
    folder.mkdir(parents=True, exist_ok=True)
    names = (folder / f"{path.stem}.kept-{i}{path.suffix}" for i in itertools.count(1))
    kept = next(name for name in names if not os.path.lexists(name))
    path.rename(kept)
    return kept
