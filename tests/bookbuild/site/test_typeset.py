from __future__ import annotations

import pytest
from docutils import nodes
from docutils.utils import new_document

from bookbuild.site.typeset import hold_punctuation, set_indices


def words(text):
    sentence = nodes.inline("", text)
    set_indices(sentence)
    return [(type(child).__name__, child.astext()) for child in sentence]


@pytest.mark.parametrize(
    ("text", "indices"),
    [
        ("below T_c/3", ["c"]),
        ("η²(|g_u|² − |g_w|²)", ["u", "w"]),
        ("G_UᵀG_U − G_WG_Wᵀ", ["U", "U", "W", "W"]),
        ("log(d_n / d_0)", ["n", "0"]),
        ("(T_c/T_exact − 1)", ["c", "exact"]),
    ],
)
def test_an_index_is_lowered(text, indices):
    found = words(text)
    assert [content for kind, content in found if kind == "subscript"] == indices
    assert "_" not in "".join(content for _, content in found)


@pytest.mark.parametrize(
    "text", ["the batch_size", "__init__", "no index", "balance_regularization"]
)
def test_a_name_of_code_stays(text):
    assert words(text) == [("Text", text)]


def test_code_and_formulas_stay():
    sentence = nodes.inline("", "", nodes.literal("", "T_c"), nodes.math("", "T_c"))
    set_indices(sentence)
    assert sentence.astext() == "T_cT_c"


def paragraph(*children):
    document = new_document("page")
    document += nodes.paragraph("", "", *children)
    hold_punctuation(None, document)
    return document[0]


def test_punctuation_stays_with_its_formula():
    held = paragraph(nodes.Text("At fixed ("), nodes.math("", "T"), nodes.Text("), it moves."))
    assert held.astext() == "At fixed (T), it moves."
    (unit,) = (
        child for child in held if "unbroken" in getattr(child, "attributes", {}).get("classes", [])
    )
    assert unit.astext() == "(T),"


def test_two_formulas_and_a_verdict_each_keep_theirs():
    link = nodes.inline("", "0.5", classes=["claim"])
    held = paragraph(
        nodes.math("", "u"), nodes.Text(", "), nodes.math("", "w"), nodes.Text(" ("), link
    )
    assert held.astext() == "u, w (0.5"
    units = [
        unit.astext()
        for unit in held
        if "unbroken" in getattr(unit, "attributes", {}).get("classes", [])
    ]
    assert units == ["u,", "(0.5"]


def test_a_formula_between_words_is_left_alone():
    held = paragraph(nodes.Text("the "), nodes.math("", "u"), nodes.Text(" of a unit."))
    assert [type(child) for child in held] == [nodes.Text, nodes.math, nodes.Text]
