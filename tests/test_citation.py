"""``CITATION.cff`` names the papers that the README says the book reproduces."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]


WITHOUT_A_PAPER = "your_own_network"
"""The chapter that holds the laws of the others against two networks."""


def test_the_papers_of_the_readme_are_the_references():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.*), \*(.*)\* \(\[arXiv:([\d.]+)\]", readme, re.MULTILINE)
    chapters = {path.stem for path in (ROOT / "chapters").glob("*.py")}
    assert {chapter for chapter, *_ in rows} == chapters - {WITHOUT_A_PAPER}
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["references"]
    assert len(cited) == len(rows)
    papers = {paper["url"].rpartition("/")[2]: paper for paper in cited}
    for _, authors, title, arxiv in rows:
        paper = papers[arxiv]
        assert paper["identifiers"][0]["value"] == f"arXiv:{arxiv}"
        assert paper["title"].startswith(title)
        names = [author["family-names"] for author in paper["authors"]]
        assert re.split(r", | and ", authors) == names
