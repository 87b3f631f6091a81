from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from sphinx.ext.napoleon import Config, GoogleDocstring

from bookbuild.site.docstrings import escape_bars, keep_text, name_defaults
from bookbuild.site.reference import PLACE, insert_reference, modules_of, public_modules
from bookbuild.workspace import Workspace
from traindyn.system.imports import closure

SENTENCE = ["Width in inches: the text column."]


@pytest.mark.parametrize("what", ["attribute", "data", "property"])
def test_a_colon_in_the_first_line_of_a_value_is_no_type(what):
    lines = list(SENTENCE)
    keep_text(None, what, "WIDTH", 7.2, None, lines)
    shown = str(GoogleDocstring(lines, Config(), what=what, name="WIDTH"))
    assert shown == "..\n\nWidth in inches: the text column."
    assert ":type:" in str(GoogleDocstring(SENTENCE, Config(), what=what, name="WIDTH"))


def test_other_docstrings_stay_as_they_are():
    lines = list(SENTENCE)
    keep_text(None, "function", "width", len, None, lines)
    assert lines == SENTENCE


def test_a_colon_in_what_is_returned_is_no_type():
    lines = ["Do.", "", "Returns:", "    Two things: one", "    and another.", ""]
    keep_text(None, "function", "do", len, None, lines)
    assert lines[2:5] == ["Returns:", "    ..", ""]
    shown = str(GoogleDocstring(lines, Config(), what="function", name="do"))
    assert ":rtype:" not in shown
    assert "Two things: one" in shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the size |u| of (|v|", r"the size \|u| of (\|v|"),
        ("a | b", "a | b"),
        (":math:`2 |u|` and ``a |b|``", ":math:`2 |u|` and ``a |b|``"),
        (">>> x |y|\n|z|", ">>> x |y|\n\\|z|"),
        (".. math::\n\n   |u|\n\n   a |v|\n|w|", ".. math::\n\n   |u|\n\n   a |v|\n\\|w|"),
        ("    so::\n\n        |u|\n\n    |v|", "    so::\n\n        |u|\n\n    \\|v|"),
    ],
)
def test_a_bar_is_no_substitution_but_stays_in_formulas(text, expected):
    assert escape_bars(text) == expected


def test_every_public_module_is_listed_once(tmp_path):
    package = tmp_path / "lib" / "traindyn"
    files = {
        "__init__.py": "",
        "__main__.py": "",
        "data.py": "",
        "ledger/__init__.py": "from traindyn.ledger.rows import Row\n__all__ = ['Row']\n",
        "ledger/rows.py": "",
        "room/__init__.py": "",
        "room/_help.py": "",
        "room/theory/__init__.py": "",
        "room/theory/moments.py": "",
    }
    for name, text in files.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    expected = [("data", False), ("ledger", True), ("room.theory.moments", False)]
    assert list(public_modules(package)) == [(f"traindyn.{n}", exports) for n, exports in expected]

    class Application:
        srcdir = tmp_path
        env = SimpleNamespace()

    (tmp_path / "requirements.lock").write_text("numpy==1.0\n")
    (tmp_path / "_toc.yml").write_text(
        "format: jb-book\nroot: index\nchapters:\n- file: chapters/room\n"
    )
    page = [f"# Title\n\n{PLACE}"]
    insert_reference(Application(), "book/api", page)
    assert page[0].count(".. automodule::") == 2
    assert ".. automodule:: traindyn.ledger\n   :members:\n   :imported-members:" in page[0]
    page = [PLACE]
    insert_reference(Application(), "book/api/room", page)
    assert page[0].count(".. automodule::") == 1
    assert "## theory.moments\n" in page[0]
    assert ".. automodule:: traindyn.room.theory.moments\n" in page[0]


def test_the_pages_of_the_book_have_the_place():
    root = Path(__file__).parents[3]
    rooms = Workspace.at(root).chapters
    assert rooms
    for name in ("api", *(f"api/{room}" for room in rooms)):
        assert PLACE in (root / "book" / f"{name}.md").read_text()


def test_a_changed_claim_or_figure_makes_no_other_reference():
    workspace = Workspace.at(Path(__file__).parents[3])
    for page in ("api", *(f"api/{room}" for room in workspace.chapters)):
        modules, _ = modules_of(workspace, f"book/{page}")
        files = closure(workspace.lib, {name for name, _ in modules})
        assert len(files) > 20
        assert not [file for file in files if {"claims", "figures"} & {*file.parts, file.stem}]


@pytest.mark.parametrize(
    ("default", "shown"),
    [
        ("= <factory>", "= ..."),
        ("= <function rectified>", "= rectified"),
        ("= <function rectified at 0x7f>", "= rectified"),
        ("= <class 'numpy.float64'>", "= float64"),
        ("= <function Layer.forward at 0x7f>", "= forward"),
        ("= <object object at 0x7f>", "= ..."),
        ("= 1.0", "= 1.0"),
    ],
)
def test_defaults_are_code(default, shown):
    signature = f"(x: ~a.B {default}, y: list[~a.C] {default})"
    told, returned = name_defaults(None, "class", "D", int, None, signature, "~a.B")
    assert told == f"(x: ~a.B {shown}, y: list[~a.C] {shown})"
    assert returned == "~a.B"
    assert name_defaults(None, "class", "D", int, None, None, None) == (None, None)
