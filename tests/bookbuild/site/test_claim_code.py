from __future__ import annotations

from pathlib import Path

import pytest

from bookbuild.site.claim_code import claim_functions, code_of_claims
from bookbuild.site.code_pages import FOLDER, PLACE
from bookbuild.workspace import Workspace
from traindyn.ledger.chapters import registry_of

ROOT = Path(__file__).parents[3]
CHAPTERS = Workspace.at(ROOT).chapters

FILES = {
    "__init__.py": "",
    "claims/__init__.py": "",
    "claims/registry.py": "registry = Registry('room', 'RO')\n",
    "claims/help.py": "def share(x):\n    return x\n",
    "claims/two.py": """\
from traindyn.room.claims.help import share as part
from traindyn.room.claims.registry import registry
from traindyn.room.experiments import walk
from traindyn.room.studies.runs import run
from traindyn.room.theory.law import law

BOUND = 2
\"\"\"Of both.\"\"\"


@registry.claim(10, source="s", basis="derived", statement="It " "walks.")
def second(context):
    return part(run(context)), law(BOUND)


@registry.claim(
    9,
    source="s",
    basis="derived",
    statement="It runs.",
)
def first(context):
    return _decide(run(context), walk.step(1))


def _decide(x, y):
    return x < y


def unused():
    return 1
""",
    "studies/__init__.py": "",
    "studies/runs.py": "SIZES = {1: 2}\n\n\ndef run(context):\n    return SIZES[1]\n",
    "experiments/__init__.py": "",
    "experiments/walk.py": """\
def step(x):
    "A step."
    return again(x)


def again(x):
    "The same."
""",
    "theory/__init__.py": "",
    "theory/law.py": "def law(x):\n    return x\n",
}


@pytest.fixture
def lib(tmp_path):
    for name, text in FILES.items():
        file = tmp_path / "traindyn" / "room" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "traindyn" / "__init__.py").write_text("")
    return tmp_path


def lines(code):
    """Lines of a claim's code by module, without the name of the room."""
    return {
        module.removeprefix("traindyn.room."): [(part.first, part.last) for part in parts]
        for module, parts in code.lines.items()
    }


def test_claims_are_found_in_the_order_of_their_numbers(lib):
    found = claim_functions(lib, "room")
    assert [*found] == ["RO-9", "RO-10"]
    assert found["RO-10"].place == ("traindyn.room.claims.two", "second")
    assert [function.statement for function in found.values()] == ["It runs.", "It walks."]
    assert claim_functions(lib, "cellar") == {}


def test_a_claim_rests_on_what_its_function_uses(lib):
    codes = code_of_claims(lib, "room")
    assert lines(codes["RO-9"]) == {
        "claims.two": [(16, 23), (26, 27)],
        "studies.runs": [(4, 5), (1, 1)],
    }
    assert codes["RO-9"].shown_with == []
    assert codes["RO-9"].elsewhere == [("traindyn.room.experiments.walk", "step")]


def test_what_claims_share_stands_once(lib):
    code = code_of_claims(lib, "room")["RO-10"]
    assert lines(code) == {"claims.two": [(11, 13), (7, 8)], "claims.help": [(1, 2)]}
    assert code.shown_with == ["RO-9"]
    assert code.elsewhere == []  # the law has no docstring, so no page tells it


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_registered_claim_has_code_and_its_chapter_a_page(chapter):
    registry = registry_of(chapter)
    functions = claim_functions(ROOT / "lib", chapter)
    assert {name: f.statement for name, f in functions.items()} == registry.statements
    codes = code_of_claims(ROOT / "lib", chapter)
    assert all(functions[claim].place[0] in code.lines for claim, code in codes.items())
    drawn = {module for code in codes.values() for module in code.lines if ".studies." in module}
    files = (ROOT / "lib" / "traindyn" / chapter / "studies").glob("[a-z]*.py")
    rest = {file.stem for file in files} - {module.rpartition(".")[2] for module in drawn}
    assert len(rest) <= 1  # what the moving figure alone shows
    assert PLACE in (ROOT / FOLDER / f"{chapter}.md").read_text()
