"""Texts of a ledger appear on every page as they were typed."""

from __future__ import annotations

import csv
import json
import re
from html import unescape

import pytest
from nbformat.v4 import new_output

from traindyn.ledger import markdown_table

pytestmark = pytest.mark.xdist_group("planted site")

NASTY = (
    "<script>alert(1)</script> a <b and c> d; a|b and |u|; x\\y; a_b_c, __init__; 2*3*4 & T*; "
    "[a](b) {ref}`BR-1` {{y}} &lt; ~~s~~; $5 and $6; -- 'so' on ...; `f(<b>|*x*)`; one `\nline"
)
SHOWN = " ".join(NASTY.replace("`BR-1`", "BR-1").replace("`f(<b>|*x*)`", "f(<b>|*x*)").split())
FORMULA = r"the norm $|x| < \|y\|_2$"


@pytest.fixture(scope="module")
def nasty(tmp_path_factory, new_site):
    """The planted site with such texts in the claim about the die, which a cell displays too."""
    site = new_site(tmp_path_factory.mktemp("nasty") / "book")
    site.plant()

    def make_nasty(ledger, notebook):
        (row,) = ledger["claims"]
        row |= {"title": NASTY, "statement": NASTY, "note": NASTY, "source": "page 3 <b> & $x$"}
        row["rule"]["why"] = f"{NASTY}; {FORMULA}"
        row["controls"][0]["what"] = f"{NASTY}; {FORMULA}"
        table = markdown_table(ledger["claims"])
        *_, last = (cell for cell in notebook.cells if cell.cell_type == "code")
        last.outputs = [new_output("display_data", {"text/markdown": table})]

    site.edit("die", make_nasty)
    status, output = site.make("build")
    assert status == 0, output
    return site


def text_of(html):
    return " ".join(unescape(re.sub(r"<[^>]+>", "", html)).split())


def test_every_page_shows_the_words_as_typed(nasty):
    ledger, chapter, intro = map(nasty.page, ("book/ledger", "chapters/die", "book/intro"))
    assert text_of(ledger).count(SHOWN) == 5  # statement, title, reason, control, note
    assert text_of(chapter).count(SHOWN) == 2  # statement and control, displayed by a cell
    # statement and control of a chosen part, its mark; and with the reason on the card of a number
    assert text_of(intro).count(SHOWN) == 6
    assert "page 3 <b> & $x$ (derived)" in text_of(ledger)
    for page in (ledger, chapter, intro):
        assert "<script>alert" not in page
        assert "f(&lt;b&gt;|*x*)" in page


def test_labels_of_the_plot_are_the_words_as_typed(nasty):
    intro = nasty.page("book/intro")
    (label,) = re.findall(r'aria-label="(DI-2: [^"]*)"', intro)
    assert unescape(label) == f"DI-2: verified. {SHOWN}"
    (title,) = re.findall(r"<title>(DI-2: [^<]*)</title>", intro)
    assert unescape(title).startswith(f"DI-2: verified. {SHOWN} Accepted: ")


def test_formulas_stay_formulas(nasty):
    assert unescape(nasty.page("book/ledger")).count(r"\(|x| < \|y\|_2\)") == 2
    assert r"\(\vert x\vert  < \Vert y\Vert _2\)" in unescape(nasty.page("chapters/die"))


def test_downloads_and_search_hold_the_texts(nasty):
    with (nasty.workspace.site / "ledger.csv").open(newline="") as file:
        row = list(csv.DictReader(file))[-1]
    assert (row["statement"], row["note"]) == (NASTY, NASTY)
    index = (nasty.workspace.site / "searchindex.js").read_text()
    json.loads(index.removeprefix("Search.setIndex(").rstrip().removesuffix(")"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"verdict": "falsified", "claim_verdict": "falsified"},
            "verdict of DI-2 must be verified",
        ),
        ({"verdict": "<script>"}, "verdict must be one of"),
        ({"seconds": float("nan")}, "seconds must be finite"),
    ],
)
def test_a_ledger_that_was_edited_stops_the_build_in_one_line(planted, change, message):
    planted.edit("die", lambda ledger, _: ledger["claims"][0].update(change))
    status, output = planted.make("build")
    assert status != 0
    assert message in output
    assert "Traceback" not in output
