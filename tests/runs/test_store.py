"""The store: what is found, what is made again, and what is kept."""

import errno
import os

import numpy as np
import pytest
from filelock import FileLock

from traindyn.runs import store as module
from traindyn.runs.store import BusyError, Key, Store

KEY = Key("room.draw", "a", "x")


def fetch(store, value=1.0, key=KEY, keep=True):
    return store.fetch(key, lambda: value, lambda: keep)[0]


def test_the_first_run_sees_what_later_ones_see(tmp_path):
    array = np.arange(6.0).reshape(2, 3).T
    first = fetch(Store(tmp_path), array[::2])
    later = fetch(Store(tmp_path), None)
    assert first.strides == later.strides == np.ascontiguousarray(array[::2]).strides
    assert not first.flags.writeable
    assert not later.flags.writeable


def test_a_value_is_not_stored_when_its_sources_changed(tmp_path):
    assert fetch(Store(tmp_path), 1.0, keep=False) == 1.0
    assert fetch(Store(tmp_path), 2.0) == 2.0


def test_seconds_hold_those_of_what_was_found(tmp_path):
    inner, outer = KEY, Key("room.sum", "a", "x")
    Store(tmp_path).fetch(inner, lambda: module.time.sleep(0.2), lambda: True)
    again = Store(tmp_path)
    _, seconds = again.fetch(outer, lambda: fetch(again), lambda: True)
    assert 0.2 <= seconds < 0.4


def test_a_folder_that_takes_no_file_loses_no_value(tmp_path, capsys, monkeypatch):
    def full(path, content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(module, "write_file", full)
    assert fetch(Store(tmp_path), 3.0) == 3.0
    assert capsys.readouterr().err == "not stored: room.draw: No space left on device\n"
    (tmp_path / "file").touch()
    assert fetch(Store(tmp_path / "file" / "below"), 4.0) == 4.0


def test_who_has_something_else_to_do_does_not_wait(tmp_path):
    (tmp_path / "locks").mkdir()
    outer = Key("room.sum", "a", "x")
    with FileLock(tmp_path / "locks" / "room.draw-a.lock"):
        busy = Store(tmp_path, waits=False)
        with pytest.raises(BusyError, match=r"room\.draw"):
            fetch(busy)
        with pytest.raises(BusyError, match=r"room\.draw"):
            busy.fetch(outer, lambda: fetch(busy), lambda: True)
    assert fetch(busy) == 1.0


def test_files_that_a_kill_left_are_removed(tmp_path):
    folder = tmp_path / "room.draw"
    folder.mkdir()
    old, new = folder / ".traindyn-part-old", folder / ".traindyn-part-new"
    for file in (old, new):
        file.touch()
    os.utime(old, (0, 0))
    fetch(Store(tmp_path))
    assert sorted(path.name for path in folder.iterdir()) == [new.name, "a-x.npz"]


def test_files_for_a_caller_elsewhere(tmp_path):
    worker = Store(None, sent=[])
    assert fetch(worker, 5.0) == 5.0
    caller = Store(tmp_path)
    for key, content in worker.sent:
        caller.receive(key, content)
    assert fetch(Store(tmp_path), None) == 5.0
    without = Store(None)  # an installed library stores nothing, but this process has a memory
    without.receive(*worker.sent[0])
    assert fetch(without, None) == 5.0


def test_a_worker_sends_nothing_when_its_sources_changed():
    worker = Store(None, sent=[])
    assert fetch(worker, 5.0, keep=False) == 5.0
    assert fetch(worker, 6.0, key=Key("room.draw", "b", "")) == 6.0
    assert worker.sent == []
