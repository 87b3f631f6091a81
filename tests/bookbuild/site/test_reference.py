from __future__ import annotations

from pathlib import Path

import pytest
from sphinx.ext.napoleon import Config, GoogleDocstring

from bookbuild.site.reference import PLACE, insert_reference, keep_first_line, public_modules

SENTENCE = ["Width in inches: the text column."]


@pytest.mark.parametrize("what", ["attribute", "data", "property"])
def test_a_colon_in_the_first_line_of_a_value_is_no_type(what):
    lines = list(SENTENCE)
    keep_first_line(None, what, "WIDTH", 7.2, None, lines)
    shown = str(GoogleDocstring(lines, Config(), what=what, name="WIDTH"))
    assert shown == "..\n\nWidth in inches: the text column."
    assert ":type:" in str(GoogleDocstring(SENTENCE, Config(), what=what, name="WIDTH"))


def test_other_docstrings_stay_as_they_are():
    lines = list(SENTENCE)
    keep_first_line(None, "function", "width", len, None, lines)
    assert lines == SENTENCE


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

    (tmp_path / "_toc.yml").write_text(
        "format: jb-book\nroot: index\nchapters:\n- file: chapters/room\n"
    )
    page = [f"# Title\n\n{PLACE}"]
    insert_reference(Application(), "book/api", page)
    assert page[0].count(".. automodule::") == 2
    assert ".. automodule:: traindyn.ledger\n   :members:\n   :imported-members:" in page[0]


def test_the_page_of_the_book_has_the_place():
    assert PLACE in (Path(__file__).parents[3] / "book" / "api.md").read_text()
