from __future__ import annotations

import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest

from bookbuild.finished import UnfinishedError
from bookbuild.site.pdf import pages, print_book, single_titles
from bookbuild.workspace import Workspace

ROOT = Path(__file__).parents[2]


OUTLINE = re.compile(rb"/Title \(([^)]*)\)\s*/Dest \[(\d+) 0 R")
"""An entry of the outline and the sheet it leads to; titles beyond ASCII are coded."""

STORY = 110
"""Sheets of the story, at most."""


@pytest.fixture(scope="module")
def printed(site: Path) -> bytes:
    assert Workspace.at(ROOT).site == site
    command = [sys.executable, "-m", "bookbuild", "pdf"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return Path(run.stdout.strip()).read_bytes()


@pytest.fixture(scope="module")
def numbers(printed: bytes) -> dict[bytes, int]:
    """The numbers of the sheets, from those of their objects."""
    sheets = re.findall(rb"(\d+) 0 obj\s*<</Type /Page\b(?!s)", printed)
    return {sheet: number for number, sheet in enumerate(sheets, start=1)}


@pytest.fixture(scope="module")
def sheets(printed: bytes, numbers: dict[bytes, int]) -> dict[str, int]:
    """The number of the sheet on which a title of the outline stands; the first, if some agree."""
    found: dict[str, int] = {}
    for title, sheet in OUTLINE.findall(printed):
        found.setdefault(title.decode(), numbers[sheet])
    return found


def title_of(site: Path, page: str) -> str:
    return unescape(re.search("<title>(.*?) &#8212; ", (site / page).read_text())[1])


@pytest.mark.browser
def test_the_book_prints_as_one_document_with_inner_links(printed: bytes) -> None:
    assert printed.startswith(b"%PDF")
    assert b"/StructTreeRoot" in printed
    targets = re.findall(rb"/URI \(([^)]*)\)", printed)
    assert targets
    assert not [t for t in targets if b"127.0.0.1" in t or t.startswith(b"file:")]
    assert printed.count(b"/Dest") > 20


@pytest.mark.browser
def test_the_story_comes_first_and_the_evidence_is_an_appendix(
    site: Path, sheets: dict[str, int]
) -> None:
    story, appendix = pages(Workspace.at(ROOT))
    chapters = [title_of(site, page) for page in story if page.startswith("chapters/")]
    ledger = [title_of(site, page) for page in appendix if page.endswith("ledger.html")]
    order = [*chapters, "Appendix: the evidence", *(f"More: {name}" for name in chapters), *ledger]
    assert [name for name in order if name not in sheets] == []
    places = [sheets[name] for name in order]
    assert places == sorted(places)
    assert sheets["Appendix: the evidence"] <= STORY + 1


@pytest.mark.browser
def test_a_row_stands_in_the_appendix_only(
    printed: bytes, numbers: dict[bytes, int], sheets: dict[str, int]
) -> None:
    """A row links to its permanent place; links stand in the file as in the document."""
    parts = re.findall(rb"/(book-ledger-html--[A-Z]{2}-\d+[b-z]) \[(\d+) 0 R", printed)
    assert parts
    assert min(numbers[sheet] for _, sheet in parts) >= sheets["Ledger"]
    links = re.findall(rb"/Dest /(\S+)", printed)
    begin = next(place for place, name in enumerate(links) if name.endswith(b"--more"))
    assert {name for name, _ in parts} & {*links[:begin]} == set()


@pytest.mark.browser
def test_no_title_stands_twice_in_an_entry_of_the_outline(printed: bytes) -> None:
    titles = [title for title, _ in OUTLINE.findall(printed)]
    assert [t for t in titles if t[: len(t) // 2] * 2 == t] == []


def test_a_mended_outline_keeps_the_places_of_all_objects() -> None:
    coded = b"<FEFF" + 2 * b"0041201900420020" + b">"
    outline = b"/Title (A \\(b\\)A \\(b\\))\n/Title %b\n/Title (papa b)\n" % coded
    mended = single_titles(outline)
    assert len(mended) == len(outline)
    titles = [b"(A \\(b\\))", b"<FEFF0041201900420020>", b"(papa b)"]
    assert [line.split(b" ", 1)[1].strip() for line in mended.splitlines()] == titles


def test_without_a_site_there_is_nothing_to_print(tmp_path: Path) -> None:
    with pytest.raises(UnfinishedError, match="there is no finished site"):
        print_book(Workspace(tmp_path, tmp_path / "_build"))
