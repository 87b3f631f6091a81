"""Style sheets, scripts and equations: everything a page loads lies in the site itself."""

from __future__ import annotations

import shutil
from pathlib import Path

from sphinx.application import Sphinx

STYLES = ("book.css", "tables.css", "plots.css", "print.css")
SCRIPTS = ("ledger.js", "interactive.js")

MATHJAX = ("tex-chtml.js", "output/chtml/fonts", "input/tex/extensions")
"""What pages load of MathJax: one output format, its fonts, extensions loaded by name."""


def trim_mathjax(app: Sphinx, error: Exception | None) -> None:
    """Delete the parts of MathJax that no page loads, and source maps of every script."""
    if error is not None or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    mathjax = static / "mathjax"
    keep = [mathjax / name for name in MATHJAX]
    for path in sorted(mathjax.rglob("*"), reverse=True):
        if any(path == k or k in path.parents or path in k.parents for k in keep):
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    for path in static.rglob("*.map"):
        path.unlink()


def setup(app: Sphinx) -> None:
    """Add styles and scripts, and trim what extensions copy."""
    for name in STYLES:
        app.add_css_file(name)
    for name in SCRIPTS:
        app.add_js_file(name, loading_method="defer")
    app.connect("build-finished", trim_mathjax, priority=900)
