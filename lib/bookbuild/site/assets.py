"""Style sheets, scripts and equations: everything a page loads lies in the site itself."""

from __future__ import annotations

import shutil
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from bookbuild.site.html import raw
from bookbuild.site.svg import compact
from traindyn.interactive.figure import SHARED, STATIC

STYLES = ("book.css", "evidence.css", "tables.css", "plots.css", "interactive.css", "print.css")
SCRIPTS = ("evidence.js", "ledger.js", "interactive.js", "reach.js")

MATHJAX = ("tex-chtml.js", "output/chtml/fonts", "input/tex/extensions")
"""What pages load of MathJax: one output format, its fonts, extensions loaded by name."""


UNREAD = ("locales", "mathjax/input/tex/extensions/all-packages.js")
"""Translations of the theme, which its pages hold already; every extension of MathJax at once."""

ICONS = "scripts/fontawesome.js"
"""A script of the theme that draws icons which the fonts of its style sheet draw as well."""


def trim(app: Sphinx, error: Exception | None) -> None:
    """Delete shared files that no page needs, which outweigh the book, and compact drawings."""
    if error is not None or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    trim_mathjax(static / "mathjax")
    (static / ICONS).write_text("// Icons come from the fonts of the style sheet.\n")
    for name in UNREAD:
        remove(static / name)
    for kind in ("*.map", "*.ttf"):
        for path in static.rglob(kind):
            path.unlink()
    for drawing in Path(app.outdir, "_images").glob("*.svg"):
        drawing.write_text(compact(drawing.read_text("utf-8")), "utf-8")


def remove(path: Path) -> None:
    """Delete a file, or a folder with all that it holds."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def trim_mathjax(folder: Path) -> None:
    """Keep of MathJax what :data:`MATHJAX` lists."""
    keep = [folder / name for name in MATHJAX]
    for path in sorted(folder.rglob("*"), reverse=True):
        if any(path == k or k in path.parents or path in k.parents for k in keep):
            continue
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink()


def share(app: Sphinx, config: Config) -> None:
    """Let the site hold style sheet and script of moving figures."""
    del app
    config.html_static_path = [*config.html_static_path, str(STATIC)]


def drop_shared(app: Sphinx, doctree: nodes.document) -> None:
    """Take from moving figures what the site has once."""
    del app
    for output in list(doctree.findall(nodes.raw)):
        if SHARED in output.astext():
            output.replace_self(raw(output.astext().replace(SHARED, "")))


def setup(app: Sphinx) -> None:
    """Add styles and scripts, and trim what extensions copy."""
    app.connect("config-inited", share)
    for name in STYLES:
        app.add_css_file(name)
    for name in SCRIPTS:
        app.add_js_file(name, loading_method="defer")
    app.connect("doctree-read", drop_shared)
    app.connect("build-finished", trim, priority=900)
