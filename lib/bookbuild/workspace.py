"""Where a book keeps its sources and its results, and the settings of a run."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import jupytext
import yaml
from nbformat import NotebookNode
from sphinx_external_toc.parsing import MalformedError, parse_toc_yaml

from bookbuild.build_root import build_root
from traindyn.runs.context import SCALES


def read_notebook(source: Path) -> NotebookNode:
    """A text notebook as a notebook without outputs.

    Raises:
        ValueError: If there is no such file, or it is not UTF-8; a byte order mark is left out.
    """
    name = f"{source.parent.name}/{source.name}"
    if not source.is_file():
        raise ValueError(f"{name} must be a text notebook, but there is no such file")
    try:
        text = source.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{name} must be UTF-8: {error}") from None
    notebook: NotebookNode = jupytext.reads(text, fmt="py:percent")
    return notebook


@dataclass(frozen=True)
class Workspace:
    """A checkout of the book, its build root, and the scale and seed of its runs.

    Args:
        root: Folder that holds ``_toc.yml``, ``chapters/``, ``lib/`` and ``requirements.lock``.
        build: Build root, below which everything is written.
        scale: ``ci``, ``laptop`` or ``paper``.
        seed: Seed of the run, at least 0; 0 is the published one.

    Raises:
        ValueError: If scale or seed leave their range.
    """

    root: Path
    build: Path
    scale: str = "laptop"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.scale not in SCALES:
            raise ValueError(f"scale must be one of {', '.join(SCALES)}, got {self.scale!r}")
        if self.seed < 0:
            raise ValueError(f"seed must be at least 0, got {self.seed}")

    @classmethod
    def at(cls, root: Path, environ: Mapping[str, str] = os.environ) -> Workspace:
        """The workspace of a checkout with the settings of the environment.

        Args:
            root: Folder of the checkout.
            environ: Holds ``TRAINDYN_BUILD`` (default ``_build``), ``TRAINDYN_SCALE``
                (``laptop``) and ``TRAINDYN_SEED`` (``0``); an empty variable means its default.

        Raises:
            ValueError: If scale or seed leave their range.
        """
        root = root.resolve()
        seed = environ.get("TRAINDYN_SEED") or "0"
        if not (seed.isascii() and seed.isdecimal()):
            raise ValueError(f"TRAINDYN_SEED must be an integer of at least 0, got {seed!r}")
        scale = environ.get("TRAINDYN_SCALE") or "laptop"
        return cls(root, build_root(root, environ), scale, int(seed))

    def environment(self) -> dict[str, str]:
        """The variables from which :meth:`at` restores these settings."""
        return {
            "TRAINDYN_BUILD": str(self.build),
            "TRAINDYN_SCALE": self.scale,
            "TRAINDYN_SEED": str(self.seed),
        }

    @property
    def chapters(self) -> list[str]:
        """Names of the chapters in the table of contents, in its order.

        Raises:
            ValueError: If the table cannot be read.
        """
        return [page.name for page in self.pages if page.parent == Path("chapters")]

    @property
    def pages(self) -> tuple[Path, ...]:
        """Pages in the table of contents, in its order, as paths without an ending.

        Raises:
            ValueError: If the table cannot be read.
        """
        table = self.root / "_toc.yml"
        stat = table.stat()
        return _pages_in(table, (stat.st_mtime_ns, stat.st_size))

    def source(self, chapter: str) -> Path:
        """The text notebook of a chapter."""
        return self.root / "chapters" / f"{chapter}.py"

    def notebook(self, chapter: str) -> NotebookNode:
        """A chapter as a notebook without outputs.

        Raises:
            ValueError: If there is no such file, or it is not UTF-8.
        """
        return read_notebook(self.source(chapter))

    @property
    def lib(self) -> Path:
        """Folder of the packages that chapters import."""
        return self.root / "lib"

    @property
    def lock(self) -> Path:
        """The exact versions of all packages."""
        return self.root / "requirements.lock"

    @property
    def runs(self) -> Path:
        """Folder of the records at this scale."""
        return self.build / "runs" / self.scale

    @property
    def published(self) -> Path:
        """What of the build root the last publication wrote."""
        return self.build / "published.json"

    @property
    def claims(self) -> Path:
        """Folder of the published ledgers."""
        return self.build / "claims"

    @property
    def cache(self) -> Path:
        """The jupyter-cache that the site build reads."""
        return self.build / "cache"

    @property
    def doctrees(self) -> Path:
        """Pages as the last build read them, see :mod:`bookbuild.doctrees`."""
        return self.build / "doctrees"

    @property
    def output(self) -> Path:
        """Value of jupyter-book's ``--path-output``; it adds ``_build`` itself."""
        return self.build.parent if self.build.name == "_build" else self.build

    @property
    def site(self) -> Path:
        """Folder of the built pages."""
        return self.output / "_build" / "html"


@functools.lru_cache(maxsize=64)
def _pages_in(table: Path, stamp: tuple[int, int]) -> tuple[Path, ...]:
    """Pages of a table of contents, read once per state of its file: a build asks all the time."""
    del stamp
    try:
        pages = [Path(page) for page in parse_toc_yaml(table)]
    except (MalformedError, yaml.YAMLError, UnicodeDecodeError, TypeError) as error:
        raise ValueError(f"_toc.yml must be a table of contents: {error}") from None
    return tuple(page.with_suffix("") for page in pages)
