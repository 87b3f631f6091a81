"""Files and folders written whole or not at all; what counts as a source."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from traindyn.system.files import (
    digest,
    digest_files,
    folder_aside,
    is_source,
    keep_aside,
    move_into_place,
    recover,
    remove,
    source_files,
    write_file,
)


def test_a_digest_tells_where_parts_end(tmp_path):
    assert digest(b"ab", b"c") != digest(b"a", b"bc") != digest(b"abc")
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"1")
    other.write_bytes(b"2")
    before = digest_files(tmp_path, [one, other])
    one.write_bytes(b"2")
    other.write_bytes(b"1")
    assert digest_files(tmp_path, [one, other]) != before
    assert digest_files(tmp_path, [other, one]) != before
    with pytest.raises(ValueError, match="is not in the subpath"):
        digest_files(tmp_path / "deep", [one])


@pytest.mark.parametrize(
    "name",
    [
        *(".DS_Store", "._law.py", ".law.py.swp", "#law.py#", "law.py~", "law.py.orig", "law.pyc"),
        *("4913", "law (conflicted copy).py", "__pycache__", "Thumbs.db", "x.egg-info", ".#law.py"),
        *("law.py.rej", "law.bak", "~$law.json", ".nfs0001", "law.lock", "law.json.tmp"),
    ],
)
def test_leftovers_are_no_sources(tmp_path, name):
    assert not is_source(name)
    (tmp_path / name).write_text("x")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "law.json").write_text("x")
    assert source_files(tmp_path) == [tmp_path / "folder" / "law.json"]


@pytest.mark.parametrize("name", ["law.py", "three_saddles.json", "a.npz", "LICENSE"])
def test_sources_are(name):
    assert is_source(name)


def test_no_folder_has_no_sources(tmp_path):
    assert source_files(tmp_path / "none") == []


def test_a_dangling_link_is_no_source(tmp_path):
    (tmp_path / "law.json").symlink_to(tmp_path / "none")
    assert source_files(tmp_path) == []


def test_a_folder_moves_into_place_whole(tmp_path):
    place = tmp_path / "deep" / "site"
    for content in ("old", "new"):
        with folder_aside(place) as aside:
            (aside / "page").write_text(content)
            move_into_place(aside, place)
        assert (place / "page").read_text() == content
        assert list(place.parent.iterdir()) == [place]


def test_a_folder_that_is_not_finished_leaves_the_old_one(tmp_path):
    place = tmp_path / "site"
    place.mkdir()

    def fail():
        with folder_aside(place) as aside:
            (aside / "page").write_text("half")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        fail()
    assert list(tmp_path.iterdir()) == [place]
    assert list(place.iterdir()) == []


def test_a_move_killed_half_way_is_undone(tmp_path, monkeypatch):
    place, new = tmp_path / "site", tmp_path / "new"
    for folder in (place, new):
        folder.mkdir()
        (folder / "page").write_text(folder.name)
    real = Path.rename
    monkeypatch.setattr(Path, "rename", lambda s, t: real(s, t) if s == place else os._exit(9))
    if not (child := os.fork()):
        move_into_place(new, place)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    monkeypatch.undo()
    assert not place.exists()
    recover(place)
    assert (place / "page").read_text() == "site"
    recover(place)
    move_into_place(new, place)
    assert (place / "page").read_text() == "new"


def test_a_folder_without_permissions_is_removed_by_its_owner(tmp_path):
    """In a process of another user, since root may do everything."""
    top = tmp_path / "top"
    (top / "a" / "b").mkdir(parents=True)
    (top / "a" / "b" / "file").touch()
    (top / "a" / "b").chmod(0)
    top.chmod(0o100)
    if os.geteuid() == 0:
        for folder in (tmp_path, top, top / "a", top / "a" / "b"):
            os.chown(folder, 65534, 65534)
        for parent in tmp_path.parents[:3]:
            parent.chmod(0o755)
    if not (child := os.fork()):
        if os.geteuid() == 0:
            os.setuid(65534)
        remove(top)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert not top.exists()
    remove(top)


def test_a_kept_file_has_the_first_free_name(tmp_path):
    for number in (1, 2):
        (tmp_path / "a.ipynb").write_text(str(number))
        kept = keep_aside(tmp_path / "a.ipynb")
        assert kept.name == f"a.kept-{number}.ipynb"
        assert kept.read_text() == str(number)
    (tmp_path / "a.kept-3.ipynb").symlink_to("nothing")
    (tmp_path / "a.ipynb").touch()
    assert keep_aside(tmp_path / "a.ipynb").name == "a.kept-4.ipynb"


def test_a_new_file_has_the_mode_of_the_shell_and_an_old_one_its_own(tmp_path):
    old = os.umask(0o027)
    try:
        write_file(tmp_path / "deep" / "new", b"1")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "deep" / "new").stat().st_mode) == 0o640
    (tmp_path / "deep" / "new").chmod(0o604)
    write_file(tmp_path / "deep" / "new", b"2")
    assert stat.S_IMODE((tmp_path / "deep" / "new").stat().st_mode) == 0o604
    assert [path.read_bytes() for path in (tmp_path / "deep").iterdir()] == [b"2"]
