"""The build root: the one folder that the book may empty, and how to tell it from others.

This module needs nothing but Python, so that results can be removed without an environment:

    PYTHONPATH=lib python3 -m bookbuild.build_root
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

MARKER = ".traindyn-build"
"""File that marks a folder as a build root."""

OURS = {
    *(
        MARKER,
        "runs",
        "studies",
        "fonts",
        "claims",
        "published.json",
        "cache",
        "doctrees",
        "html",
        "publish",
        "book.pdf",
    ),
    *("bench.json", "links", "newest", "book.lock", "publish.lock", "snapshot"),
    *("_build", ".doctrees", "jupyter_execute", ".jupyter_cache"),  # of jupyter-book
}
"""What the book makes in a build root, besides what starts with a dot and one of these names."""

SYSTEM = {".DS_Store", "Thumbs.db", "desktop.ini"}
"""Files that a file manager makes in every folder that it shows."""

SOURCES = {"lib", "chapters", "book", "tests", ".git", ".venv"}
"""Folders of a checkout in which no build root may lie."""

GENERATED = "traindyn_generated"
"""Entry of a generated notebook's metadata: the digest of its text without this digest."""

_NO_DIGEST = "0" * 64


def build_root(root: Path, environ: Mapping[str, str]) -> Path:
    """The build root that ``TRAINDYN_BUILD`` names, ``_build`` if it is empty or not set."""
    return root / Path(environ.get("TRAINDYN_BUILD") or "_build").expanduser()


def require_build_root(root: Path, build: Path) -> None:
    """Refuse to write below a folder that is not the book's own.

    Args:
        root: The checkout.
        build: What shall be its build root.

    Raises:
        ValueError: If it is the checkout or a folder of its sources, home, a folder that holds
            these, a link, no folder, or holds files that the book did not make.
    """
    said = f"TRAINDYN_BUILD (--build) must name a folder of the book's own, got {build}"
    here, home = build.resolve(), Path.home().resolve()
    for name, place in (("the checkout", root.resolve()), ("your home", home)):
        if here == place or here in place.parents:
            raise ValueError(f"{said}, which holds {name}")
    if any(here.is_relative_to((root / name).resolve()) for name in SOURCES):
        raise ValueError(f"{said}, which lies among the sources")
    if build.is_symlink():
        raise ValueError(f"{said}, which is a link; name the folder that it leads to")
    if os.path.lexists(build) and not build.is_dir():
        raise ValueError(f"{said}, which is no folder")
    unmarked = build.is_dir() and not (build / MARKER).is_file()
    if unmarked and (strange := list(foreign(build))):
        raise ValueError(f"{said}, which holds {_shown(strange)}")


def claim_build_root(root: Path, build: Path) -> None:
    """Make a build root, with its mark.

    Raises:
        ValueError: If the folder is not the book's own.
        OSError: If it cannot be made.
    """
    require_build_root(root, build)
    build.mkdir(parents=True, exist_ok=True)
    if not (build / MARKER).exists():
        (build / MARKER).write_text("The book writes here; `make clean` removes this folder.\n")


def foreign(build: Path) -> Iterator[str]:
    """Names in a build root that the book did not make; a build root inside belongs to it."""
    for entry in sorted(build.iterdir()):
        aside = entry.name.startswith((".traindyn-", *(f".{name}" for name in OURS)))
        own = aside or entry.name in OURS | SYSTEM
        if own and not entry.is_symlink():
            continue
        marked = (entry / MARKER).is_file() or (entry / "runs").is_dir()
        nested = marked and not entry.is_symlink()
        if not nested or any(foreign(entry)):
            yield entry.name


def clean(root: Path, build: Path) -> Iterator[str]:
    """Remove the build root and the generated notebooks; yield a line for each that is kept.

    Raises:
        ValueError: If the build root is not the book's own, or somebody else's files lie in it;
            then nothing is removed.
    """
    require_build_root(root, build)
    if build.is_dir():
        if strange := list(foreign(build)):
            raise ValueError(f"{build} holds {_shown(strange)}, which the book did not make")
        shutil.rmtree(build)
    for notebook in sorted((root / "chapters").glob("*.ipynb")):
        if is_generated(notebook):
            notebook.unlink()
        else:
            yield f"kept {notebook.relative_to(root)}: somebody made or edited it"


def sign_generated(text: str) -> str:
    """The text of a notebook with its digest in place of the zeros that stand for it."""
    return text.replace(_NO_DIGEST, sha256(text.encode()).hexdigest(), 1)


def is_generated(notebook: Path) -> bool:
    """Whether a notebook is what the book generated, to the last byte."""
    try:
        text = notebook.read_text(encoding="utf-8")
        signed = json.loads(text)["metadata"][GENERATED]
        return sha256(text.replace(signed, _NO_DIGEST, 1).encode()).hexdigest() == signed
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _shown(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


if __name__ == "__main__":
    here = Path.cwd().resolve()
    if not (here / "_toc.yml").is_file():
        sys.exit(f"error: the current folder must hold a book's _toc.yml, got {here}")
    try:
        for line in clean(here, build_root(here, os.environ)):
            print(line)
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")
