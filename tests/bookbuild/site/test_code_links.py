"""Names in cells of code lead to the reference."""

import pytest
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

import traindyn.curvature
from bookbuild.site.code_links import DOT, documented, imported, linked
from bookbuild.site.highlight import lighten

KNOWN = {
    "traindyn.curvature.overlap": "api.html#overlap",
    "traindyn.style": "api.html#style",
    "traindyn.style.panels": "api.html#panels",
}
NAMES = {"overlap": "traindyn.curvature.overlap", "style": "traindyn.style"}


def cell(source: str, kind: str = "cell_input") -> str:
    """A cell as Sphinx writes it."""
    code = highlight(source, PythonLexer(), HtmlFormatter(nowrap=True))
    inner = f'<div class="highlight-python notranslate"><pre>{code}</pre></div>'
    return f'<div class="{kind} docutils container">{inner}</div>'


def links(source: str, names: dict[str, str] = NAMES) -> list[tuple[str, str]]:
    """What the links of a cell show and where they lead."""
    pieces = lighten(linked(cell(source), names, KNOWN)).split('<a class="code-link" href="')[1:]
    shown = (piece.partition("</a>")[0].replace(DOT, ".") for piece in pieces)
    return [tuple(words.split('">', 1)) for words in shown]


@pytest.mark.parametrize(
    ("cells", "names"),
    [
        (["from traindyn.curvature import overlap"], {"overlap": "traindyn.curvature.overlap"}),
        (["from traindyn import style as s\ns"], {"s": "traindyn.style"}),
        (
            ["from traindyn.runs import (\n    a,\n    b,\n)"],
            {"a": "traindyn.runs.a", "b": "traindyn.runs.b"},
        ),
        (["%matplotlib inline\nfrom traindyn import style"], {"style": "traindyn.style"}),
        (["from traindynamics import a", "from . import b", "import traindyn.style"], {}),
        (["from traindyn import style", "style = 3"], {}),
        (["from traindyn import style", "for style in (): pass"], {}),
        (["from traindyn import style", "lambda style: style"], {}),
    ],
)
def test_names_stand_for_what_cells_import(cells, names):
    assert imported(cells) == names


def test_a_cell_that_is_no_python_is_refused():
    with pytest.raises(SyntaxError):
        imported(["from traindyn import"])


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("overlap(a)", [("api.html#overlap", "overlap")]),
        ("x = overlap", [("api.html#overlap", "overlap")]),
        ("style.panels(2).show()", [("api.html#panels", "style.panels")]),
        ("style.no_such_name", [("api.html#style", "style")]),
        ("plot(overlap=2, style = 3)", []),
        ("x.overlap + x.style.panels", []),
        ("'overlap'  # overlap", []),
        ("overlaps + np.overlap", []),
    ],
)
def test_a_name_of_the_library_is_a_link(source, found):
    assert [
        (place, text.replace('<span class="o">.</span>', ".")) for place, text in links(source)
    ] == found


def test_lines_of_imports_are_linked_name_by_name():
    line = "from traindyn.curvature import overlap, top_eigenpairs"
    assert links(line) == [("api.html#overlap", "overlap")]


def test_only_cells_are_touched():
    for html in (cell("overlap(a)", "cell_output"), "<p>overlap</p>"):
        assert linked(html, NAMES, KNOWN) == html


def test_an_object_is_found_under_the_name_of_its_home():
    home = traindyn.curvature.overlap.__module__
    assert home != "traindyn.curvature"
    assert documented("traindyn.curvature.overlap", {f"{home}.overlap": "there"}) == "there"


@pytest.mark.parametrize("place", ["traindyn.curvature.no_such_name", "traindyn.nowhere.name"])
def test_what_is_not_there_has_no_address(place):
    assert documented(place, KNOWN) is None
