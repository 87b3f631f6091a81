from __future__ import annotations

import json
import os

import pytest

from bookbuild import records
from bookbuild.build_root import MARKER, claim_build_root, require_build_root
from bookbuild.fonts import font_cache
from bookbuild.records import Record, collect_old, current_record, current_records
from traindyn.system.files import ASIDE


def test_a_record_is_current_until_its_key_changes(book):
    record = book.record("coin")
    assert current_record(book.workspace, "coin") == record
    assert current_record(book.workspace, "die") is None
    book.edit("chapters/coin.py", "print(", "print( ")
    assert current_record(book.workspace, "coin") is None


def test_a_record_reads_back(book):
    record = book.record("coin")
    summary = record.summary
    assert (summary.chapter, summary.scale, summary.seed, summary.cells) == ("coin", "ci", 0, 3)
    assert record.folder.name == f"coin-{summary.key}"
    assert record.claims["key"] == summary.key
    assert summary.finished.endswith("+00:00")
    assert {"python", "torch", "jupyter-book"} <= set(summary.versions)
    outputs = [cell.outputs[0].text for cell in record.notebook.cells if "outputs" in cell]
    assert outputs == ["output 1\n", "output 2\n", "output 3\n"]


def test_current_records_are_in_the_order_of_the_table_of_contents(book):
    book.record("die")
    assert list(current_records(book.workspace)) == ["die"]
    book.record("coin")
    assert list(current_records(book.workspace)) == ["coin", "die"]


def test_the_newest_records_of_a_chapter_and_seed_are_kept(book):
    die, made = book.record("die"), []
    other_seed = book.record("coin", seed=7)
    for number in range(5):
        book.edit("chapters/coin.py", "print(", f"print({number}, ")
        made.append(book.record("coin"))
    collect_old(book.workspace)
    kept = {record.folder for record in (die, other_seed, *made[2:])}
    assert set(book.workspace.runs.iterdir()) == kept


def test_the_current_record_is_kept_however_old(book):
    book.record("coin", seed=3)
    first, chapter = book.record("coin"), book.root / "chapters/coin.py"
    before = chapter.read_text()
    made = []
    for number in range(4):
        book.edit("chapters/coin.py", "print(", f"print({number}, ")
        made.append(book.record("coin"))
    chapter.write_text(before)
    collect_old(book.workspace)
    kept = {record.folder for record in (first, *made[1:])}
    kept |= {path for path in book.workspace.runs.iterdir() if Record(path).summary.seed == 3}
    assert set(book.workspace.runs.iterdir()) == kept


def test_what_killed_commands_left_is_collected(book):
    record, build = book.record("coin"), book.workspace.build
    for name in (".snapshot-a1", ".html-b2", "runs/ci/.coin-1234-c3", "runs/ci/coin-damaged"):
        (build / name).mkdir()
        (build / name / "run.json").write_text("x")
    mine = book.workspace.runs / "mine"
    mine.mkdir()
    (mine / "notes.txt").write_text("x")
    (build / "notes").mkdir()
    collect_old(book.workspace)
    assert sorted(path.name for path in build.iterdir()) == ["notes", "runs"]
    assert set(book.workspace.runs.iterdir()) == {record.folder, mine}


def test_the_mark_of_a_build_root_and_its_list_of_fonts_are_kept(book, monkeypatch):
    build = book.workspace.build
    claim_build_root(book.root, build)
    monkeypatch.setattr(os, "access", lambda place, mode: False)  # an environment of somebody else
    fonts = font_cache(build)
    (build / f"{ASIDE}abc").touch()
    collect_old(book.workspace)
    assert sorted(path.name for path in build.iterdir()) == [MARKER, "fonts"]
    assert list(fonts.glob("fontlist-*.json"))
    require_build_root(book.root, build)


def damage(record, name, how):
    """Damage a file of a record as disks, people and other programs do."""
    path, other = record.folder / name, record.folder / "run.json"
    content = path.read_bytes()
    match how:
        case "truncated":
            path.write_bytes(content[: len(content) // 2])
        case "emptied":
            path.write_bytes(b"")
        case "deleted":
            path.unlink()
        case "one bit":
            place = content.index(b"coin") if b"coin" in content else len(content) // 2
            path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        case "swapped":
            path.write_bytes(other.read_bytes() if name != "run.json" else b"[]")
        case "a folder":
            path.unlink()
            path.mkdir()


@pytest.mark.parametrize(
    "how", ["truncated", "emptied", "deleted", "one bit", "swapped", "a folder"]
)
@pytest.mark.parametrize("name", ["notebook.ipynb", "claims.json", "run.json"])
def test_a_damaged_record_does_not_count_and_is_replaced(book, name, how):
    record = book.record("coin")
    assert record.fault() is None
    damage(record, name, how)
    assert name in record.fault()
    assert current_record(book.workspace, "coin") is None
    assert book.record("coin").fault() is None
    assert current_record(book.workspace, "coin") == record


def test_a_record_of_another_chapter_or_scale_does_not_count(book):
    coin, die = book.record("coin"), book.record("die")
    spare = coin.folder.with_name("spare")
    coin.folder.rename(spare)
    die.folder.rename(coin.folder)
    assert coin.fault() == f"it belongs to {die.folder.name}"
    laptop = book.workspace.runs.with_name("laptop") / die.folder.name
    laptop.parent.mkdir()
    coin.folder.rename(laptop)
    assert Record(laptop).fault() == "it belongs to scale ci"


def test_every_entry_of_the_summary_is_sealed(book):
    record = book.record("coin")
    path = record.folder / "run.json"
    content = json.loads(path.read_text())
    for name, value in content.items():
        changed = value + 1 if isinstance(value, float | int) else f"{value}x"
        path.write_text(json.dumps({**content, name: changed}))
        assert record.fault(), name
        path.write_text(json.dumps({key: v for key, v in content.items() if key != name}))
        assert record.fault(), name
    path.write_text(json.dumps(content))
    assert record.fault() is None


def test_a_run_killed_while_writing_leaves_the_old_record_and_no_half(book, monkeypatch):
    old = book.record("coin")
    book.edit("chapters/coin.py", "print(", "print( ")

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(records, "write_json", killed)
    with pytest.raises(KeyboardInterrupt):
        book.record("coin")
    assert list(book.workspace.runs.iterdir()) == [old.folder]
    assert current_record(book.workspace, "coin") is None
