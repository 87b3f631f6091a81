"""The book as one PDF: Chromium prints all pages as one document, with an outline.

Pages are joined in the browser. The story comes first, every page up to the last chapter, in which
evidence is the line that it opens from. The appendix has the second level of the chapters, and all
pages after them, the rows of the ledger among them. Links between pages become links inside the
document; links to other files of the site keep the site's address if it is set, and lose their
target otherwise.
"""

from __future__ import annotations

import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from pathlib import Path

from bookbuild.finished import require_finished
from bookbuild.site.book import CHAPTERS
from bookbuild.site.browser import open_browser
from bookbuild.site.hosting import setting
from bookbuild.workspace import Workspace
from traindyn.system.files import write_file

FOOTER = (
    '<div style="font: 8px sans-serif; width: 100%; text-align: center">'
    '<span class="pageNumber"></span></div>'
)

TWICE = re.compile(rb"/Title (\(((?:[^()\\]|\\.)+)\2\)|<FEFF((?:[0-9A-F]{4})+)\3>)")
"""An entry of the outline whose title, as text or coded, is there twice."""

NOT_PRINTED = {"book/api", "book/code"}
"""Folders of pages that nobody reads on paper: code, and the reference of the rooms."""


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without a line per request."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def pages(workspace: Workspace) -> tuple[list[str], list[str]]:
    """Pages that are printed, in the order of the contents: to the last chapter, and after it."""
    printed = [page for page in workspace.pages if page.parent.as_posix() not in NOT_PRINTED]
    names = [f"{page.as_posix()}.html" for page in printed]
    end = 1 + max(place for place, name in enumerate(names) if name.startswith(f"{CHAPTERS}/"))
    return names[:end], names[end:]


def print_book(workspace: Workspace) -> Path:
    """Print the built site into ``book.pdf`` in the build root.

    Returns:
        The PDF's path.

    Raises:
        UnfinishedError: If there is no finished site of the current records.
        ValueError: If Chromium or playwright is missing.
        OSError: If it cannot be written.
    """
    require_finished(workspace)
    handler = partial(Quiet, directory=str(workspace.site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            printed = _print(workspace, f"http://127.0.0.1:{server.server_port}/")
        finally:
            server.shutdown()
    place = workspace.build / "book.pdf"
    write_file(place, printed)
    return place


def _print(workspace: Workspace, address: str) -> bytes:
    script = resources.files("bookbuild.site").joinpath("join_pages.js").read_text("utf-8")
    story, appendix = pages(workspace)
    with open_browser() as browser:
        page = browser.new_page(color_scheme="light")
        page.goto(address + story[0])
        page.evaluate(script, [story, appendix, setting(workspace, "html_baseurl")])
        printed = page.pdf(
            format="A4",
            outline=True,
            tagged=True,
            print_background=True,
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=FOOTER,
            margin={"top": "18mm", "bottom": "18mm", "left": "18mm", "right": "18mm"},
        )
    return single_titles(printed)


def single_titles(printed: bytes) -> bytes:
    """Mend the outline: Chromium writes a title twice that moves to the next sheet.

    The file keeps its length, since a PDF tells by their places where its objects are.

    >>> single_titles(b"/Title (WhyWhy) /Dest")
    b'/Title (Why)    /Dest'
    """
    return TWICE.sub(_once, printed)


def _once(found: re.Match[bytes]) -> bytes:
    title = b"(%b)" % found[2] if found[2] else b"<FEFF%b>" % found[3]
    return b"/Title " + title.ljust(len(found[1]))
