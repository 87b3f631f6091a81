"""A run sees the sources as they were when it began, and nothing of the user's settings."""

from __future__ import annotations

import subprocess

import pytest

from bookbuild.records import current_record, find_record
from bookbuild.snapshot import commit, snapshot

TELL = """
# %%
1 + 1
import os, sys, warnings
import matplotlib as mpl
import traindyn.throws
told = [sys.flags.optimize, mpl.rcParams["axes.grid"], mpl.get_backend(), os.environ.get("MINE")]
told += [traindyn.throws.__doc__, "started" in globals(), "site" in sys.modules["sys"].__dict__]
told += [list(warnings.filters)[0][0], os.path.expanduser("~") == os.environ["HOME"]]
print(told)
2 + 2
"""
"""A cell that tells what could have reached it."""


def last_outputs(book, chapter):
    return find_record(book.workspace, chapter).notebook.cells[-1].outputs


def test_settings_of_the_user_do_not_reach_a_run(book, tmp_path):
    book.append("chapters/die.py", TELL)
    status, plain = book.make("execute", "die")
    assert status == 0, plain
    expected, record = last_outputs(book, "die"), find_record(book.workspace, "die")

    home, extra = tmp_path / "home", tmp_path / "extra"
    files = {
        home / ".ipython/profile_default/ipython_config.py": (
            'c.InteractiveShell.ast_node_interactivity = "all"\n'
        ),
        home / ".ipython/profile_default/startup/a.py": "started = True\n",
        home / ".config/matplotlib/matplotlibrc": "axes.grid: True\n",
        home / ".jupyter/jupyter_config.py": "raise SystemExit\n",
        home / ".config/pytest.ini": "[pytest]\naddopts = -k nothing\n",
        extra / "startup.py": "started = True\n",
        extra / "sitecustomize.py": "import sys; sys.site = True\n",
        extra / "yaml.py": "raise SystemExit('shadowed')\n",
        book.root / "chapters/matplotlibrc": "axes.grid: True\n",
        book.root / "chapters/jupytext.toml": "formats = 'md'\n",
        book.root / "pytest.ini": "[pytest]\naddopts = -k nothing\n",
        book.root / "conftest.py": "raise SystemExit('conftest')\n",
    }
    for file, content in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    stale = book.root / "lib/traindyn/__pycache__"
    compile_old = "import py_compile, sys; py_compile.compile(*sys.argv[1:], doraise=True,"
    compile_old += "invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)"
    old = tmp_path / "old.py"
    old.write_text('"""Old bytecode."""\n\n\ndef heads(generator, throws):\n    return throws\n')
    stale.mkdir(exist_ok=True)
    for tag in ("cpython-311", "cpython-312", "cpython-313", "cpython-314"):
        book.run("python", "-c", compile_old, str(old), str(stale / f"throws.{tag}.pyc"))

    record.folder.rename(record.folder.with_name("before"))
    hostile = {
        "HOME": str(home),
        "MINE": "1",
        "MPLBACKEND": "svg",
        "PYTEST_ADDOPTS": "-k nothing",
        "PYTHONOPTIMIZE": "2",
        "PYTHONSTARTUP": str(extra / "startup.py"),
        "PYTHONWARNINGS": "error",
        "JUPYTER_CONFIG_DIR": str(home / ".jupyter"),
    }
    status, output = book.make("execute", "die", **hostile)
    assert status == 0, output
    assert last_outputs(book, "die") == expected


def test_an_edit_during_a_run_changes_neither_the_run_nor_its_record(book):
    room, chapter = book.root / "lib/traindyn/throws.py", book.root / "chapters/coin.py"
    before = chapter.read_text()
    edit = f"""# %%
from pathlib import Path

for file in ({str(room)!r}, {str(chapter)!r}):
    text = Path(file).read_text()
    Path(file).write_text(text.replace("100_000", "100").replace("size=throws", "size=3"))
    Path(file).write_text(Path(file).read_text() + "\\n# %%\\n1 / 0\\n")
"""
    chapter.write_text(before.replace("# %%\nfrom", f"{edit}\n# %%\nfrom", 1))
    as_it_was = chapter.read_text()
    status, output = book.make("execute", "coin")
    assert status == 0, output
    assert "4 passed" in output
    assert "coin: edited while it ran" in output
    assert current_record(book.workspace, "coin") is None
    status, output = book.make("build")
    assert status == 2, output
    chapter.write_text(as_it_was)
    room.write_text(room.read_text().replace("size=3", "size=throws").split("\n# %%")[0])
    record = current_record(book.workspace, "coin")
    (row,) = record.claims["claims"]
    assert row["measurement"]["n"] == 100_000


def test_a_failure_names_the_file_of_the_user(book):
    book.append("lib/traindyn/throws.py", '\n\ndef fall():\n    raise SystemError("planted")\n')
    book.append("chapters/die.py", "\n# %%\nfrom traindyn.throws import fall\n\nfall()\n")
    status, output = book.make("execute", "die")
    assert status == 1
    assert f"{book.root}/lib/traindyn/throws.py" in output
    assert "snapshot-" not in output


def test_a_broken_source_is_named_and_the_others_run(book):
    book.append("chapters/coin.py", '\n# %%\nprint("a"\n')
    status, output = book.make("execute")
    assert status == 1
    assert "not run: coin: chapters/coin.py, code cell 4, line 1: '(' was never closed" in output
    assert current_record(book.workspace, "die")
    book.append("lib/traindyn/die/__init__.py", "def f(:\n")
    status, output = book.make("execute", "die")
    assert status == 1
    assert "not run: die: lib/traindyn/die/__init__.py, line 23: invalid syntax" in output
    assert "Traceback" not in output
    status, output = book.make("build")
    assert (status, "Traceback" in output) == (2, False)


def test_a_snapshot_holds_the_sources_and_goes(book):
    for name in (
        "lib/traindyn/.x.py.swp",
        "chapters/coin.ipynb",
        "chapters/coin.py~",
        "chapters/x.py",
    ):
        (book.root / name).write_text("x")
    with snapshot(book.workspace) as copy:
        files = {path.relative_to(copy.root).as_posix() for path in copy.root.rglob("*.*")}
        assert {"chapters/coin.py", "lib/traindyn/throws.py", "_toc.yml"} <= files
        assert not {name for name in files if name.endswith(("swp", "~", "pyc", "ipynb", "x.py"))}
        assert copy.build == book.workspace.build
    assert not copy.root.exists()


def git(folder, *arguments):
    identity = ("-c", "user.name=a", "-c", "user.email=a@b")
    run = ["git", *identity, *arguments]
    return subprocess.run(run, cwd=folder, capture_output=True, text=True, check=True).stdout


def test_the_commit_is_that_of_the_checkout(book, tmp_path, monkeypatch):
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "outer")
    assert commit(book.root) == "unknown"
    monkeypatch.setenv("GIT_DIR", str(tmp_path / ".git"))
    assert commit(book.root) == "unknown"
    monkeypatch.delenv("GIT_DIR")

    git(book.root, "init", "-q")
    assert commit(book.root) == "unknown"
    git(book.root, "add", ".")
    git(book.root, "commit", "-q", "-m", "inner")
    head = git(book.root, "rev-parse", "--short=12", "HEAD").strip()
    assert commit(book.root) == head
    for name in (".DS_Store", "lib/traindyn/.throws.py.swp"):
        (book.root / name).touch()
    assert commit(book.root) == head
    monkeypatch.setenv("GIT_DIR", str(tmp_path / ".git"))
    assert commit(book.root) == head
    (book.root / "lib/traindyn/new.py").touch()
    assert commit(book.root) == f"{head}-dirty"
    (book.root / "lib/traindyn/new.py").unlink()
    book.append("lib/traindyn/throws.py", "\n")
    assert commit(book.root) == f"{head}-dirty"


def test_without_git_the_commit_is_unknown(book, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert commit(book.root) == "unknown"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import os; os._exit(7)", "the kernel died with exit status 7"),
        ("import os; os.kill(os.getpid(), 9)", "the kernel died: killed, perhaps for lack of mem"),
        ("import os; os.kill(os.getpid(), 11)", "the kernel died of signal SIGSEGV"),
    ],
)
def test_a_dead_kernel_is_noticed_and_named(book, code, reason):
    book.append("chapters/die.py", f"\n# %%\n{code}\n\n# %%\nprint(1)\n")
    status, output = book.make("execute", "die", "--cell-timeout", "300")
    assert status == 1
    assert f"cell 3 of 4 of die.py: {reason}" in output
    assert "not executed, because cell 3 of 4 failed" in output
    assert "not recorded: die" in output
