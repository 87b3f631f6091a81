"""A folder ready for a static host, which is also what launch buttons open."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from html import escape
from pathlib import Path

import yaml

from bookbuild.finished import SEAL, finish, require_finished
from bookbuild.records import current_records
from bookbuild.site.notebooks import clean_notebook, text_notebooks
from bookbuild.workspace import Workspace
from traindyn.system.files import folder_aside, recover, source_files, write_file

PROJECT = (
    "environment.yml",
    "requirements.lock",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "CITATION.cff",
)
"""Files that a launched notebook's environment is made from, and how to cite it, beside ``lib``."""


def setting(workspace: Workspace, name: str) -> str:
    """A setting of ``_config.yml`` below ``sphinx: config:``; empty if it is not set."""
    text = (workspace.root / "_config.yml").read_text(encoding="utf-8")
    return str(yaml.safe_load(text)["sphinx"]["config"].get(name) or "")


def sitemap(base: str, pages: Iterable[str]) -> str:
    """A sitemap of pages.

    >>> print(sitemap("https://example.org/book/", ["book/intro.html"]))
    <?xml version="1.0" encoding="UTF-8"?>
    <urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
    <url><loc>https://example.org/book/book/intro.html</loc></url>
    </urlset>
    """
    lines = [f"<url><loc>{escape(base.rstrip('/'))}/{escape(page)}</loc></url>" for page in pages]
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">',
            *lines,
            "</urlset>",
        ]
    )


def prepare(workspace: Workspace) -> Path:
    """Copy the finished site, notebooks, their environment and the evidence into one folder.

    What an author must still tell before others can check the book is printed.

    Returns:
        The folder, ``publish`` in the build root; it is made aside and moved into place.

    Raises:
        UnfinishedError: If there is no finished site of the book as it is now.
        ValueError: If the citation lacks something.
        OSError: If the folder cannot be written.
    """
    require_finished(workspace, sources=True)
    place = workspace.build / "publish"
    recover(place)
    with folder_aside(place) as out:
        _fill(workspace, out)
        finish(workspace, out, place, current_records(workspace))
    return place


def _fill(workspace: Workspace, out: Path) -> None:
    ignore = shutil.ignore_patterns(".buildinfo*", SEAL)
    shutil.copytree(workspace.site, out, ignore=ignore, dirs_exist_ok=True)
    repository, base = setting(workspace, "book_repository"), setting(workspace, "html_baseurl")
    for source in text_notebooks(workspace.root / "chapters"):
        text = clean_notebook(source, repository, base)
        write_file(out / "chapters" / f"{source.stem}.ipynb", text.encode())
    for file in source_files(workspace.lib):
        copy = out / file.relative_to(workspace.root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
    for name in PROJECT:
        shutil.copyfile(workspace.root / name, out / name)
    (out / ".nojekyll").touch()
    from bookbuild.evidence.publishing import write_evidence  # only publishing needs its packages

    for line in write_evidence(
        workspace,
        out,
        current_records(workspace),
        description=setting(workspace, "book_description"),
        address=base,
        repository=repository,
    ):
        print(line)
    if base:
        pages = sorted(path.relative_to(out).as_posix() for path in out.rglob("*.html"))
        text = sitemap(base, (page for page in pages if page != "404.html"))
        (out / "sitemap.xml").write_text(text + "\n", encoding="utf-8")
