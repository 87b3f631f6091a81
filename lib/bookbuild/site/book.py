"""What the pages show: published ledgers and the runs behind them."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bookbuild.records import Record
from bookbuild.workspace import Workspace
from traindyn.ledger import Ledger, Row, read_ledger

if TYPE_CHECKING:  # Sphinx takes a second, which few commands need
    from sphinx.application import Sphinx

CHAPTERS = "chapters"
"""Folder of the chapters, relative to the book's root."""

LEDGER_PAGE = "book/ledger"
"""Document that holds one row per decided part of a claim."""

SHOWN_ORDER = ("verified", "falsified", "inconclusive", "toy")
"""Verdicts in the order in which pages list them."""


@dataclass(frozen=True)
class Chapter:
    """One executed chapter.

    Args:
        name: Name of the chapter, its room and its ledger file.
        source: File of its published ledger.
        ledger: Content of that file.
        record: The run that wrote it.
    """

    name: str
    source: Path
    ledger: Ledger
    record: Record

    @property
    def docname(self) -> str:
        """Name of the chapter's page."""
        return f"{CHAPTERS}/{self.name}"

    @property
    def letters(self) -> str:
        """What the ids of its claims begin with, and the numbers of its figures."""
        return str(self.rows[0]["id"]).partition("-")[0]

    @property
    def rows(self) -> list[Row]:
        """The rows of the ledger, one per part of a claim."""
        rows: list[Row] = self.ledger["claims"]
        return rows


@dataclass(frozen=True)
class Book:
    """The executed chapters of the book, in the order of its table of contents."""

    chapters: tuple[Chapter, ...]

    def chapter(self, name: str) -> Chapter:
        """The chapter of that name.

        Raises:
            ValueError: If no executed chapter has that name.
        """
        for chapter in self.chapters:
            if chapter.name == name:
                return chapter
        known = ", ".join(chapter.name for chapter in self.chapters) or "none"
        raise ValueError(f"chapter must be one of {known}, got {name!r}")

    def find(self, claim_id: str) -> tuple[Chapter, list[Row]]:
        """The chapter and the rows of a part (``BR-8a``) or of a whole claim (``BR-8``).

        Raises:
            ValueError: If no ledger holds the id.
        """
        for chapter in self.chapters:
            if rows := [row for row in chapter.rows if claim_id in (row["id"], row["claim"])]:
                return chapter, rows
        raise ValueError(f"claim {claim_id!r} is in no published ledger")


def verdicts(rows: Iterable[Row]) -> Counter[str]:
    """Number of claims per verdict; a claim with several parts counts once."""
    return Counter({row["claim"]: row["claim_verdict"] for row in rows}.values())


@functools.lru_cache(maxsize=64)
def _read(source: Path, stamp: tuple[int, int]) -> Ledger:
    """A ledger, read and checked once per state of its file: pages ask for it a thousand times."""
    del stamp
    return read_ledger(source)


def load_book(app: Sphinx) -> Book:
    """Read the published ledgers of the chapters in the table of contents.

    Raises:
        ValueError: If a file is no ledger or that of another chapter, or two hold the same id.
    """
    workspace = Workspace.at(Path(app.srcdir))
    chapters: list[Chapter] = []
    seen: dict[str, str] = {}
    for name in workspace.chapters:
        source = workspace.claims / f"{name}.json"
        if source.is_file():
            stat = source.stat()
            ledger = _read(source, (stat.st_mtime_ns, stat.st_size))
            if ledger["chapter"] != name:
                raise ValueError(f"{source.name} must hold {name!r}, got {ledger['chapter']!r}")
            for row in ledger["claims"]:
                if seen.setdefault(row["id"], name) != name:
                    raise ValueError(f"{row['id']} is a claim of {seen[row['id']]} and of {name}")
            run = workspace.build / "runs" / ledger["scale"] / f"{name}-{ledger['key']}"
            chapters.append(Chapter(name, source, ledger, Record(run)))
    return Book(tuple(chapters))
