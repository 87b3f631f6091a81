"""Notebooks run as launch buttons run them; here in the environment of the tests."""

import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from bookbuild import launched
from bookbuild.launched import launch, pip_arguments, that_answer
from bookbuild.workspace import Workspace

ENVIRONMENT = "dependencies: [python=3.11, pip, {pip: [-r requirements.lock, -e .]}]"


@pytest.fixture
def book(tmp_path, monkeypatch):
    """A book with two published notebooks, and no environment but this one."""
    root = tmp_path / "book"
    published = root / "_build" / "publish"
    (published / "chapters").mkdir(parents=True)
    (root / "_toc.yml").write_text(
        "format: jb-book\nroot: index\nchapters: [{file: chapters/coin}, {file: chapters/die}]\n"
    )
    (root / "_config.yml").write_text("sphinx: {config: {book_repository: ''}}")
    (published / "environment.yml").write_text(ENVIRONMENT)
    (published / "requirements.lock").write_text("a==1\n")
    for name, code in {
        "coin": "import os, pathlib\n"
        "assert os.environ['TRAINDYN_SCALE'] == 'ci' and 'PYTHONPATH' not in os.environ\n"
        "assert 'TRAINDYN_BUILD' not in os.environ\n"
        "assert pathlib.Path('../environment.yml').exists()",
        "die": "raise ArithmeticError('no faces')",
    }.items():
        notebook = new_notebook(cells=[new_code_cell(code)])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "", "language": ""}
        nbformat.write(notebook, published / "chapters" / f"{name}.ipynb")
    made = []
    monkeypatch.setenv("TRAINDYN_BUILD", "elsewhere")
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    monkeypatch.setattr(launched, "reachable", lambda index, _: "silent" not in index)
    monkeypatch.setattr(
        launched, "make_environment", lambda *given: (made.append(given), Path(sys.executable))[1]
    )
    return Workspace(root, root / "_build", "ci"), made


def content(folder: Path) -> dict[Path, bytes]:
    """All files below a folder."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_binder_runs_the_notebook_in_the_published_folder(book):
    workspace, made = book
    before = content(workspace.root)
    assert launch(workspace, "coin", "binder")
    assert made[0][1] == ["-r", "requirements.lock", "-e", "."]
    assert content(workspace.root) == before


def test_a_cell_that_fails_is_shown(book, capfd):
    assert not launch(book[0], "die", "binder")
    assert "no faces" in capfd.readouterr().err


def test_colab_gets_the_notebook_alone(book, capfd):
    workspace, made = book
    (workspace.root / "_config.yml").write_text("sphinx: {config: {book_repository: https://a}}")
    assert not launch(workspace, "coin", "colab")  # its folder holds no environment.yml
    assert "environment.yml" in capfd.readouterr().err
    assert made[0][1] == []


@pytest.mark.parametrize(
    ("chapter", "service", "told"),
    [
        ("edge", "binder", "chapter must be one of coin, die, got 'edge'"),
        ("coin", "jupyter", "service must be one of binder, colab, got 'jupyter'"),
        ("coin", "colab", "book_repository in _config.yml must be set"),
    ],
)
def test_what_cannot_run_is_refused(book, chapter, service, told):
    with pytest.raises(ValueError, match=told):
        launch(book[0], chapter, service)
    assert not book[1]


def test_a_book_that_is_not_published_is_refused(book):
    (book[0].build / "publish" / "chapters" / "coin.ipynb").unlink()
    with pytest.raises(ValueError, match="make publish"):
        launch(book[0], "coin", "binder")


@pytest.mark.parametrize("text", ["", "dependencies: [pip]", "dependencies: [{conda: [a]}]"])
def test_an_environment_without_packages_is_refused(text):
    with pytest.raises(ValueError, match="packages of pip"):
        pip_arguments(text)


def test_the_environment_takes_files_from_the_published_folder(tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(launched, "run", lambda command: calls.append([*map(str, command)]))
    (tmp_path / "requirements.lock").touch()
    packages = pip_arguments(ENVIRONMENT)
    python = launched.make_environment(tmp_path / "env", packages, tmp_path)
    assert calls[0][1:] == ["-m", "venv", str(tmp_path / "env")]
    assert calls[1][-2:] == ["nbclient", "ipykernel"]
    wanted = ["-r", str(tmp_path / "requirements.lock"), "-e", str(tmp_path)]
    assert calls[2][-4:] == wanted
    assert calls[2][0] == str(python)


def test_an_index_that_does_not_answer_is_left_out_and_named(monkeypatch, capsys):
    """Pip would wait for it at every package."""
    monkeypatch.setattr(launched, "reachable", lambda index, _: "silent" not in index)
    option = "--extra-index-url"
    kept = that_answer([option, "https://silent", option, "https://there", "-r", "a.lock"])
    assert kept == [option, "https://there", "-r", "a.lock"]
    assert "https://silent does not answer" in capsys.readouterr().err
    assert that_answer([f"{option}=https://silent", f"{option}=https://there"]) == [
        option, "https://there"
    ]  # fmt: skip
    with pytest.raises(ValueError, match="must name an index"):
        that_answer(["-e", ".", option])
