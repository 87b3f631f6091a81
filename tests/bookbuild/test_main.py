"""One line for a user's mistake, and a status that scripts can use."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time

import pytest

from traindyn.ledger import ledger_of, write_json
from traindyn.system.locks import held


@pytest.mark.parametrize(
    ("arguments", "variables", "line"),
    [
        (["execute", "moon"], {}, "chapters must be among coin, die, got 'moon'"),
        (["execute", "--jobs", "0"], {}, "jobs must be at least 1, got 0"),
        (["build"], {}, "no passing run at scale ci of coin, die"),
        (["serve"], {}, "there is no finished site in"),
        (["serve", "--port", "70000"], {}, "port must lie in [0, 65535], got 70000"),
        (["host"], {}, "there is no finished site in"),
        (["clean"], {"TRAINDYN_BUILD": "."}, "which holds the checkout"),
        (["execute"], {"TRAINDYN_SEED": "one"}, "TRAINDYN_SEED must be an integer"),
        (["execute"], {"TRAINDYN_SCALE": "huge"}, "scale must be one of ci, laptop, paper"),
        (["execute"], {"TRAINDYN_BUILD": "_toc.yml"}, "which is no folder"),
    ],
)
def test_a_mistake_is_one_line(book, arguments, variables, line):
    status, output = book.make(*arguments, **variables)
    assert status == 2
    assert output.startswith("error: ")
    assert line in output
    assert output.count("\n") == 1


def test_empty_variables_are_not_set(book):
    variables = dict.fromkeys(("TRAINDYN_BUILD", "TRAINDYN_SCALE", "TRAINDYN_SEED"), "")
    status, output = book.make("build", **variables)
    assert (status, "at scale laptop of coin, die" in output) == (2, True)
    assert (book.root / "_build").is_dir()
    status, output = book.make("clean", **variables)
    assert status == 0
    assert (book.root / "_toc.yml").exists()
    assert not (book.root / "_build").exists()


def test_another_folder_is_named(book):
    (book.root / "chapters").joinpath("x").mkdir()
    code = "import os, sys; os.chdir('chapters'); from bookbuild.__main__ import main; "
    code += "sys.exit(main(['execute']))"
    status, output = book.run("python", "-c", code)
    assert status == 2
    assert "the current folder must hold a book's _toc.yml" in output
    assert output.count("\n") == 1


@pytest.mark.parametrize(
    ("file", "content", "line"),
    [
        ("_toc.yml", b"format: [", "_toc.yml must be a table of contents"),
        ("_toc.yml", b"", "_toc.yml must be a table of contents"),
        ("_toc.yml", b"\xff\xfe", "_toc.yml must be a table of contents"),
        ("chapters/coin.py", b"\xff\xfe", "chapters/coin.py must be UTF-8"),
        ("chapters/coin.py", None, "chapters/coin.py must be a text notebook, but there is no"),
        ("requirements.lock", None, "requirements.lock: No such file"),
    ],
)
def test_a_broken_file_is_named(book, file, content, line):
    if content is None:
        (book.root / file).unlink()
    else:
        (book.root / file).write_bytes(content)
    for command in ("execute", "build", "notebooks"):
        if command == "notebooks" and (content is None or file == "_toc.yml"):
            continue
        status, output = book.make(command, *(["coin"] if command == "execute" else []))
        assert status in {1, 2}
        assert line in output
        assert "Traceback" not in output


def test_a_port_in_use_is_named(book):
    for chapter in ("coin", "die"):
        book.record(chapter)
    status, output = book.make("build")
    assert status == 0, output
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = str(holder.getsockname()[1])
        status, output = book.make("serve", "--port", port)
    assert status == 2
    assert f"port must be free, but {port} is in use" in output
    assert output.count("\n") == 1


def test_a_published_ledger_of_somebody_is_kept(book):
    for chapter in ("coin", "die"):
        book.record(chapter)
    mine = book.workspace.claims / "coin.json"
    write_json(mine, {**ledger_of("coin", [], scale="ci", seed=0), "key": "mine"})
    status, output = book.make("build")
    assert status == 0, output
    kept = book.workspace.build / "kept" / "coin.kept-1.json"
    assert f"claims/coin.json is not what the book published: kept as {kept}" in output
    assert json.loads(kept.read_text())["key"] == "mine"
    assert json.loads(mine.read_text())["key"] != "mine"


def test_an_interrupted_command_says_so_and_ends_at_once(book):
    book.append("chapters/die.py", f"\n# %%\nopen({str(book.root / 'now')!r}, 'w')\n")
    book.append("chapters/die.py", "import time; time.sleep(600)\n")
    for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        process = subprocess.Popen(
            [sys.executable, "-m", "bookbuild", "execute", "die"],
            cwd=book.root,
            env=book.environment(),
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        while not (book.root / "now").exists():
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.05)
        process.send_signal(number)
        _, said = process.communicate(timeout=20)
        assert process.returncode == status
        assert "Traceback" not in said
        (book.root / "now").unlink()
    assert [path.name for path in book.workspace.build.glob(".snapshot*")] == []


def test_a_poor_terminal_is_enough(book):
    (book.root / "chapters" / "Ölçüm.py").write_text("# %% [markdown]\n# # Ölçüm\n")
    status, output = book.make("notebooks", PYTHONIOENCODING="ascii")
    assert status == 0, output
    assert "chapters/?l??m.ipynb" in output


def test_a_reader_that_leaves_ends_a_command_quietly(book):
    code = "import subprocess, sys; p = subprocess.Popen([sys.executable, '-u', '-m', 'bookbuild', "
    code += "'notebooks'], stdout=subprocess.PIPE); p.stdout.close(); sys.exit(p.wait())"
    status, output = book.run("python", "-c", code)
    assert (status, output) == (141, "")


def test_a_full_disk_behind_the_output_is_one_line(book):
    code = "import subprocess, sys; sys.exit(subprocess.call([sys.executable, '-m', 'bookbuild', "
    code += "'notebooks'], stdout=open('/dev/full', 'w')))"
    status, output = book.run("python", "-c", code)
    assert (status, output.count("\n")) == (2, 1)
    assert "No space left on device" in output


def test_a_second_build_waits_and_says_so(book):
    for chapter in ("coin", "die"):
        book.record(chapter)
    with held(book.workspace.build / "book.lock"):
        second = subprocess.Popen(
            [sys.executable, "-m", "bookbuild", "build"],
            cwd=book.root,
            env=book.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert second.stderr.readline().startswith("another build runs in ")
        assert not book.workspace.claims.exists()
    output, _ = second.communicate(timeout=120)
    assert second.returncode == 0, output
