from __future__ import annotations

import pytest

from bookbuild.workspace import Workspace


def test_settings_survive_the_environment(tmp_path):
    workspace = Workspace(tmp_path, tmp_path / "elsewhere", "paper", 7)
    assert Workspace.at(tmp_path, workspace.environment()) == workspace


def test_defaults(tmp_path):
    assert Workspace.at(tmp_path, {}) == Workspace(tmp_path, tmp_path / "_build", "laptop", 0)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("TRAINDYN_SCALE", "huge", "scale must be one of ci, laptop, paper, got 'huge'"),
        ("TRAINDYN_SEED", "-1", "TRAINDYN_SEED must be an integer of at least 0, got '-1'"),
        ("TRAINDYN_SEED", "one", "TRAINDYN_SEED must be an integer of at least 0, got 'one'"),
    ],
)
def test_bad_setting_is_named(tmp_path, name, value, message):
    with pytest.raises(ValueError, match=message):
        Workspace.at(tmp_path, {name: value})


def test_chapters_come_from_the_table_of_contents_in_its_order(book):
    assert book.workspace.chapters == ["coin", "die"]
    book.edit("_toc.yml", "  - file: chapters/coin\n", "")
    book.append("_toc.yml", "  - file: chapters/coin.py\n  - file: more\n")
    assert book.workspace.chapters == ["die", "coin"]


@pytest.mark.parametrize(
    ("build", "site"), [("_build", "_build/html"), ("_build/test", "_build/test/_build/html")]
)
def test_site_lies_where_jupyter_book_puts_it(tmp_path, build, site):
    workspace = Workspace(tmp_path, tmp_path / build)
    assert workspace.site == tmp_path / site
    assert workspace.site == workspace.output / "_build" / "html"
