"""The built site in Chromium over loopback: axe re-reads style sheets, which file:// forbids."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from bookbuild.site.browser import open_browser
from bookbuild.workspace import Workspace

ROOT = Path(__file__).parents[2]
FLAGS = (
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Keep requests out of the output of the tests."""


@pytest.fixture(scope="session")
def site() -> Path:
    """The folder of the built pages."""
    folder = Workspace.at(ROOT).site
    if not (folder / "index.html").is_file():
        pytest.fail(f"no built site in {folder.relative_to(ROOT)}: run make test, or make book")
    return folder


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """The site's address on this machine, with a slash at its end."""
    handler = functools.partial(Quiet, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="session")
def new_context() -> Iterator[Callable[..., BrowserContext]]:
    """Opens a reader's window in one browser; nothing moves on its pages.

    A style that changes slowly has, in between, values that no reader is meant to read.
    """
    with open_browser(FLAGS) as browser:
        yield functools.partial(browser.new_context, reduced_motion="reduce")


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Iterator[Page]:
    with new_context() as context:
        yield context.new_page()


@pytest.fixture
def plain_page(new_context: Callable[..., BrowserContext]) -> Iterator[Page]:
    """A page in a browser without scripts."""
    with new_context(java_script_enabled=False) as context:
        yield context.new_page()
