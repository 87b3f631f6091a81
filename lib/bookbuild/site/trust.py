"""The directive ``{trust}``: how often the ledger may be wrong, and what it was tried against.

It reads the published ledgers and three files of ``book/data``: the mutants that were tried, the
seeds that were run, and the faults that were planted.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from html import escape
from pathlib import Path
from typing import Any

from docutils.nodes import Node
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from bookbuild.site.book import Book, load_book
from bookbuild.site.budget import random_tests
from bookbuild.site.html import chapter_label, raw
from bookbuild.site.seeds import seeds
from bookbuild.site.table import folding_table, plain_table
from traindyn.inference import BOOK_ERROR_RATE, BOOK_RANDOM_TESTS, critical_value
from traindyn.ledger import ORIGINS, Row
from traindyn.system.files import digest

MUTANTS = Path("book", "data", "mutants.json")
SEEDS = Path("book", "data", "seeds.json")
FAULTS = Path("book", "data", "faults.json")
CATALOGUE = Path("tests", "mutants")
"""Where the mutants stand, a file per chapter."""

MUTANT_COLUMNS = (
    "Chapter",
    "In the catalog",
    "Tried",
    "Caught",
    "Survived",
    "Too coarse",
    "On older code",
)

OUTCOMES = {"blunt": "moves a number too far", "crash": "crashed"}
"""Outcomes that their names do not explain."""

FAULTS_OF_KIND = {
    "kill": "a command or its processes are killed",
    "engine": "claims that run side by side are killed",
    "damage": "a stored file is damaged",
    "book": "the same with the book itself",
    "disk": "a disk is full or a folder read-only",
}
"""What the kinds of the fault table mean."""

Entry = dict[str, Any]


class TrustDirective(SphinxDirective):
    """A part of the page, one of ``PARTS``: ``promise``, ``rows``, ``mutants`` and others."""

    required_arguments = 1

    def run(self) -> list[Node]:
        """Return the part."""
        name = self.arguments[0]
        if name not in PARTS:
            raise self.error(f"part must be one of {', '.join(PARTS)}, got {name!r}")
        book, root = load_book(self.env.app), Path(self.env.app.srcdir)
        for chapter in book.chapters:
            self.env.note_dependency(str(chapter.source))
        for file in (MUTANTS, SEEDS, FAULTS):
            self.env.note_dependency(str(root / file))
        try:
            return [raw(PARTS[name](book, root))]
        except (OSError, ValueError, KeyError, TypeError) as error:
            fault = f"{type(error).__name__}: {error}"
            raise self.error(f"the files of {name} must be what make writes: {fault}") from None


def promise(book: Book, root: Path) -> str:
    """The error rate that is promised, and what it costs."""
    del root
    made = random_tests(book)
    return (
        f"<p>The ledger makes <strong>{made:,}</strong> decisions about noisy numbers. "
        f"The error budget pays for {BOOK_RANDOM_TESTS:,}, at z = {critical_value():.2f}. Then the "
        f"chance that noise alone turns even one of them wrong is at most {BOOK_ERROR_RATE:g}, "
        f"and {made * BOOK_ERROR_RATE / BOOK_RANDOM_TESTS:.1g} for those that were made.</p>"
    )


def rows(book: Book, root: Path) -> str:
    """What the rows compare, where their bounds come from, and the kinds of their controls."""
    del root
    found = [row for chapter in book.chapters for row in chapter.rows]
    controls = Counter(control["kind"] for row in found for control in row["controls"])
    origins = Counter(row["rule"]["origin"] for row in found)
    seen = sum(row["seen"] for row in found)
    lines = [
        *_counted("Compares", Counter(row["compares"] for row in found).most_common()),
        *_counted("Bound from", [(o, origins[o]) for o in ORIGINS if origins[o]]),
        *_counted("Control", controls.most_common()),
        ["Result at seed 0 known before the rule took its form", f"{seen:,}"],
    ]
    return plain_table(f"The {len(found):,} rows of the ledger", ("What", "Rows"), lines)


def _counted(name: str, counts: Iterable[tuple[str, int]]) -> list[list[str]]:
    return [[f"{name}: {escape(kind)}", f"{count:,}"] for kind, count in counts]


def mutants(book: Book, root: Path) -> str:
    """How many mutants each chapter caught."""
    table = read_table(root / MUTANTS, "mutants")
    lines = []
    total: Counter[str] = Counter()
    for chapter in book.chapters:
        catalogue = _catalogue(root, chapter.name)
        tried = [table[name] for name in catalogue if name in table]
        counts = Counter(entry["outcome"] for entry in tried)
        numbers = Counter(
            known=len(catalogue),
            tried=len(tried),
            caught=counts["caught"],
            survived=counts["survived"],
            coarse=counts["blunt"] + counts["crash"],
            older=sum(not is_current(entry, chapter.rows) for entry in tried),
        )
        total += numbers
        lines.append([chapter_label(chapter.name), *_cells(numbers)])
    lines.append(["All", *_cells(total)])
    present = total["tried"] - total["older"]
    said = f"<p>Of {total['known']:,} mutants {present:,} were tried on the present code.</p>"
    return said + folding_table("Mutants by chapter", MUTANT_COLUMNS, lines, "executions")


def _cells(numbers: Counter[str]) -> list[str]:
    names = ("known", "tried", "caught", "survived", "coarse", "older")
    return [f"{numbers[name]:,}" for name in names]


def survivors(book: Book, root: Path) -> str:
    """The mutants that were not caught, one line each, or that there is none."""
    table = read_table(root / MUTANTS, "mutants")
    if not table:
        return "<p>No mutant was tried yet.</p>"
    alive = [
        table[name]
        for chapter in book.chapters
        for name in _catalogue(root, chapter.name)
        if name in table and table[name]["outcome"] != "caught"
    ]
    if not alive:
        return "<p>Every mutant that was tried was caught.</p>"
    items = "".join(
        f"<li>{escape(entry['what'])} ({escape(', '.join(entry['claims']))}: "
        f"{escape(_outcome(str(entry['outcome'])))})</li>"
        for entry in alive
    )
    return f"<p>These were tried and not caught:</p><ul>{items}</ul>"


def faults(book: Book, root: Path) -> str:
    """How many faults were planted, by kind, and after how many something was wrong."""
    del book
    found = json.loads((root / FAULTS).read_text(encoding="utf-8"))["trials"]
    tried = Counter(trial["kind"] for trial in found)
    wrong = Counter(trial["kind"] for trial in found if trial["wrong"])
    lines = [
        [escape(FAULTS_OF_KIND.get(kind, kind)), f"{number:,}", f"{wrong[kind]:,}"]
        for kind, number in tried.most_common()
    ]
    return plain_table("Planted faults", ("Fault", "Trials", "Wrong afterwards"), lines)


def _outcome(name: str) -> str:
    return OUTCOMES.get(name, name)


def read_table(file: Path, name: str) -> dict[str, Entry]:
    """The entries of a table by their ids; empty if nothing was run yet.

    Raises:
        ValueError: If the file is no such table.
    """
    if not file.is_file():
        return {}
    content = json.loads(file.read_text(encoding="utf-8"))
    return {entry["id"]: entry for entry in content[name]}


def _catalogue(root: Path, chapter: str) -> list[str]:
    """The ids of a chapter's mutants."""
    file = root / CATALOGUE / f"{chapter}.json"
    if not file.is_file():
        return []
    return [entry["id"] for entry in json.loads(file.read_text(encoding="utf-8"))]


def is_current(entry: Entry, found: list[Row]) -> bool:
    """Whether a mutant was tried on the sources that made the published rows of its claims."""
    keys = {row["claim"]: row["key"] for row in found}
    own = digest(*(keys.get(claim, "").encode() for claim in entry["claims"]))[:16]
    return bool(entry["sources"] == own)


PARTS: dict[str, Callable[[Book, Path], str]] = {
    "promise": promise,
    "rows": rows,
    "mutants": mutants,
    "survivors": survivors,
    "seeds": lambda book, root: seeds(book, root / SEEDS),
    "faults": faults,
}


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("trust", TrustDirective)
