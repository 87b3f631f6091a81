"""``codecheck.yml`` after CODECHECK's specification 2.0, with what an author may fill.

A check that nobody has made is not told: no codechecker, report, summary, certificate or time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import yaml

from bookbuild.evidence.citation import Citation

FILE = "codecheck.yml"

SPECIFICATION = "https://codecheck.org.uk/spec/config/2.0/"


class Output(NamedTuple):
    """A file that a codechecker shall make again."""

    file: str
    """Its place, relative to ``codecheck.yml``."""
    comment: str
    """What it is."""


def codecheck(citation: Citation, outputs: Sequence[Output], reference: str) -> dict[str, Any]:
    """The content of the file.

    Args:
        citation: Title and authors.
        outputs: The manifest.
        reference: Address of the book; empty: none is told.
    """
    authors = [
        {"name": author.name, **({"ORCID": author.orcid} if author.orcid else {})}
        for author in citation.authors
    ]
    paper: dict[str, Any] = {"title": citation.title, "authors": authors}
    if reference:
        paper["reference"] = reference
    return {
        "version": SPECIFICATION,
        "paper": paper,
        "manifest": [output._asdict() for output in outputs],
    }


def as_yaml(content: dict[str, Any]) -> str:
    """The text of the file: one document with its marker."""
    return yaml.safe_dump(content, explicit_start=True, sort_keys=False, allow_unicode=True)


def missing(content: dict[str, Any]) -> list[str]:
    """What an author must still tell before a check can be asked for, a line each."""
    lines = [
        f"{author['name']} has no ORCID in CITATION.cff"
        for author in content["paper"]["authors"]
        if "ORCID" not in author
    ]
    if "reference" not in content["paper"]:
        lines.append("the book has no address: html_baseurl in _config.yml")
    return lines
