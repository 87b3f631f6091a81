"""Files written whole or not at all, and digests of files."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path


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

    A path means what it means to a shell: a link is followed, and a device or a pipe receives the
    content. The new content is written beside the file and moved into its place; mode and owner
    stay. Where the folder takes no new file, or the file has other names (hard links), it is
    written in place, which a reader can see half done.

    Args:
        path: The file; its folder is made if it is missing.
        content: All of it.

    Raises:
        OSError: If it cannot be written: a folder of that name, no permission, a full disk, a pipe
            that nobody reads.
    """
    target = Path(os.path.realpath(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        old = target.stat()
    except FileNotFoundError:
        old = None
    if old is not None and (not stat.S_ISREG(old.st_mode) or old.st_nlink > 1):
        _write_in_place(target, content)
        return
    if old is not None and not os.access(target, os.W_OK):
        raise PermissionError(13, "Permission denied", str(path))
    try:
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except PermissionError:
        if old is None:
            raise
        _write_in_place(target, content)
        return
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


def _umask() -> int:
    """The mask of this process, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
