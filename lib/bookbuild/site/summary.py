"""The directives ``{summary}`` and ``{status}``: the book's state in counts."""

from __future__ import annotations

from html import escape

from docutils.nodes import Node
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from bookbuild.records import Summary
from bookbuild.site.book import LEDGER_PAGE, Chapter, load_book, verdicts
from bookbuild.site.budget import random_tests
from bookbuild.site.html import chapter_label, counts, raw
from bookbuild.site.table import folding_table, plain_table
from traindyn.inference import BOOK_RANDOM_TESTS
from traindyn.ledger import Row

OF_THE_PAPERS = ("stated", "attributed")
"""Bases of claims that a paper makes; the others are derived in the book or go beyond."""

EXECUTION_COLUMNS = (
    "Chapter",
    "Time",
    "Cells",
    "Claims",
    "Random tests",
    "Scale",
    "Seed",
    "Finished",
    "Commit",
)


class SummaryDirective(SphinxDirective):
    """One line: how many claims are decided, and how."""

    def run(self) -> list[Node]:
        """Return the counts of the whole book, linked to the ledger."""
        book = load_book(self.env.app)
        for chapter in book.chapters:
            self.env.note_dependency(str(chapter.source))
        numbers = verdicts(row for chapter in book.chapters for row in chapter.rows)
        parts = sum(len(chapter.rows) for chapter in book.chapters)
        ledger = self.env.app.builder.get_relative_uri(self.env.docname, LEDGER_PAGE)
        text = f"<strong>{numbers.total()}</strong> claims in {parts} decided parts:"
        failed = _whose([row for chapter in book.chapters for row in chapter.rows])
        return [raw(f'<div class="summary"><p>{text}</p>{counts(numbers, ledger)}{failed}</div>')]


def _whose(rows: list[Row]) -> str:
    """How many falsified claims are those of the papers, and how many the book's own."""
    failed = {row["claim"]: row for row in rows if row["claim_verdict"] == "falsified"}.values()
    if not failed:
        return ""
    papers = sum(row["claim_basis"] in OF_THE_PAPERS for row in failed)
    own = len(failed) - papers
    return f"<p>Falsified: {papers} of the papers, {own} of the book's own hypotheses.</p>"


class StatusDirective(SphinxDirective):
    """The execution table and the versions of every run."""

    def run(self) -> list[Node]:
        """Return both tables."""
        book = load_book(self.env.app)
        for chapter in book.chapters:
            self.env.note_dependency(str(chapter.source))
            self.env.note_dependency(str(chapter.record.folder / "run.json"))
        runs = [(chapter, chapter.record.summary) for chapter in book.chapters]
        budget = (
            f"<p>The ledger makes <strong>{random_tests(book)}</strong> decisions about noisy "
            f"numbers. The error budget of the book pays for {BOOK_RANDOM_TESTS}.</p>"
        )
        return [raw(self._executions(runs) + budget + _versions(runs))]

    def _executions(self, runs: list[tuple[Chapter, Summary]]) -> str:
        relative = self.env.app.builder.get_relative_uri
        lines = []
        for chapter, run in runs:
            uri = relative(self.env.docname, chapter.docname)
            random_tests = sum(row["random_tests"] for row in chapter.rows)
            cells = [
                f"{run.seconds:.0f}\N{NO-BREAK SPACE}s",
                run.cells,
                verdicts(chapter.rows).total(),
                random_tests,
                run.scale,
                run.seed,
                run.finished.replace("T", " ").replace("+00:00", "\N{NO-BREAK SPACE}UTC"),
                run.commit,
            ]
            lines.append([f'<a href="{uri}">{chapter_label(chapter.name)}</a>', *map(_text, cells)])
        return folding_table("Executions", EXECUTION_COLUMNS, lines, "executions")


def _versions(runs: list[tuple[Chapter, Summary]]) -> str:
    environments = [{**chapter.ledger["environment"], **run.versions} for chapter, run in runs]
    names = sorted({name for environment in environments for name in environment})
    lines = []
    for name in names:
        values = sorted({str(environment.get(name, "")) for environment in environments})
        lines.append([_text(name), _text(", ".join(values))])
    return plain_table("Versions and processor", ("What", "Version"), lines)


def _text(value: object) -> str:
    return escape(str(value))


def setup(app: Sphinx) -> None:
    """Register the directives."""
    app.add_directive("summary", SummaryDirective)
    app.add_directive("status", StatusDirective)
