from __future__ import annotations

import pytest
from docutils import nodes
from docutils.utils import new_document

from bookbuild.site.outputs import HEADER, set_outputs
from traindyn.inference import Estimate, exact
from traindyn.ledger import Claim, Part, markdown_table, other_system, rows_of, within

CLAIM = Claim(
    "CO-1",
    "eq 1",
    "stated",
    "A coin is fair.",
    [
        Part(
            "Rate of heads",
            Estimate(0.503, 0.001, 400),
            within(0.02, "Chosen beforehand.", "size"),
            [other_system("bent coin", exact(0.7))],
            prediction=0.5,
            compares="simulation",
            replicates="throws",
        )
    ],
)


def markdown_to_table(text):
    """A docutils table of a Markdown table without inline mark-up."""
    body = nodes.tbody()
    for number, line in enumerate(text.splitlines()):
        if number != 1:
            cells = (cell.strip() for cell in line.strip("|").split("|"))
            body += nodes.row("", *(nodes.entry("", nodes.paragraph("", cell)) for cell in cells))
    return nodes.table("", nodes.tgroup("", body))


def page(text, element):
    document = new_document("page")
    document += nodes.container("", markdown_to_table(text), nb_element=element)
    set_outputs(document, None)
    return document


def test_a_claim_among_the_outputs_is_set_like_the_ledger():
    html = page(markdown_table(rows_of(CLAIM)), "cell_code_output").astext()
    assert 'class="verdict verdict-verified"' in html
    assert 'data-label="Measured">0.5030 ±&nbsp;0.0010</td>' in html
    assert 'accepted <span class="unbroken">0.5 ± 0.02</span>' in html
    words = ("Rate of heads", "Controls:", "bent coin: 0.7", "CO-1")
    assert all(word in html for word in words)


@pytest.mark.parametrize(
    ("text", "element"),
    [
        ("| a | b |\n| --- | --- |\n| 1 | 2 |", "cell_code_output"),
        (markdown_table(rows_of(CLAIM)), "elsewhere"),
    ],
)
def test_other_tables_stay(text, element):
    assert len(list(page(text, element).findall(nodes.table))) == 1


def test_the_header_is_the_ledgers():
    assert HEADER[0] == "claim"
    assert HEADER[-1] == "verdict"
    assert len(HEADER) == 7
