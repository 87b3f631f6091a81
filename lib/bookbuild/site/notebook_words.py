"""What a downloaded notebook says of claims, papers and other pages of the book."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from pybtex.database import Entry, parse_file
from pybtex.richtext import Text

from bookbuild.site.book import LEDGER_PAGE, Book
from bookbuild.site.claim_code import claim_functions
from bookbuild.site.number_card import short_text
from bookbuild.site.plain import Words
from traindyn.ledger import Row

GUIDE = (
    "Where the book shows a measured number, this notebook shows the name of its row, such as "
    '**{example}**: `run("{claim}").claim` prints the row with its number.'
)
"""Beginning of a notebook without numbers."""


def names_only(root: Path, site: str = "") -> Words:
    """Words of a notebook that was not executed: a claim is its name.

    Args:
        root: Folder of the book, for its library and its list of papers.
        site: Address of the built pages, for links; empty if there is none.
    """
    return Words(
        claim=lambda row: _linked(f"**{row}**", f"{LEDGER_PAGE}.html#{row}", site),
        claims=lambda chapter: _stated(root / "lib", chapter),
        cite=partial(_cited, root / "book" / "references.bib"),
        page=partial(_linked, site=site),
    )


def with_numbers(book: Book, root: Path, site: str = "") -> Words:
    """Words of a notebook that was executed: the numbers and verdicts of the published ledger.

    Args:
        book: The executed chapters.
        root: Folder of the book.
        site: Address of the built pages, for links; empty if there is none.
    """

    def claim(name: str) -> str:
        rows = book.find(name)[1]
        number = short_text(rows[0]) if len(rows) == 1 else name
        verdict = rows[0]["verdict" if len(rows) == 1 else "claim_verdict"]
        told = number if verdict == "verified" else f"{number} ({verdict})"
        return _linked(told, f"{LEDGER_PAGE}.html#{name}", site)

    return Words(
        claim=claim,
        claims=lambda chapter: _decided(book.chapter(chapter).rows),
        cite=partial(_cited, root / "book" / "references.bib"),
        page=partial(_linked, site=site),
    )


def _linked(text: str, page: str, site: str) -> str:
    return f"[{text}]({site.rstrip('/')}/{page})" if site else text


def _stated(lib: Path, chapter: str) -> str:
    """The claims of a chapter without their verdicts."""
    functions = claim_functions(lib, chapter).items()
    return "\n".join(f"* **{claim}** {function.statement}" for claim, function in functions)


def _decided(rows: list[Row]) -> str:
    """The claims of a chapter with their verdicts, as a table."""
    lines = ["| Claim | Statement | Parts | Verdict |", "| --- | --- | --- | --- |"]
    for claim, group in groupby(rows, key=itemgetter("claim")):
        parts = list(group)
        title = parts[0]["title"].replace("|", "\\|")
        lines.append(f"| {claim} | {title} | {len(parts)} | {parts[0]['claim_verdict']} |")
    return "\n".join(lines)


@cache
def _papers(file: Path) -> Mapping[str, Entry]:
    entries: Mapping[str, Entry] = parse_file(str(file)).entries
    return entries


def _cited(file: Path, key: str, in_sentence: bool) -> str:
    """A paper by its authors and year, with a link to it.

    Raises:
        ValueError: If no paper has that key.
    """
    papers = _papers(file)
    if key not in papers:
        raise ValueError(f"a citation must be a key of {file.name}, got {key!r}")
    entry = papers[key]
    people = [_family(person.last_names) for person in entry.persons["author"]]
    if len(people) > 3:
        names = f"{people[0]} et al."
    else:
        names = " and ".join(filter(None, [", ".join(people[:-1]), people[-1]]))
    year, address = entry.fields["year"], _address(entry.fields)
    text = f"{names} ({year})" if in_sentence else f"({names}, {year})"
    return f"[{text}]({address})" if address else text


def _family(names: list[str]) -> str:
    return str(Text.from_latex(" ".join(names)))


def _address(fields: Mapping[str, str]) -> str:
    """Where a paper can be read."""
    if "url" in fields:
        return fields["url"]
    if "doi" in fields:
        return f"https://doi.org/{fields['doi']}"
    note = fields.get("note", "")
    return f"https://arxiv.org/abs/{note[6:16]}" if note.startswith("arXiv:") else ""
