"""``traindyn diagnose`` on files of a user."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import jsonschema
import pytest

from traindyn.__main__ import main
from traindyn.diagnose import schema
from traindyn.diagnose.command import FILES, UserCodeError, load_function, run

NETWORK = """
import torch
from helper_of_mine import WIDTH

def make_network():
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Linear(4, WIDTH), torch.nn.Tanh(), torch.nn.Linear(WIDTH, 2)
    )

def make_loader():
    x = torch.randn(64, 4, generator=torch.Generator().manual_seed(0))
    return [(x, (x[:, 0] > 0).long())]

def absolute(outputs, targets):
    return outputs.abs().square().sum(1)

number = 3

def broken():
    raise ValueError("no such checkpoint")
"""


@pytest.fixture
def files(tmp_path, monkeypatch):
    (tmp_path / "net_of_mine.py").write_text(NETWORK)
    (tmp_path / "helper_of_mine.py").write_text("WIDTH = 6\n")
    for name in ("net-of-mine.py", "json.py"):
        (tmp_path / name).write_text("number = 3\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    for name in ("net_of_mine", "helper_of_mine", "wrong"):
        sys.modules.pop(name, None)


WORDS = ["diagnose", "net_of_mine.py:make_network", "--data", "net_of_mine.py:make_loader"]
FEW = ["--count", "2", "--samples", "32"]


def test_it_prints_a_report(files, capsys):
    assert main([*WORDS, *FEW]) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("# Diagnosis\n\n44 parameters, 32 samples, seed 0; loss ")
    assert shown.err.startswith("44 parameters: about ")


def test_it_writes_three_files(files):
    loss = ["--loss", "net_of_mine.py:absolute"]
    assert main([*WORDS, *FEW, *loss, "--output", "new/folder"]) == 0
    folder = files / "new" / "folder"
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    jsonschema.validate(json.loads((folder / FILES[0]).read_text()), schema())
    assert "<svg" in (folder / FILES[2]).read_text()


def test_it_never_writes_where_something_is(files, capsys):
    kept = files / "taken"
    kept.mkdir()
    (kept / "thesis.txt").write_text("years")
    assert main([*WORDS, "--output", "taken"]) == 2
    assert "--output must be a new or an empty folder, got taken" in capsys.readouterr().err
    options = argparse.Namespace(output=Path("net_of_mine.py"), samples=8, count=1, loss="mse")
    with pytest.raises(ValueError, match="a new or an empty folder"):
        run(options)
    assert [path.name for path in kept.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("make_network", "network must be FILE.py:function, got make_network"),
        ("missing.py:make", "network must name a file that is there, got missing.py"),
        ("net_of_mine.py:lost", "network must name a function of net_of_mine.py, got lost"),
        ("net_of_mine.py:number", "network must name a function of net_of_mine.py, got number"),
        ("net-of-mine.py:number", "network must name a module of Python, got net-of-mine.py"),
        ("json.py:loads", "network must not have the name of another module, got json.py"),
    ],
)
def test_a_function_that_is_none_is_told(files, place, message, capsys):
    with pytest.raises(ValueError, match=message):
        load_function(place, "network")
    assert main(["diagnose", place, *WORDS[2:]]) == 2
    assert message in capsys.readouterr().err


def test_what_fails_in_a_file_of_the_user_is_shown_whole(files):
    with pytest.raises(UserCodeError, match="broken failed") as told:
        main(["diagnose", "net_of_mine.py:broken", *WORDS[2:]])
    assert str(told.value.__cause__) == "no such checkpoint"
    (files / "wrong.py").write_text("import nothing_of_that_name\n")
    with pytest.raises(UserCodeError, match="cannot be imported"):
        load_function("wrong.py:make", "network")


def test_a_report_that_cannot_be_written_is_printed(files, capsys, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("traindyn.diagnose.command.write_file", full)
    assert main([*WORDS, *FEW, "--output", "new"]) == 2
    shown = capsys.readouterr()
    assert shown.out.startswith("# Diagnosis")
    assert "No space left on device" in shown.err
