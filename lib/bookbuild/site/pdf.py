"""The book as one PDF: Chromium prints all pages as one document, with an outline.

Pages are joined in the browser. Links between pages become links inside the document; links to
other files of the site keep the site's address if it is set, and lose their target otherwise.
"""

from __future__ import annotations

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from pathlib import Path

from sphinx_external_toc.parsing import parse_toc_yaml

from bookbuild.finished import require_finished
from bookbuild.site.browser import open_browser
from bookbuild.site.hosting import setting
from bookbuild.workspace import Workspace
from traindyn.system.files import write_file

FOOTER = (
    '<div style="font: 8px sans-serif; width: 100%; text-align: center">'
    '<span class="pageNumber"></span></div>'
)

NOT_PRINTED = {"book/api", "book/code"}
"""Folders of pages that nobody reads on paper: code, and the reference of the rooms."""


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without a line per request."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def pages(workspace: Workspace) -> list[str]:
    """Pages of the table of contents that are printed, in its order."""
    toc = [Path(page) for page in parse_toc_yaml(workspace.root / "_toc.yml")]
    printed = [page for page in toc if page.parent.as_posix() not in NOT_PRINTED]
    return [page.with_suffix(".html").as_posix() for page in printed]


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
    names = pages(workspace)
    with open_browser() as browser:
        page = browser.new_page(color_scheme="light")
        page.goto(address + names[0])
        page.evaluate(script, [names, setting(workspace, "html_baseurl")])
        return page.pdf(
            format="A4",
            outline=True,
            tagged=True,
            print_background=True,
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=FOOTER,
            margin={"top": "18mm", "bottom": "18mm", "left": "18mm", "right": "18mm"},
        )
