from __future__ import annotations

import pytest

from bookbuild import records
from bookbuild.records import current_record, current_records


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


def test_a_new_record_replaces_the_older_ones_of_its_chapter_only(book):
    die, old = book.record("die"), book.record("coin")
    book.edit("chapters/coin.py", "print(", "print( ")
    new = book.record("coin")
    assert sorted(book.workspace.runs.iterdir()) == sorted([die.folder, new.folder])
    assert new != old


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
