r"""Notebooks to take away: no role and no directive is left, and what stands there instead."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from bookbuild.site.book import Book, Chapter
from bookbuild.site.notebook_words import names_only, with_numbers
from bookbuild.site.notebooks import clean_notebook
from bookbuild.site.plain import Words, make_plain
from bookbuild.workspace import Workspace
from traindyn.ledger.chapters import registry_of

ROOT = Path(__file__).parents[3]
CHAPTERS = Workspace.at(ROOT).chapters

WORDS = Words(
    claim=lambda name: f"<{name}>",
    claims=lambda name: f"claims of {name}",
    cite=lambda key, in_sentence: key.upper() if in_sentence else key,
    page=lambda text, address: f"{text} at {address}",
)

MARKUP = re.compile(r"\{[a-z][\w:-]*\}`|^ *:::|^ *`{3,}\{|\$\$ *\(|^\([\w-]+\)=$", re.MULTILINE)
"""What no notebook program understands."""


def plain(*cells, letters=""):
    """Sources of the cells of a notebook, after its conversion."""
    notebook = new_notebook(
        cells=[new_markdown_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    )
    make_plain(notebook, WORDS, letters)
    return [cell.source for cell in notebook.cells]


def test_roles_become_words():
    text = (
        "{claim}`A-1`, {cite:t}`x`, {cite}`x`, {doc}`a page </book/page>`, {doc}`/book/other`; "
        "`{claim}` is no role."
    )
    assert plain(text) == [
        "<A-1>, X, x, a page at book/page.html, /book/other at book/other.html; "
        "`{claim}` is no role."
    ]


def test_equations_have_numbers_and_references_name_them():
    source = "By {eq}`b` and {eq}`a`\n\n$$\nx\n$$ (a)\n\n$$\ny\n$$ (b)\n\n$$\nz\n$$"
    assert plain(source) == [
        "By (2) and (1)\n\n$$\nx\n\\tag{1}\n$$\n\n$$\ny\n\\tag{2}\n$$\n\n$$\nz\n$$"
    ]


def test_numbers_begin_with_the_letters_of_the_chapter():
    figure = new_code_cell("draw()", metadata={"mystnb": {"figure": {"caption": "It."}}})
    assert plain("By {eq}`a`\n\n$$\nx\n$$ (a)", figure, letters="HA") == [
        "By (HA-1)\n\n$$\nx\n\\tag{HA-1}\n$$",
        "draw()",
        "**Figure HA-1.** It.",
    ]


def test_figures_have_captions_and_references_name_them():
    figures = [
        new_code_cell("draw()", metadata={"tags": ["hide-input"], "mystnb": {"figure": figure}})
        for figure in (
            {"name": "fig-a", "caption": "One, {claim}`A-1`."},
            {"name": "fig-b", "caption": "Two."},
        )
    ]
    assert plain("See {numref}`fig-b`.", *figures) == [
        "See Figure 2.",
        "draw()",
        "**Figure 1.** One, <A-1>.",
        "draw()",
        "**Figure 2.** Two.",
    ]


def test_headings_are_linked_as_notebook_programs_do():
    source = "The [list](my-list), [elsewhere](https://a.org).\n\n(my-list)=\n### All of it"
    assert plain(source) == ["The [list](#All-of-it), [elsewhere](https://a.org).\n\n### All of it"]


def test_theorems_exercises_and_boxes_have_titles():
    theorem = (
        "```{prf:theorem} Name of $x$\n:label: thm\n\nIt holds by {eq}`e`.\n```\n{prf:ref}`thm`"
    )
    exercise = "```{exercise-start} Do it\n:label: ex\n```\nDo.\n```{exercise-end}\n```"
    solution = ["```{solution-start} ex\n:class: dropdown\n```\nDone.", "```{solution-end}\n```"]
    box = "```{admonition} What was read\n:class: dropdown\nAll.\n```\nText"
    assert plain("$$\nx\n$$ (e)", theorem, exercise, *solution, box, ":::{note}\nSo.\n:::") == [
        "$$\nx\n\\tag{1}\n$$",
        "**Theorem 1** (Name of $x$).\n\nIt holds by (1).\n\nTheorem 1",
        "**Exercise 1** (Do it).\n\nDo.",
        "**Solution of exercise 1.**\n\nDone.",
        "**What was read.**\nAll.\n\nText",
        "**Note.**\nSo.",
    ]


def test_code_stays():
    source = "```python\n{claim}`A-1`\n```"
    assert plain(source) == [source]
    assert plain(new_code_cell("x = '{claim}`A-1`'")) == ["x = '{claim}`A-1`'"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{kbd}`x`", "no words for the role 'kbd'"),
        ("```{figure} x\n```", "no words for the directive 'figure'"),
        ("{eq}`gone`", "must name a label of the notebook, got 'gone'"),
        ("[x](gone)", "must name a label of the notebook, got 'gone'"),
        ("```{note}\nwithout end", "a block must end"),
    ],
)
def test_what_has_no_words_is_an_error(source, message):
    with pytest.raises(ValueError, match=message):
        plain(source)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_no_markup_of_the_site_is_left_in_a_chapter(chapter):
    """And what stands instead is there: numbers of equations, captions, claims, papers."""
    source = ROOT / "chapters" / f"{chapter}.py"
    notebook = json.loads(clean_notebook(source))
    text = "\n\n".join("".join(cell["source"]) for cell in notebook["cells"])
    assert MARKUP.findall(text) == []
    assert "mystnb" not in json.dumps(notebook)
    before = source.read_text()
    assert MARKUP.search(before)
    assert text.count("\\tag{") == len(re.findall(r"\$\$ \(eq-", before))
    assert text.count("**Figure ") == before.count('"caption":')
    listed = re.findall(r"^\* \*\*([A-Z]{2}-\d+)\*\* ", text, re.MULTILINE)
    assert listed == registry_of(chapter).ids
    papers = re.findall(r"reproduces \[[^]]+ \(20\d\d\)\]\(https://", text)
    assert len(papers) == before.count("reproduces {cite:t}")


def test_papers_are_cited_by_authors_and_year():
    words = names_only(ROOT, "https://a.org/")
    assert words.cite("gross2024weight", True) == (
        "[Gross, Raulf and R\N{LATIN SMALL LETTER A WITH DIAERESIS}th (2024)]"
        "(https://doi.org/10.1103/PhysRevResearch.6.033103)"
    )
    assert words.cite("benarous2022high", False) == (
        "[(Ben Arous, Gheissari and Jagannath, 2022)](https://arxiv.org/abs/2206.04030)"
    )
    assert words.page("How", "book/how.html") == "[How](https://a.org/book/how.html)"
    assert names_only(ROOT).page("How", "book/how.html") == "How"
    with pytest.raises(ValueError, match=r"a key of references\.bib, got 'nobody'"):
        words.cite("nobody", True)


def test_numbers_and_verdicts_come_from_the_ledger():
    def row(name, claim, verdict, whole):
        measurement = {"value": 0.94812, "stderr": 0.009, "unit": "1"}
        return {
            **{"id": name, "claim": claim, "measurement": measurement, "verdict": verdict},
            **{"claim_verdict": whole, "title": "Sizes |u| agree."},
        }

    rows = [
        row("CO-1a", "CO-1", "verified", "falsified"),
        row("CO-1b", "CO-1", "falsified", "falsified"),
    ]
    book = Book((Chapter("coin", ROOT, {"claims": rows}, None),))
    words = with_numbers(book, ROOT)
    told = [words.claim(name) for name in ("CO-1a", "CO-1b", "CO-1")]
    assert told == ["0.948", "0.948 (falsified)", "CO-1 (falsified)"]
    assert words.claims("coin").splitlines()[2:] == [
        "| CO-1 | Sizes \\|u\\| agree. | 2 | falsified |"
    ]
