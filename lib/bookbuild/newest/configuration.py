"""The settings of ``_config.yml`` as a configuration of Sphinx, which needs no jupyter-book."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

PACKAGE = "jupyter_book"
"""The extension that is left out."""

NAMES = {
    "title": "html_title",
    "author": "author",
    "copyright": "copyright",
    "only_build_toc_files": "external_toc_exclude_missing",
    "exclude_patterns": "exclude_patterns",
    "bibtex_bibfiles": "bibtex_bibfiles",
    "execute.execute_notebooks": "nb_execution_mode",
    "execute.timeout": "nb_execution_timeout",
    "parse.myst_enable_extensions": "myst_enable_extensions",
    "html.favicon": "html_favicon",
}
"""What Sphinx and its extensions call the settings of jupyter-book that the book uses."""

OFF = ("html.home_page_in_navbar", "html.use_multitoc_numbering")
"""Settings that jupyter-book must be told to leave alone; Sphinx does nothing by itself."""

DEFAULTS = {
    "html_theme": "sphinx_book_theme",
    "html_sourcelink_suffix": "",
    "numfig": True,
    "myst_url_schemes": ["mailto", "http", "https"],
    "nb_output_stderr": "show",
}
"""What jupyter-book sets unasked, as far as pages show it."""

NO_PAGES = ["_build", "**.ipynb_checkpoints"]

PLACES = ("html_favicon", "html_static_path", "templates_path", "bibtex_bibfiles")
"""Settings that hold paths: Sphinx takes them from the folder of the configuration."""


def configuration(root: Path) -> dict[str, Any]:
    """The configuration of Sphinx for the book in a folder.

    Args:
        root: Folder of ``_config.yml`` and ``_toc.yml``.

    Raises:
        ValueError: If ``_config.yml`` holds a setting that has no counterpart here, or is no YAML.
        OSError: If it cannot be read.
    """
    try:
        content = yaml.safe_load((root / "_config.yml").read_text("utf-8"))
        sphinx = content.pop("sphinx")
    except (yaml.YAMLError, UnicodeDecodeError, AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"_config.yml must be YAML with a section sphinx: {error!r}") from None
    made: dict[str, Any] = {**DEFAULTS, "external_toc_path": str(root / "_toc.yml")}
    for name, value in _flat(content).items():
        if name in OFF and value is False:
            continue
        if name not in NAMES:
            known = ", ".join([*NAMES, *OFF])
            raise ValueError(f"_config.yml: {name} has no counterpart; known are {known}")
        made[NAMES[name]] = value
    made |= sphinx["config"]
    extensions = [*made["extensions"], *sphinx.get("extra_extensions", [])]
    made["extensions"] = [name for name in extensions if name != PACKAGE]
    made["exclude_patterns"] = [*made.get("exclude_patterns", []), *NO_PAGES]
    return made | {name: _below(root, made[name]) for name in PLACES if name in made}


def _flat(content: dict[str, Any]) -> dict[str, Any]:
    """Settings by ``section.name``, those without a section by their names."""
    found: dict[str, Any] = {}
    for name, value in content.items():
        if isinstance(value, dict):
            found |= {f"{name}.{inner}": of for inner, of in value.items()}
        else:
            found[name] = value
    return found


def _below(root: Path, value: str | list[str]) -> str | list[str]:
    return str(root / value) if isinstance(value, str) else [str(root / part) for part in value]


def write_configuration(root: Path, folder: Path) -> dict[str, Any]:
    """Write ``conf.py`` for the book in ``root`` into a folder, and return what it sets.

    Args:
        root: Folder of ``_config.yml`` and ``_toc.yml``.
        folder: Where ``conf.py`` goes.

    Raises:
        ValueError: See :func:`configuration`.
        OSError: If a file cannot be read or written.
    """
    made = configuration(root)
    lines = [f"{name} = {value!r}" for name, value in sorted(made.items())]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "conf.py").write_text("\n".join(["# From _config.yml", *lines, ""]), "utf-8")
    return made
