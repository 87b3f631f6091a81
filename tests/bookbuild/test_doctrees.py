"""A build reads every page but those of the reference whose modules are as they were."""

from __future__ import annotations

import filecmp
import shutil

import pytest

from bookbuild import doctrees
from bookbuild.finished import SEAL, is_finished
from bookbuild.site.reference import PLACE, modules_digest

EXTENSIONS = (
    "[sphinx.ext.autodoc, sphinx.ext.autosummary, bookbuild.guard, bookbuild.site.reference, reads]"
)

READS = """\
from pathlib import Path

def note(app, page, source):
    with Path(app.srcdir, "reads").open("a") as file:
        file.write(page + "\\n")

def setup(app):
    app.connect("source-read", note)
"""

THEORY = '''\
"""What is known of throws."""

from traindyn import throws


def mean(bias: float) -> float:
    """Mean of a throw."""
    return bias
'''

REFERENCE = "book/api/coin"
OTHERS = ["chapters/coin", "chapters/die", "index"]
ALL = [REFERENCE, *OTHERS]


class Builds:
    """Builds of a planted book that has a page of reference."""

    def __init__(self, book):
        self.book = book
        self.passed, self.said = False, ""

    def read(self):
        """Build, and return the pages that were read."""
        log = self.book.root / "reads"
        log.unlink(missing_ok=True)
        status, self.said = self.book.make("build")
        self.passed = status == 0
        return sorted(log.read_text().split()) if log.exists() else []


@pytest.fixture
def builds(book):
    book.edit("_config.yml", "[bookbuild.guard]", EXTENSIONS)
    book.append("_config.yml", "    autosummary_generate: false\n")
    book.append("_toc.yml", f"  - file: {REFERENCE}\n")
    page, theory = book.root / f"{REFERENCE}.md", book.root / "lib/traindyn/coin/theory.py"
    page.parent.mkdir(parents=True)
    page.write_text(f"# Reference of the coin\n\n{PLACE}")
    (book.root / "lib" / "reads.py").write_text(READS)
    (theory.parent / "theory").mkdir()
    (theory.parent / "theory" / "law.py").write_text(THEORY)
    for chapter in ("coin", "die"):
        book.record(chapter)
    return Builds(book)


def same_pages(one, other):
    """Whether two sites hold the same files, to the last byte."""
    names = [
        sorted(file.relative_to(site).as_posix() for file in site.rglob("*") if file.is_file())
        for site in (one, other)
    ]
    return names[0] == names[1] and all(
        filecmp.cmp(one / name, other / name, shallow=False) for name in names[0] if name != SEAL
    )


def test_only_what_may_have_changed_is_read_and_every_page_is_written(builds, tmp_path):
    site = builds.book.workspace.site
    assert builds.read() == ALL
    assert builds.passed
    assert is_finished(builds.book.workspace)

    assert builds.read() == []
    assert builds.passed
    assert "the site is of the current records and sources" in builds.said

    builds.book.append("index.md", "\nAnother sentence.\n")
    assert not is_finished(builds.book.workspace)
    assert builds.read() == OTHERS
    assert "Another sentence" in (site / "index.html").read_text()
    assert "Mean of a throw" in (site / f"{REFERENCE}.html").read_text()

    kept = tmp_path / "site"
    shutil.copytree(site, kept)
    shutil.rmtree(builds.book.workspace.doctrees)
    shutil.rmtree(site)
    assert builds.read() == ALL
    assert same_pages(kept, site)

    builds.book.edit("lib/traindyn/coin/theory/law.py", "Mean of", "Mean value of")
    builds.book.record("coin")
    assert builds.read() == ALL
    assert "Mean value of a throw" in (site / f"{REFERENCE}.html").read_text()


def test_a_build_that_fails_or_damage_leaves_nothing_to_be_taken(builds):
    assert builds.read() == ALL
    builds.book.append("index.md", "\n{no-such-role}`x`\n")
    assert builds.read() == OTHERS
    assert not builds.passed
    assert not builds.book.workspace.doctrees.exists()

    builds.book.edit("index.md", "\n{no-such-role}`x`\n", "\nA page.\n")
    assert builds.read() == ALL
    assert builds.passed
    with (builds.book.workspace.doctrees / "environment.pickle").open("ab") as file:
        file.write(b"x")
    builds.book.edit("index.md", "A page.", "One page.")
    assert builds.read() == ALL
    assert builds.passed


def test_a_folder_is_taken_as_it_was_put_back(builds, tmp_path):
    workspace, place = builds.book.workspace, tmp_path / "made" / "doctrees"
    doctrees.take(workspace, place)
    assert not place.exists()
    place.mkdir(parents=True)
    (place / "page").write_text("read")
    doctrees.put_back(workspace, place)
    assert not place.exists()
    doctrees.take(workspace, place)
    assert [file.name for file in place.iterdir()] == ["page"]
    assert not workspace.doctrees.exists()

    doctrees.put_back(workspace, place)
    (workspace.doctrees / "another").write_text("not read")
    doctrees.take(workspace, place)
    assert not place.exists()
    assert not workspace.doctrees.exists()


CHANGES = {
    "the module itself": ("lib/traindyn/coin/theory/law.py", True),
    "a module that it imports": ("lib/traindyn/throws.py", True),
    "the lock": ("requirements.lock", True),
    "another room": ("lib/traindyn/die/__init__.py", False),
    "a chapter": ("chapters/coin.py", False),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_page_of_the_reference_is_made_of_what_its_modules_import(builds, name):
    file, expected = CHANGES[name]
    workspace = builds.book.workspace
    before = modules_digest(workspace, REFERENCE)
    builds.book.append(file, "numpy==1.0\n" if file.endswith("lock") else "\nMORE = 1\n")
    assert (modules_digest(workspace, REFERENCE) != before) == expected


def test_a_module_more_makes_another_page(builds):
    workspace = builds.book.workspace
    before = modules_digest(workspace, REFERENCE)
    (workspace.lib / "traindyn/coin/theory/limits.py").write_text("")
    assert modules_digest(workspace, REFERENCE) != before
