"""The catalogue of mutants still fits the sources, and what is quick in it is caught."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import mutant_table
import run_mutants
from catalogue import Mutant, as_text, faults_of, from_text, read_catalogue
from judge import Row, judge, kind_of

from traindyn.ledger.chapters import chapters, registry_of
from traindyn.system.frozen import copy_sources

ROOT = Path(__file__).parents[2]
CATALOGUE = read_catalogue()
QUICK = [mutant for mutant in CATALOGUE if mutant.quick]


def test_every_mutant_fits_the_sources():
    claims = {chapter: registry_of(chapter).ids for chapter in chapters()}
    assert faults_of(CATALOGUE, ROOT, claims) == []


def test_every_chapter_has_two_quick_mutants():
    count = {chapter: sum(m.chapter == chapter for m in QUICK) for chapter in chapters()}
    assert min(count.values()) >= 2, count


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    """What the quick mutants gave, by id."""
    place = tmp_path_factory.mktemp("mutants")
    copy_sources(ROOT, place / "base")
    bench = run_mutants.Bench(place / "base", place / "studies", place / "scratch", jobs=1)
    bench.store.mkdir()
    bench.scratch.mkdir()
    found = {one.mutant.id: one.entry for one in run_mutants.try_mutants(QUICK, bench, {})}
    assert not list(bench.scratch.iterdir())
    return found


@pytest.mark.xdist_group("mutants")
@pytest.mark.parametrize("mutant", QUICK, ids=lambda mutant: mutant.id)
def test_a_quick_mutant_is_caught(tried, mutant):
    entry = tried[mutant.id]
    assert entry["outcome"] == "caught", entry


ROW = Row("verified", 1.0, 1.0)


@pytest.mark.parametrize(
    ("after", "broken", "outcome"),
    [
        ({"a": ROW}, [], "survived"),
        ({"a": Row("verified", 2.0, 1.0)}, [], "survived"),
        ({"a": Row("falsified", 2.0, 1.0)}, [], "caught"),
        ({"a": Row("inconclusive", 1.0, 1.0)}, [], "caught"),
        ({"a": Row("falsified", 4.0, 1.0)}, [], "blunt"),
        ({"a": Row("falsified", 1.0, 0.3)}, [], "blunt"),
        ({"a": Row("falsified", None, 1.0)}, [], "crash"),
        ({}, ["XX-1"], "crash"),
        ({}, [], "crash"),
    ],
)
def test_a_mutant_is_caught_by_a_verdict_that_changes_gently(after, broken, outcome):
    assert judge({"a": ROW}, after, broken).outcome == outcome


def test_one_gentle_change_is_enough():
    before = {"a": ROW, "b": ROW}
    found = judge(before, {"a": Row("falsified", 9.0, 1.0), "b": Row("falsified", 1.5, 1.0)}, [])
    assert found.outcome == "caught"
    assert [change.kind for change in found.changes] == ["blunt", "fine"]


def test_a_deviation_from_zero_has_no_factor():
    zero = Row("verified", 1e-15, 0.0)
    assert kind_of(zero, Row("falsified", 0.02, 0.0)) == "fine"
    assert kind_of(zero, Row("falsified", 30.0, 0.0)) == "blunt"


MUTANT = Mutant(
    "XX-m1", "lib/traindyn/room/law.py", "2 *", "3 *", "a factor", ("XX-1",), True, "room"
)


@pytest.fixture
def checkout(tmp_path):
    """A folder with one law."""
    (tmp_path / "lib" / "traindyn" / "room").mkdir(parents=True)
    (tmp_path / MUTANT.file).write_text("def law(x):\n    return 2 * x\n")
    return tmp_path


def test_a_mutant_that_fits_has_no_fault(checkout):
    assert faults_of([MUTANT], checkout, {"room": ["XX-1"]}) == []
    assert from_text(as_text(MUTANT)) == MUTANT
    assert MUTANT.apply(checkout) == "def law(x):\n    return 3 * x\n"


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"old": "4 *"}, "must occur once"),
        ({"new": "2 *"}, "must differ"),
        ({"new": "3 * ("}, "does not compile"),
        ({"claims": ("XX-2",)}, "there is no claim XX-2"),
        ({"id": "YY-m1"}, "its id must be such as XX-m01"),
        ({"what": "two\nlines"}, "what must be one line"),
        ({"file": "lib/traindyn/ledger/verdicts.py"}, "neither in the room"),
        ({"file": "lib/traindyn/room/none.py"}, "No such file"),
    ],
)
def test_a_fault_of_a_mutant_is_seen(checkout, changes, fault):
    found = faults_of([replace(MUTANT, **changes)], checkout, {"room": ["XX-1"]})
    assert len(found) == 1
    assert fault in found[0]


def test_two_mutants_of_one_id_are_seen(checkout):
    assert faults_of([MUTANT, MUTANT], checkout, {"room": ["XX-1"]}) == ["XX-m1: stands twice"]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("[", "must be JSON"),
        ("{}", "must hold a list"),
        ('[{"id": "XX-m1"}]', "misses file"),
        (json.dumps([{**json.loads(as_text(MUTANT)), "claims": []}]), "has no field chapter"),
    ],
)
def test_a_catalogue_of_another_form_is_refused(tmp_path, content, fault):
    (tmp_path / "room.json").write_text(content)
    with pytest.raises(ValueError, match=fault):
        read_catalogue(tmp_path)


def test_the_table_keeps_what_is_current_and_drops_what_is_gone(tmp_path):
    path = tmp_path / "mutants.json"
    other = replace(MUTANT, id="XX-m2", new="5 *")

    def entry(mutant):
        told = judge({"a": ROW}, {"a": ROW}, [])
        return mutant_table.entry_of(mutant, told, sources="s", seconds=1.0, commit="c", error="")

    mutant_table.add_to_table(path, [entry(MUTANT), entry(other)], [MUTANT, other])
    table = mutant_table.read_table(path)
    assert mutant_table.is_current(table["XX-m1"], MUTANT, "s")
    assert not mutant_table.is_current(table["XX-m1"], MUTANT, "other sources")
    assert not mutant_table.is_current(table["XX-m1"], replace(MUTANT, new="7 *"), "s")
    mutant_table.add_to_table(path, [], [other])
    assert list(mutant_table.read_table(path)) == ["XX-m2"]
    path.write_text("[]")
    with pytest.raises(ValueError, match="must be a table of mutants"):
        mutant_table.read_table(path)
