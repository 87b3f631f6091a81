"""A page per chapter with the source of every claim and of its studies.

A page of the folder :data:`FOLDER` that has the name of a chapter gets a section per claim, which
opens to its code. The lines are those of the files that run: ``literalinclude`` reads them when the
site is built. It takes lines and not objects, because the sizes of a study are constants.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from bookbuild.site.book import Chapter, load_book
from bookbuild.site.claim_code import ClaimCode, Definition, code_of_claims
from bookbuild.site.typeset import set_indices
from bookbuild.workspace import Workspace

FOLDER = "book/code"
"""Folder of the pages."""

PLACE = "% the code of every claim is put here by bookbuild.site.code_pages\n"
"""Line of a page that becomes the sections."""


def pages_of_code(env: BuildEnvironment) -> dict[str, str]:
    """The page that shows the code of a claim, by its id; filled while pages are read."""
    pages: dict[str, str] = vars(env).setdefault("pages_of_code", {})
    return pages


def merged(definitions: Iterable[Definition], text: Sequence[str]) -> str:
    """Lines of pieces of one file, in its order, with the empty lines before each but the first.

    >>> one, two, far = (Definition(*lines, (), False) for lines in ((1, 1), (3, 4), (7, 8)))
    >>> text = ["A = 1", "", "def f(x):", "    return x", "B = 2", "", "def g(x):", "    return -x"]
    >>> merged([far, two, one, two], text)
    '1-4,6-8'
    """
    pieces: list[tuple[int, int]] = []
    for first, last in sorted({(part.first, part.last) for part in definitions}):
        while pieces and not text[first - 2].strip():
            first -= 1
        if pieces and first <= pieces[-1][1] + 1:
            first, _ = pieces.pop()
        pieces.append((first, last))
    return ",".join(f"{first}-{last}" for first, last in pieces)


def sections(lib: Path, chapter: Chapter) -> dict[str, str]:
    """A section for every claim of a chapter's ledger that has code, in Markdown."""
    codes = code_of_claims(lib, chapter.name)
    titles = {row["claim"]: row["title"] for row in chapter.rows}
    return {
        claim: _section(lib, chapter.name, claim, title, code)
        for claim, title in titles.items()
        if (code := codes.get(claim))
    }


def _section(lib: Path, room: str, claim: str, title: str, code: ClaimCode) -> str:
    count = sum(part.last - part.first + 1 for parts in code.lines.values() for part in parts)
    blocks = [
        f"## {claim}",
        title,
        f'<details class="evidence" id="code-{claim}"><summary>{count} lines of {claim}</summary>',
    ]
    for module, parts in code.lines.items():
        file = lib / f"{'/'.join(module.split('.'))}.py"
        lines = merged(parts, file.read_text(encoding="utf-8").splitlines())
        name, place = file.relative_to(lib / "traindyn" / room), file.relative_to(lib.parent)
        blocks.append(
            f"`{name.as_posix()}`\n\n```{{literalinclude}} /{place.as_posix()}\n"
            f":lines: {lines}\n:language: python\n```"
        )
    if code.shown_with:
        others = ", ".join(f'<a href="#code-{other}">{other}</a>' for other in code.shown_with)
        blocks.append(f"It shares code that stands with {others}.")
    if code.elsewhere:
        names = ", ".join(f"{{py:obj}}`~{module}.{name}`" for module, name in code.elsewhere)
        blocks.append(f"Theory and experiments that it uses: {names}.")
    return "\n\n".join([*blocks, "</details>\n"])


def insert_code(app: Sphinx, page: str, source: list[str]) -> None:
    """Put the sections in their place on the page of a chapter, and note which are there."""
    if PLACE in source[0]:
        chapter = load_book(app).chapter(page.rpartition("/")[2])
        made = sections(Workspace.at(Path(app.srcdir)).lib, chapter)
        source[0] = source[0].replace(PLACE, "\n".join(made.values()))
        pages_of_code(app.env).update(dict.fromkeys(made, page))


def lower_indices(app: Sphinx, doctree: nodes.document) -> None:
    """Set the indices in what the claims of a page state, as the ledger does."""
    if app.env.docname.startswith(f"{FOLDER}/"):
        for paragraph in doctree.findall(nodes.paragraph):
            set_indices(paragraph)


def setup(app: Sphinx) -> None:
    """Fill the pages when they are read."""
    app.connect("source-read", insert_code)
    app.connect("doctree-read", lower_indices)
