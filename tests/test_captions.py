"""No measured number is typed below or about a figure: the ledger gives it, or the result.

Measured numbers are roles in the metadata of a chapter's cells, and read from results in the room
that draws. Other numbers are settings, and a setting stands after its name (``λ = 20``, ``rates 1
and 3``) or in a formula (``5d``, ``±1``); the few that a reader can count are words.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bookbuild.site.descriptions import ROLE
from bookbuild.workspace import Workspace

ROOT = Path(__file__).parents[1]
FIGURES = sorted((ROOT / "lib" / "traindyn").glob("*/figures/*.py"))
CHAPTERS = sorted(path.stem for path in (ROOT / "chapters").glob("*.py"))

NAMES = "depth|eq[.]|gamma|rank|rate|singular value|step|width"
NUMBER = r"\d+(?:[.,]\d+)*"
SETTING = re.compile(
    rf"(?:[=≥≤] ?|\b(?:{NAMES})s? ){NUMBER}[a-z]?(?:(?:,? and |, | to ){NUMBER}[a-z]?)*\b"
    r"|±1\b|(?<=[a-zα-ω])\d+|\d+(?=/?[a-zα-ω])"
    r"|\b\d+ × \d+\b",  # the size of a matrix
    re.IGNORECASE,
)
"""Numbers that are no results: after the name of a setting, in a formula, as sizes."""


def typed_numbers(text: str) -> list[str]:
    """Numbers of a text that are neither settings nor read from the ledger."""
    return re.findall(NUMBER, SETTING.sub("", ROLE.sub("", text)))


def texts_of_cells(chapter: str) -> Iterator[str]:
    """Captions and alternative texts in the metadata of a chapter's cells."""
    for cell in Workspace.at(ROOT).notebook(chapter).cells:
        about = cell.metadata.get("mystnb", {})
        yield about.get("figure", {}).get("caption", "")
        yield about.get("image", {}).get("alt", "")


def texts_of_figures(source: str) -> Iterator[str]:
    """What a module types into notes below figures, and into captions of moving ones."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            about = [key.value for key in node.keywords if key.arg in ("caption", "description")]
            if ast.unparse(node.func) == "style.note":
                about += node.args[1:]
            for argument in about:
                yield "".join(
                    part.value if isinstance(part.value, str) else "N"
                    for text in _strings(argument)
                    for part in (text.values if isinstance(text, ast.JoinedStr) else [text])
                )


def _strings(node: ast.expr) -> list[ast.Constant | ast.JoinedStr]:
    """The strings of an expression in their order, without those inside an f-string."""
    if isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    ):
        return [node]
    return [text for child in ast.iter_child_nodes(node) for text in _strings(child)]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_captions_and_alternative_texts_type_no_measured_number(chapter):
    texts = [text for text in texts_of_cells(chapter) if text]
    assert len(texts) > 10
    assert {text: found for text in texts if (found := typed_numbers(text))} == {}


@pytest.mark.parametrize("path", FIGURES, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_notes_below_figures_type_no_measured_number(path):
    texts = texts_of_figures(path.read_text(encoding="utf-8"))
    assert {text: found for text in texts if (found := typed_numbers(text))} == {}


@pytest.mark.parametrize("path", FIGURES, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_every_figure_says_what_it_rests_on(path):
    drawn = [
        function
        for function in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(function, ast.FunctionDef)
        and not function.name.startswith("_")
        and function.returns is not None
        and ast.unparse(function.returns) == "Figure"
    ]
    assert [f.name for f in drawn if "style.note(" not in ast.unparse(f)] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It falls below .001 at 0.7.", ["001", "0.7"]),
        ("The share is 38 %, three times 1e-3.", ["38", "3"]),
        ("A cosine of 0.995, at λ = 100.", ["0.995"]),
        ("Steps 0, 1 and 4 at rates 0.5d and 1, depth 2; γ=1; 10 × 10, 5d, s2, 1/d, ±1.", []),
        ("The index is {claim}`HT-9a` at rate 1.", []),
        ("Rate 1 gives 2.", ["2"]),
    ],
)
def test_a_typed_number_is_found(text, found):
    assert typed_numbers(text) == found


def test_a_number_that_a_module_reads_from_a_result_is_none():
    source = "style.note(figure, f'{runs} runs, 250 of ' f'each; {small + 3} others')\n"
    assert list(texts_of_figures(source)) == ["N runs, 250 of each; N others"]
    assert list(texts_of_figures("Figure(caption='In 7 ' 'of 9', title='5')")) == ["In 7 of 9"]
