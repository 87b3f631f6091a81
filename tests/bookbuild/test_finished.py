"""What is served and published is a finished site of the records and pages as they are now."""

from __future__ import annotations

import json

import pytest

from bookbuild.build import serve_site
from bookbuild.finished import SEAL, UnfinishedError, finish, foreign_files, require_finished
from bookbuild.records import current_records
from bookbuild.site.hosting import prepare


@pytest.fixture
def site(book):
    """A book with records and a site of one page."""
    for chapter in ("coin", "die"):
        book.record(chapter)
    return build(book)


def build(book, page="page"):
    made = book.root / "made"
    made.mkdir()
    (made / "index.html").write_text(page)
    book.workspace.site.parent.mkdir(exist_ok=True)
    finish(book.workspace, made, book.workspace.site, current_records(book.workspace))
    return book


def test_a_finished_site_is_accepted(site):
    require_finished(site.workspace, sources=True)


BREAKS = {
    "no site": lambda book: book.workspace.site.rename(book.root / "away"),
    "no seal": lambda book: (book.workspace.site / SEAL).unlink(),
    "half a seal": lambda book: (book.workspace.site / SEAL).write_text('{"files": '),
    "a page changed": lambda book: (book.workspace.site / "index.html").write_text("half"),
    "a page lost": lambda book: (book.workspace.site / "index.html").unlink(),
    "a page too many": lambda book: (book.workspace.site / "more.html").touch(),
    "code edited": lambda book: book.edit("chapters/coin.py", "print(", "print( "),
    "a record damaged": lambda book: next(book.workspace.runs.glob("coin*/claims.json")).unlink(),
    "a chapter more": lambda book: book.edit(
        "_toc.yml", "  - file: chapters/die\n", "  - file: chapters/die\n  - file: chapters/dice\n"
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_anything_else_is_neither_served_nor_published(site, name):
    if name == "a chapter more":
        (site.root / "chapters/dice.py").write_text((site.root / "chapters/die.py").read_text())
    BREAKS[name](site)
    if name == "a chapter more":
        site.record("dice")
    for use in (serve_site, prepare, require_finished):
        with pytest.raises(UnfinishedError, match="make book"):
            use(site.workspace)


@pytest.mark.parametrize("file", ["index.md", "chapters/coin.py", "_config.yml"])
def test_edited_prose_is_not_published_from_an_old_site(site, file):
    if file == "index.md":
        (site.root / "book").mkdir()
        (site.root / "book/page.md").write_text("# New\n")
    elif file == "chapters/coin.py":
        site.edit(file, "The end.", "That was all.")
    else:
        site.append(file, "author: somebody\n")
    require_finished(site.workspace)
    with pytest.raises(UnfinishedError, match="older than its pages"):
        require_finished(site.workspace, sources=True)


def test_a_site_that_holds_a_foreign_file_is_kept(site, capsys):
    notes = site.workspace.site / "notes.txt"
    notes.write_text("mine")
    assert foreign_files(site.workspace.site) == ["notes.txt"]
    build(site, "new page")
    assert "html holds notes.txt, which the book did not write; kept as html.kept-1" in (
        capsys.readouterr().out
    )
    assert (site.workspace.site.with_name("html.kept-1") / "notes.txt").read_text() == "mine"
    assert (site.workspace.site / "index.html").read_text() == "new page"
    require_finished(site.workspace)


def test_the_seal_names_the_records(site):
    seal = json.loads((site.workspace.site / SEAL).read_text())
    records = current_records(site.workspace)
    assert seal["records"] == {name: record.summary.key for name, record in records.items()}
