"""Only what the book wrote is ever removed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bookbuild.build_root import claim_build_root, clean, require_build_root

LIB = Path(__file__).parents[2] / "lib"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with a file of somebody in each place that must survive."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    root = tmp_path / "home" / "work" / "book"
    for folder in ("", "lib", "chapters", "book", "chapters/deep", "../thesis", "../.."):
        (root / folder).mkdir(parents=True, exist_ok=True)
        (root / folder / "draft.txt").write_text("x")
    return root


def drafts(root: Path) -> int:
    return len(list(root.parents[1].rglob("draft.txt")))


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        (".", "which holds the checkout"),
        ("..", "which holds the checkout"),
        ("../..", "which holds the checkout"),
        ("/", "which holds the checkout"),
        ("_build/..", "which holds the checkout"),
        ("lib", "which lies among the sources"),
        ("chapters/new", "which lies among the sources"),
        ("../thesis", "which holds draft.txt"),
        ("draft.txt", "which is no folder"),
        ("link", "which is a link"),
        ("gone", "which is a link"),
    ],
)
def test_no_other_folder_is_a_build_root(root, build, reason):
    (root / "link").symlink_to(root.parent / "thesis")
    (root / "gone").symlink_to(root.parent / "nothing")
    before = drafts(root)
    for attempt in (require_build_root, claim_build_root, lambda r, b: list(clean(r, b))):
        with pytest.raises(ValueError, match=f"must name a folder of the book's own.*{reason}"):
            attempt(root, root / build)
    assert drafts(root) == before


def test_home_is_no_build_root(root, monkeypatch):
    home = root.parent / "thesis"
    monkeypatch.setenv("HOME", str(home))
    (home / "draft.txt").unlink()
    with pytest.raises(ValueError, match="which holds your home"):
        require_build_root(root, home)


@pytest.mark.parametrize("build", ["_build", "_build/test", "../elsewhere/new"])
def test_a_new_or_empty_folder_becomes_one_and_goes(root, build):
    place = root / build
    before = drafts(root)
    claim_build_root(root, place)
    claim_build_root(root, place)
    for name in ("runs", "claims", "html", ".html-abc", ".doctrees"):
        (place / name).mkdir()
    for name in ("book.pdf", ".DS_Store", "publish.lock"):
        (place / name).touch()
    assert list(clean(root, place)) == []
    assert not place.exists()
    assert drafts(root) == before
    assert list(clean(root, place)) == []


def test_a_build_root_from_before_the_mark_goes(root):
    for name in ("runs/ci", "claims", "html", "test/runs", "test/_build/html"):
        (root / "_build" / name).mkdir(parents=True)
    assert list(clean(root, root / "_build")) == []
    assert not (root / "_build").exists()


@pytest.mark.parametrize("name", ["notes.txt", "thesis", ".git", "html.kept-1", "test/notes.txt"])
def test_a_build_root_with_a_foreign_file_stays_whole(root, name):
    claim_build_root(root, root / "_build")
    claim_build_root(root, root / "_build" / "test")
    (root / "_build" / "runs").mkdir()
    (root / "_build" / name).mkdir()
    with pytest.raises(
        ValueError, match=f"holds {name.split('/')[0]}, which the book did not make"
    ):
        list(clean(root, root / "_build"))
    assert (root / "_build" / "runs").is_dir()


def test_a_link_in_a_build_root_is_foreign(root):
    claim_build_root(root, root / "_build")
    (root / "_build" / "html").symlink_to(root.parent / "thesis")
    with pytest.raises(ValueError, match="holds html"):
        list(clean(root, root / "_build"))


def test_it_runs_without_an_environment_and_keeps_edited_notebooks(root):
    claim_build_root(root, root / "_build")
    (root / "_toc.yml").touch()
    (root / "chapters" / "mine.ipynb").write_text("{}")
    command = [sys.executable, "-I", "-S", "-c"]
    code = "import sys; sys.path.insert(0, sys.argv[1]); from runpy import run_module; "
    code += "run_module('bookbuild.build_root', run_name='__main__')"
    variables = {**os.environ, "TRAINDYN_BUILD": ""}
    run = subprocess.run(
        [*command, code, str(LIB)], cwd=root, env=variables, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout == "kept chapters/mine.ipynb: somebody made or edited it\n"
    assert not (root / "_build").exists()

    other = root / "chapters"  # somebody's folder with a build root of another program
    (other / "_build" / "html").mkdir(parents=True)
    run = subprocess.run([*command, code, str(LIB)], cwd=other, env=variables, capture_output=True)
    assert run.returncode == 1
    assert (other / "_build" / "html").is_dir()


def test_commands_refuse_a_foreign_folder(book):
    thesis = book.root.parent / "thesis"
    thesis.mkdir()
    (thesis / "draft.tex").write_text("x")
    for command in ("clean", "execute", "build", "host", "pdf"):
        status, output = book.make("--build", str(thesis), command)
        assert status == 2
        assert "which holds draft.tex" in output
        assert [path.name for path in thesis.iterdir()] == ["draft.tex"]
    shutil.rmtree(thesis)
    status, output = book.make("--build", str(thesis), "build")
    assert (status, "no passing run" in output) == (2, True)
