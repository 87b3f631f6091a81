"""``traindyn challenge`` on a planted library: maps, refusals, what is stored and what is not."""

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

import traindyn
from traindyn.__main__ import main as program
from traindyn.challenge.command import Challenge, challenge, claim_of, main, map_of, write_map

CLAIMS = """
import os
from typing import Literal
from traindyn.inference import exact
from traindyn.ledger import Part, Registry, at_most, within, wrong_prediction, other_system
from traindyn.runs import Context, study

registry = Registry("coin", "CO")


def note(name):
    with open(os.environ["TMPDIR"] + "/notes", "a") as file:
        file.write(name + "\\n")


@study(stream="throws")
def heads(context: Context, bias: float, side: Literal["heads", "tails"] = "heads",
          shift: float = 0.0) -> float:
    note(f"heads {bias} {side} {shift} {context.seed}")
    if not 0 <= bias <= 1:
        raise ValueError(f"bias must lie in [0, 1], got {bias:g}")
    if shift == 7.0:
        raise FloatingPointError("diverged")
    if shift == 8.0:
        raise TypeError("broken")
    return (bias if side == "heads" else 1 - bias) + shift + 0.001 * (context.seed % 2)


@study(stream="doubled")
def doubled(context: Context, times: int) -> float:
    note(f"doubled {times}")
    return times * heads(context, 0.5)


@registry.claim(1, source="eq. 1", basis="stated", statement="Heads come up half the time.")
def one(context):
    note(f"CO-1 {context.seed}")
    fair, bent = heads(context, 0.5), heads(context, 0.9)
    return None, [
        Part("it is a half", exact(fair), within(0.1, "a tenth", "size"),
             [other_system("bent", exact(bent))], prediction=0.5, compares="algebra"),
        Part("bent is more", exact(fair - bent), at_most(-0.1, "a tenth", "size"),
             [other_system("equal", exact(0.0))], compares="algebra"),
    ]


@registry.claim(2, source="eq. 2", basis="stated", statement="Two are twice one.")
def two(context):
    return None, [Part("it is one", exact(doubled(context, 2)), within(0.1, "a tenth", "size"),
                       [wrong_prediction("one", 0.5)], prediction=1.0, compares="algebra")]


@registry.claim(3, source="eq. 3", basis="stated", statement="Three asks nothing.")
def three(context):
    return None, [Part("it is one", exact(1.0), within(0.1, "a tenth", "size"),
                       [wrong_prediction("two", 2.0)], prediction=1.0, compares="algebra")]
"""


@pytest.fixture(scope="module")
def planted(plant, tmp_path_factory):
    return plant(tmp_path_factory.mktemp("challenge"), CLAIMS)


@pytest.fixture
def library(planted):
    (planted / "notes").unlink(missing_ok=True)
    return planted


def ask(library, *words, code=0, command="challenge", **variables):
    """Run the command (``traindyn.challenge.command.run``); its output and its messages."""
    own = {"TRAINDYN_STUDIES": str(library / "store"), "TMPDIR": str(library)}
    done = subprocess.run(
        [sys.executable, "-m", "traindyn", command, *map(str, words), "--scale", "ci"],
        env={**os.environ, **own, "PYTHONPATH": str(library / "lib"), **variables},
        cwd=library,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == code, done.stderr
    return done.stdout, done.stderr


def notes(library):
    file = library / "notes"
    found = sorted(file.read_text().splitlines()) if file.exists() else []
    file.unlink(missing_ok=True)
    return found


def test_without_a_setting_the_names_and_the_bounds_that_would_hold_are_told(library):
    out, _ = ask(library, "CO-1")
    assert "CO-1a would hold for bounds from 0 to 0.4" in out
    assert "CO-1b would hold for bounds from −0.4 to 0" in out
    assert out.endswith(
        "CO-1 can be asked with --set of\n  heads.bias = 0.5, 0.9\n"
        "  heads.side = heads (default)\n  heads.shift = 0 (default)\n"
    )


def test_a_map_over_one_argument(library):
    out, err = ask(library, "CO-1", "--set", "shift=0:0.4:3", "--jobs", 1)
    assert "3 runs of CO-1 are stored" not in err
    lines = out.splitlines()
    assert lines[0] == "CO-1: Heads come up half the time."
    assert lines[1] == "scale ci, seed 0"
    assert [line.split() for line in lines[3:7]] == [
        ["shift", "CO-1a", "CO-1b"],
        ["0.0", "verified", "verified"],
        ["0.2", "falsified", "verified"],
        ["0.4", "falsified", "verified"],
    ]
    assert "CO-1a turns with shift: verified at 0.0; falsified at 0.2 to 0.4" in lines
    assert "CO-1b does not turn with shift: verified at 0.0 to 0.4" in lines


def test_a_challenge_is_resumed_and_never_touches_the_published_result(library):
    words = ("CO-1", "--set", "bias@0.5=0.45,0.7", "--seeds", 5, "--jobs", 1)
    first, _ = ask(library, *words, TRAINDYN_CLAIMS="claims", TRAINDYN_SEED="5")
    assert {"heads 0.45 heads 0.0 5", "heads 0.7 heads 0.0 5"} <= set(notes(library))
    assert not (library / "claims").exists()
    again, err = ask(library, *words)
    assert "2 runs of CO-1 are stored, 0 to run" in err
    assert first == again
    _, err = ask(library, *words, "--bound", 0.25)
    assert "2 runs of CO-1 are stored, 0 to run" in err
    assert notes(library) == ["CO-1 5"] * 2  # it looks at what the claim asks, and draws nothing
    _, err = ask(library, "CO-1", "--seeds", 5, command="run")
    assert "0 claims are stored, 1 to run" in err  # the usual key was not written
    assert notes(library) == ["CO-1 5"]  # but its studies were


def test_what_a_study_asks_of_another_one_is_not_overridden(library):
    out, _ = ask(library, "CO-2", "--set", "times=1,2,3", "--jobs", 1)
    assert "CO-2 turns with times: falsified at 1; verified at 2; falsified at 3" in out
    _, err = ask(library, "CO-2", "--set", "bias=0.9", code=2)
    assert "--set must name an argument of the claim's studies, got 'bias'" in err
    assert err.endswith("CO-2 can be asked with --set of\n  doubled.times = 2\n")


def test_bounds_are_an_axis_and_two_axes_make_a_grid(library):
    out, _ = ask(library, "CO-1a", "--set", "shift=0.0,0.2", "--bound", "0.1,0.3", "--jobs", 1)
    grid = [line.split() for line in out.splitlines()[3:6]]
    assert grid == [
        ["bound", "\\", "shift", "0.0", "0.2"],
        ["0.1", "verified", "falsified"],
        ["0.3", "verified", "verified"],
    ]


def test_seeds_are_counted(library):
    words = ("CO-1a", "--set", "shift=0.0,0.0995", "--seeds", "0-3", "--jobs", 1)
    out, _ = ask(library, *words)
    assert [line.split() for line in out.splitlines()[3:6]] == [
        ["shift", "CO-1a"],
        ["0.0", "4/4"],
        ["0.0995", "2/4"],
    ]
    assert "CO-1a turns with shift: as expected at 4 of 4 seeds at 0.0" in out


def test_a_value_beyond_what_a_study_accepts_is_refused(library):
    out, _ = ask(library, "CO-1", "--set", "bias@0.5=0.5,1.5", "--jobs", 1)
    assert ["1.5", "refused", "refused"] in [line.split() for line in out.splitlines()]
    assert "1 run was refused: bias must lie in [0, 1], got 1.5" in out
    _, err = ask(library, "CO-1", "--set", "bias@0.5=-1.0", "--jobs", 1, code=2)
    assert "traindyn: error: bias must lie in [0, 1], got -1\n" in err
    assert "heads.bias = 0.5, 0.9" in err


def test_what_breaks_is_told_and_the_others_go_on(library):
    out, err = ask(library, "CO-1", "--set", "shift=0.0,7.0,8.0", "--jobs", 1, code=1)
    rows = [line.split() for line in out.splitlines()]
    assert ["0.0", "verified", "verified"] in rows
    assert ["7.0", "refused", "refused"] in rows
    assert ["8.0", "broke", "broke"] in rows
    assert "1 run was refused: FloatingPointError: diverged" in out
    assert "1 run broke: TypeError: broken" in out
    assert "broke: shift=8.0: Traceback" in err


@pytest.fixture
def room(library, monkeypatch):
    """The planted room, imported by this process."""
    monkeypatch.setattr(traindyn, "__path__", [str(library / "lib" / "traindyn")])
    monkeypatch.setenv("TMPDIR", str(library))
    for name in [name for name in sys.modules if name.startswith("traindyn.coin")]:
        monkeypatch.delitem(sys.modules, name)
    yield library
    for name in [name for name in sys.modules if name.startswith("traindyn.coin")]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("asked", "settings", "told"),
    [
        ("CO-9", {}, "claim must be an id such as SS-7 or SS-7a, got 'CO-9'"),
        ("CO-1c", {}, "claim must be CO-1 or one of CO-1a, CO-1b, got 'CO-1c'"),
        ("CO-1", {"settings": ("rate=1",)}, "name an argument of the claim's studies, got 'rate'"),
        ("CO-1", {"settings": ("bias=0.4",)}, "which value it replaces, as bias@0.5=...: the"),
        ("CO-1", {"settings": ("bias@0.4=1",)}, "--set bias@ must be one of 0.5, 0.9, got '0.4'"),
        ("CO-1", {"settings": ("side=edge",)}, "must be one of heads, tails, got 'edge'"),
        ("CO-1", {"settings": ("shift=1", "shift=2")}, "must name each argument once"),
        (
            "CO-1",
            {"settings": ("shift=1,2", "side=heads,tails"), "bound": "1,2"},
            "at most two settings may have several values, got shift, side, bound",
        ),
        (
            "CO-1",
            {"settings": ("shift=0:1:1000", "bias@0.5=0:1:1000")},
            "the map must have at most 100000 cells, got 1000000",
        ),
        ("CO-3", {"settings": ("shift=1",)}, "CO-3 asks no study: only --seeds, --scale and"),
        ("CO-1a", {"bound": "0.1,-1"}, "bound must be positive and finite, got -1.0"),
    ],
)
def test_a_mistake_is_refused_before_anything_runs(room, asked, settings, told):
    request = Challenge(asked, scale="ci", **settings)
    with pytest.raises(ValueError, match=re.escape(told)):
        challenge(request)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--seeds", "x"], "seeds must be such as 0,3,10-99, got 'x'"),
        (["--scale", "big"], "scale must be one of ci, laptop, paper, got 'big'"),
        (["--jobs", "0"], "--jobs must be from 1 to 1024, got 0"),
        (["--limit", "0"], "--limit must be above 0, got 0"),
        (["--output", "map.pdf"], "--output must end with .svg, .png, .json, got map.pdf"),
        (["--output", "old.json"], "--output must be a new file, got old.json"),
    ],
)
def test_a_wrong_option_is_told_in_one_line(words, told, tmp_path, monkeypatch, capsys):
    (tmp_path / "old.json").write_text("mine")
    monkeypatch.chdir(tmp_path)
    assert program(["challenge", "CO-1", *words]) == 2
    assert capsys.readouterr().err.startswith(f"traindyn: error: {told}")
    assert (tmp_path / "old.json").read_text() == "mine"


def test_a_map_is_written_as_json(library, tmp_path):
    words = ("--set", "shift=0.0,0.2", "--jobs", 1, "--output", tmp_path / "map.json")
    ask(library, "CO-1", *words)
    told = json.loads((tmp_path / "map.json").read_text())
    assert told["settings"] == [{"label": "shift", "values": ["0.0", "0.2"]}]
    assert told["places"][1] == {
        "place": [1],
        "told": "falsified",
        "agree": 0,
        "verdicts": {"falsified": 1},
        "parts": {"CO-1a": "falsified", "CO-1b": "verified"},
    }


def test_a_claim_of_the_book_is_asked_and_drawn(monkeypatch, tmp_path):
    registry, claim_id = claim_of("AN-11")
    assert (registry.chapter, claim_id) == ("anisotropic_noise", "AN-11")
    request = Challenge("AN-11", scale="ci", jobs=1)
    found, _ = map_of(request, registry, claim_id)
    assert found.parts == tuple(row["id"] for row in found.cells[0].rows)
    for name in ("map.svg", "map.png"):
        write_map(tmp_path / name, found)
    assert ET.parse(tmp_path / "map.svg").getroot().tag.endswith("svg")
    assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(ValueError, match="--output must end with"):
        write_map(tmp_path / "x.txt", found)
    words = json.dumps({"settings": [], "seeds": [0], "asked": "X"})
    monkeypatch.setattr(sys, "argv", ["x", words])
    with pytest.raises(ValueError, match="claim must be an id"):
        main()
