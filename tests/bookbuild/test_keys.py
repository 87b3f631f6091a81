from __future__ import annotations

from dataclasses import replace
from importlib import metadata

import pytest

from bookbuild.keys import dependencies, run_key
from traindyn.system.versions import installed_versions

CELL = 'throws = run("CO-1")'


def keys(book):
    return {chapter: run_key(book.workspace, chapter) for chapter in ("coin", "die")}


@pytest.mark.parametrize(
    ("file", "old", "new", "changed"),
    [
        ("chapters/coin.py", "heads in half", "tails in half", set()),
        ("chapters/coin.py", "# The end.", "# The end.\n#\n# Really.", set()),
        ("chapters/coin.py", f"# %%\n{CELL}", f'# %% tags=["hide-input"]\n{CELL}', set()),
        ("chapters/coin.py", CELL, f"{CELL}  # again", {"coin"}),
        ("chapters/coin.py", "# The end.", "# The end.\n\n# %%\n1 + 1", {"coin"}),
        ("lib/traindyn/coin/claims.py", "100_000", "100_001", {"coin"}),
        ("lib/traindyn/throws.py", "integers(2", "integers(0, 2", {"coin"}),
        ("lib/traindyn/die/__init__.py", "1.0 + 6.0", "6.0 + 1.0", {"die"}),
        ("lib/traindyn/ledger/schema.json", '"$schema"', ' "$schema"', {"coin", "die"}),
        ("lib/traindyn/ledger/claim.py", "import math", "import math as math", {"coin", "die"}),
        ("requirements.lock", "==1.0", "==1.1", {"coin", "die"}),
        ("index.md", "planted", "Planted", set()),
        ("_config.yml", "planted", "Planted", set()),
    ],
)
def test_an_edit_changes_the_keys_of_exactly_the_dependents(book, file, old, new, changed):
    before = keys(book)
    book.edit(file, old, new)
    after = keys(book)
    assert {chapter for chapter in before if before[chapter] != after[chapter]} == changed


def test_a_new_file_counts_once_something_can_read_it(book):
    before = keys(book)
    (book.root / "lib/traindyn/unused.py").write_text("X = 1\n")
    assert keys(book) == before
    (book.root / "lib/traindyn/coin/more.py").write_text("from traindyn.unused import X\n")
    after = keys(book)
    assert after["coin"] != before["coin"]
    assert after["die"] == before["die"]
    (book.root / "lib/traindyn/unused.py").write_text("X = 2\n")
    assert keys(book)["coin"] != after["coin"]


def test_data_of_a_room_count_wherever_they_lie(book):
    data = book.root / "lib/traindyn/coin/instances/deep/three.json"
    data.parent.mkdir(parents=True)
    seen = [keys(book)]
    for content in ("1", "2"):
        data.write_text(content)
        seen.append(keys(book))
    assert len({found["coin"] for found in seen}) == 3
    assert len({found["die"] for found in seen}) == 1


def test_data_beside_shared_modules_count_below_folders_too(book):
    before = keys(book)
    for name in ("tables/a.json", "tables/deep/b.csv"):
        file = book.root / "lib/traindyn/inference" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("1")
        after = keys(book)
        assert not set(before.items()) & set(after.items())
        before = after


def test_data_of_another_room_do_not_count(book):
    before = keys(book)
    data = book.root / "lib/traindyn/die/tables/a.json"
    data.parent.mkdir()
    data.write_text("1")
    after = keys(book)
    assert after["coin"] == before["coin"]
    assert after["die"] != before["die"]


def test_versions_that_are_installed_are_part_of_the_key(book, monkeypatch):
    (book.root / "requirements.lock").write_text("torch==1\nnone==2\n")
    before = keys(book)
    real = metadata.version
    monkeypatch.setattr(metadata, "version", lambda n: "9" if n == "torch" else real(n))
    installed_versions.cache_clear()
    assert not set(before.items()) & set(keys(book).items())
    monkeypatch.undo()
    installed_versions.cache_clear()
    assert keys(book) == before


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("OPENBLAS_CORETYPE", True),
        ("MKL_CBWR", True),
        ("OMP_NUM_THREADS", False),
        ("PYTHONSTARTUP", False),
    ],
)
def test_variables_that_steer_arithmetic_are_part_of_the_key(book, monkeypatch, name, counts):
    monkeypatch.delenv(name, raising=False)
    before = keys(book)
    monkeypatch.setenv(name, "")
    assert keys(book) == before
    monkeypatch.setenv(name, "other")
    assert (keys(book) != before) is counts


def test_scale_and_seed_are_part_of_the_key(book):
    workspace = book.workspace
    variants = [workspace, replace(workspace, scale="laptop"), replace(workspace, seed=1)]
    assert len({run_key(variant, "coin") for variant in variants}) == 3


def test_magics_do_not_hide_imports(book):
    book.edit("chapters/die.py", "# %%\nfrom", "# %%\n# %matplotlib inline\nfrom")
    book.edit("chapters/die.py", 'run("DI-1")', 'import traindyn.throws\n\nrun("DI-1")')
    assert book.root / "lib/traindyn/throws.py" in dependencies(book.workspace, "die")


def test_compiled_files_do_not_count(book):
    before = keys(book)
    (book.root / "lib/traindyn/coin/claims.pyc").write_bytes(b"1")
    assert keys(book) == before
