"""The planted pages without jupyter-book: here by the same Sphinx, so nothing may differ."""

import sys
from pathlib import Path

from bookbuild.newest import build
from bookbuild.newest.build import compare


def test_the_pages_without_jupyter_book_are_the_same(built, tmp_path, monkeypatch, capsys):
    asked = {}

    def here(place, packages, lib):
        """The same packages where no chapter has its key, as where their versions differ."""
        asked.update(packages=packages, lib=lib)
        python = tmp_path / "python"
        python.write_text(f'#!/bin/sh\nNPY_PLANTED=1 exec "{sys.executable}" "$@"\n')
        python.chmod(0o755)
        return python

    monkeypatch.setattr(build, "make_environment", here)
    assert compare(built.workspace)
    assert "pages hold the same articles" in capsys.readouterr().out
    assert {"sphinx", "sphinx-book-theme", "myst-nb"} < {*asked["packages"]}
    assert "jupyter-book" not in asked["packages"]
    assert asked["lib"] == built.root / "lib"

    page = built.workspace.build / "newest" / "html" / "chapters" / "coin.html"
    page.unlink()
    assert [*build.differences(built.workspace.site, page.parents[1])] == [
        "chapters/coin.html: missing"
    ]


def test_a_failing_build_shows_its_log(built, monkeypatch, capsys):
    def broken(place, packages, lib):
        return Path(sys.executable)

    monkeypatch.setattr(build, "make_environment", broken)
    monkeypatch.setattr(build, "VERSION", "print('none')")
    monkeypatch.setattr(build, "distributions", lambda extensions: ["sphinx"])
    monkeypatch.setattr(
        build, "write_configuration", lambda root, folder: {"extensions": ["myst_nb"]}
    )
    configuration = built.workspace.build / "newest" / "conf" / "conf.py"
    configuration.parent.mkdir(parents=True, exist_ok=True)
    configuration.write_text("extensions = ['no_such_extension']")
    assert not compare(built.workspace)
    assert "no_such_extension" in capsys.readouterr().err
