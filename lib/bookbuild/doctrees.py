"""Pages as a build has read them, kept for the next one.

Half of the time that a build reads goes to the reference of the library, which changes only with
the modules that it tells. Sphinx keeps what it read in a folder; :mod:`bookbuild.site.reference`
says which of these pages it may take from there. All others are read in every build.

A build takes the folder with it, and puts it back when it has succeeded: one that fails or is
killed leaves none, and the next build reads every page.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from bookbuild.workspace import Workspace
from traindyn.system.files import digest_files, remove, source_files, write_file

SEAL = "files.sha256"
"""File of the digest of all others."""


def take(workspace: Workspace, place: Path) -> None:
    """Move what the last build kept to where Sphinx looks for it; nothing if it is damaged.

    Raises:
        OSError: If it cannot be read or moved.
    """
    kept = workspace.doctrees
    seal = kept / SEAL
    if seal.is_file() and seal.read_bytes() == _digest(kept):
        seal.unlink()
        place.parent.mkdir(parents=True, exist_ok=True)
        kept.rename(place)
    remove(kept)


def put_back(workspace: Workspace, place: Path) -> None:
    """Keep the folder of a build that has succeeded.

    Raises:
        OSError: If it cannot be written or moved.
    """
    write_file(place / SEAL, _digest(place))
    remove(workspace.doctrees)
    shutil.move(place, workspace.doctrees)


def _digest(folder: Path) -> bytes:
    files = [file for file in source_files(folder) if file.name != SEAL]
    return digest_files(folder, files).encode()
