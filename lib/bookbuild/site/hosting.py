"""A folder ready for a static host, which is also what launch buttons open."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from html import escape
from pathlib import Path

import yaml

from bookbuild.site.notebooks import write_notebooks
from bookbuild.workspace import Workspace

PROJECT = ("environment.yml", "requirements.lock", "pyproject.toml", "README.md", "LICENSE")
"""Files that a launched notebook's environment is made from, beside ``lib``."""


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
    """Copy the built site, the generated notebooks and their environment into one folder.

    Returns:
        The folder, ``publish`` in the build root; it is made afresh.

    Raises:
        ValueError: If there is no built site.
    """
    site, out = workspace.site, workspace.build / "publish"
    if not (site / "index.html").is_file():
        raise ValueError(f"workspace must hold a built site, found none in {site}")
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(site, out, ignore=shutil.ignore_patterns(".buildinfo*"))
    write_notebooks(
        workspace.root / "chapters", out / "chapters", setting(workspace, "book_repository")
    )
    ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(workspace.lib, out / "lib", ignore=ignore)
    for name in PROJECT:
        shutil.copyfile(workspace.root / name, out / name)
    (out / ".nojekyll").touch()
    if base := setting(workspace, "html_baseurl"):
        pages = sorted(path.relative_to(out).as_posix() for path in out.rglob("*.html"))
        text = sitemap(base, (page for page in pages if page != "404.html"))
        (out / "sitemap.xml").write_text(text + "\n", encoding="utf-8")
    return out
