"""The Chromium of the browser checks and of the PDF: one that opens a page, found or fetched.

``python -m bookbuild.site.browser`` prints its path. It is remembered in ``browser.json`` of the
environment; ``CHROMIUM`` names another one.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from bookbuild.site.browser_sources import FETCHED, Chromium, SourceError, installed
from traindyn.system.files import write_file
from traindyn.system.locks import held

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FLAGS = ("--no-sandbox", "--disable-gpu")
PATIENCE = 20_000
"""Milliseconds in which a Chromium must start, and open a page."""

HOW = """Install one (Debian: sudo apt-get install chromium; macOS: brew install --cask chromium),
or name one: make test CHROMIUM=/path/to/chromium"""


def _playwright() -> ModuleType:
    try:
        from playwright import sync_api  # only browsers need it
    except ModuleNotFoundError:
        raise ValueError("playwright must be installed to open a browser") from None
    return sync_api


@contextmanager
def opened(chromium: Chromium, flags: Sequence[str] = ()) -> Iterator[Browser]:
    """Run a Chromium without a window.

    Args:
        chromium: Which one.
        flags: Of its command line, beside those that it needs anywhere.

    Raises:
        ValueError: If playwright is missing, or Chromium does not start.
    """
    api = _playwright()
    with api.sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=chromium.executable,
                args=[*FLAGS, *flags],
                env={**os.environ, **chromium.variables},
                timeout=PATIENCE,
            )
        except api.Error as error:
            lines = str(error).splitlines()
            printed = [line.partition("[err] ")[2] for line in lines if "[err] " in line]
            reason = (printed or lines)[0].removeprefix("BrowserType.launch: ")
            raise ValueError(f"{chromium.executable} does not start: {reason}") from None
        try:
            yield browser
        finally:
            browser.close()


def fault(chromium: Chromium) -> str:
    """Why a Chromium does not open a page; empty if it does.

    Raises:
        ValueError: If playwright is missing.
    """
    api = _playwright()
    try:
        with opened(chromium) as browser:
            page = browser.new_page()
            page.goto("data:text/html,<title>a page</title>", timeout=PATIENCE)
            return "" if page.title() == "a page" else f"{chromium.executable} shows no page"
    except ValueError as error:
        return str(error)
    except api.Error as error:
        return f"{chromium.executable} opens no page: {str(error).splitlines()[0]}"


def find(folder: Path = Path(sys.prefix), *, fetch: bool = True) -> Chromium:
    """A Chromium that opened a page.

    The one that ``CHROMIUM`` names, else the remembered one, else one of this machine, else one
    that is fetched.

    Args:
        folder: Of the environment; it holds what is remembered and what is fetched.
        fetch: Whether to ask the network.

    Raises:
        ValueError: If there is none; the message lists what was tried, and what to do.
    """
    if named := os.environ.get("CHROMIUM"):
        chromium = Chromium(shutil.which(named) or named)
        if reason := fault(chromium):
            raise ValueError(f"CHROMIUM must name a Chromium that opens a page; {reason}")
        return chromium
    if not os.access(folder, os.W_OK):
        return _search(folder, fetch=False)
    with held(folder / "browser.lock", "Another process is looking for a browser; waiting."):
        if known := remembered(folder):
            return known
        found = _search(folder, fetch)
        write_file(folder / "browser.json", json.dumps(_entry(found), indent=1).encode())
        return found


def remembered(folder: Path) -> Chromium | None:
    """What was found before, if its file is still the same."""
    try:
        entry = json.loads((folder / "browser.json").read_text(encoding="utf-8"))
        chromium = Chromium(entry["executable"], entry["variables"])
        return chromium if _entry(chromium) == entry else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _entry(chromium: Chromium) -> dict[str, object]:
    status = Path(chromium.executable).stat()
    return {**asdict(chromium), "size": status.st_size, "modified": status.st_mtime_ns}


def _search(folder: Path, fetch: bool) -> Chromium:
    faults = []
    for chromium in installed():
        if not (reason := fault(chromium)):
            return chromium
        faults.append(reason)
    for name, source in FETCHED.items() if fetch else ():
        print(f"No Chromium here; trying {name}", file=sys.stderr, flush=True)
        try:
            for chromium in source(folder):
                if not (reason := fault(chromium)):
                    return chromium
                faults.append(f"{name}: {reason}")
        except (SourceError, OSError) as error:
            faults.append(f"{name}: {error}")
    tried = "".join(f"\n  {line}" for line in dict.fromkeys(faults))
    raise ValueError(f"no Chromium opens a page here.{tried}\n{HOW}")


@contextmanager
def open_browser(flags: Sequence[str] = ()) -> Iterator[Browser]:
    """Find a Chromium and run it; one that is remembered and has died is looked for again.

    Raises:
        ValueError: If there is none.
    """
    chromium = find()
    if fault(chromium):
        Path(sys.prefix, "browser.json").unlink(missing_ok=True)
        chromium = find()
    with opened(chromium, flags) as browser:
        yield browser


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the path of a Chromium.

    Returns:
        Exit status: 0 if there is one.
    """
    parser = argparse.ArgumentParser(prog="python -m bookbuild.site.browser", description=__doc__)
    parser.add_argument("--no-fetch", action="store_true", help="ask this machine only")
    options = parser.parse_args(arguments)
    try:
        print(find(fetch=not options.no_fetch).executable)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
