"""Who made the book, under which licenses, and after which papers: ``CITATION.cff``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FILE = "CITATION.cff"

SPDX = "https://spdx.org/licenses/"
"""Addresses of licenses begin with it."""


@dataclass(frozen=True)
class Author:
    """An author of the book.

    Args:
        name: Of a person or a group.
        orcid: The plain identifier of a person; empty if none is told.
    """

    name: str
    orcid: str = ""


@dataclass(frozen=True)
class Paper:
    """A paper that the book reproduces.

    Args:
        title: Its title.
        url: Where it is read.
    """

    title: str
    url: str


@dataclass(frozen=True)
class Citation:
    """How the book is cited.

    Args:
        title: Its title.
        version: Its version.
        authors: At least one.
        licenses: SPDX identifiers.
        keywords: What it is about.
        papers: What it reproduces.
    """

    title: str
    version: str
    authors: tuple[Author, ...]
    licenses: tuple[str, ...]
    keywords: tuple[str, ...]
    papers: tuple[Paper, ...]


def read_citation(root: Path) -> Citation:
    """The citation of a book.

    Args:
        root: Folder of the book.

    Raises:
        ValueError: If the file lacks what a citation holds.
        OSError: If it cannot be read.
    """
    try:
        content = yaml.safe_load((root / FILE).read_text(encoding="utf-8"))
        licenses = content["license"]
        return Citation(
            str(content["title"]),
            str(content["version"]),
            tuple(map(_author, content["authors"])),
            tuple([licenses] if isinstance(licenses, str) else map(str, licenses)),
            tuple(map(str, content.get("keywords", ()))),
            tuple(Paper(str(p["title"]), str(p["url"])) for p in content.get("references", ())),
        )
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{FILE} must hold title, version, authors, license: {error!r}") from None


def _author(entry: dict[str, Any]) -> Author:
    name = entry.get("name") or f"{entry['given-names']} {entry['family-names']}"
    return Author(str(name), str(entry.get("orcid", "")).rstrip("/").rpartition("/")[2])
