"""An environment with the newest Sphinx; what the pages import comes from the book's own."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path

from bookbuild.setup_environment import pip_settings, run, uv_options, uv_variables

BESIDE = "book.pth"
"""File that names the book's packages; Python looks there last."""


def distributions(extensions: Iterable[str]) -> list[str]:
    """The packages that bring Sphinx and some of its extensions.

    Args:
        extensions: Modules that the book's environment holds.

    Raises:
        ValueError: If one of them is of no installed package.

    >>> distributions(["sphinx.ext.autodoc", "sphinxcontrib.bibtex", "bookbuild.guard"])
    ['sphinx', 'sphinxcontrib-bibtex']
    """
    known = packages_distributions()
    found = {"sphinx"}
    for name in extensions:
        top = name.partition(".")[0]
        if top == __name__.partition(".")[0]:
            continue
        if top not in known:
            raise ValueError(f"extensions must be installed, got {name}")
        names = {package.lower().replace("_", "-") for package in known[top]}
        exact = name.lower().replace("_", "-").replace(".", "-")  # several share a namespace
        found.add(exact if exact in names else min(names))
    return sorted(found)


def make_environment(place: Path, packages: Iterable[str], lib: Path) -> Path:
    """Make an environment anew and return its Python.

    Args:
        place: Its folder; what is there is removed.
        packages: Their newest versions are installed.
        lib: Folder of the book's own packages.

    Raises:
        SetupError: If a package cannot be installed.
        OSError: If the folder cannot be written.
    """
    here = Path(sys.prefix, "bin", "python")
    uv, python = here.with_name("uv"), place / "bin" / "python"
    run([uv, "venv", "--quiet", "--clear", "--python", here, place])
    settings = pip_settings(run([here, "-m", "pip", "config", "list"]))
    install: list[str | Path] = [uv, "pip", "install", "--quiet", "--python", python, *packages]
    run([*install, *uv_options(settings)], uv_variables(settings))
    (site,) = place.glob("lib/python*/site-packages")
    (site / BESIDE).write_text(f"{sysconfig.get_path('purelib')}\n{lib}\n", encoding="utf-8")
    return python
