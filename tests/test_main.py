"""The command line, on a planted room."""

import json
import os
import subprocess
import sys

import pytest

import traindyn
from traindyn.__main__ import PUBLISHED, main
from traindyn.ledger import read_ledger
from traindyn.ledger.chapters import chapters

CLAIMS = """
from traindyn.inference import Estimate
from traindyn.ledger import Part, Registry, within, wrong_theory

registry = Registry("planted", "PL")


def part(value, expected="verified"):
    return Part("it is one", Estimate(value, 0.0), within(0.5, "the half", "size"),
                [wrong_theory("zero", Estimate(0.0, 0.0))], prediction=1.0,
                compares="algebra", replicates="draws", expected=expected)


@registry.claim(10, source="eq. 10", basis="stated", statement="Ten is seen.")
def ten(context):
    return None, [part(2.0, "falsified")]


@registry.claim(2, source="eq. 2", basis="stated", statement="Two depends on the seed.")
def two(context):
    return None, [part(1.0), part(1.0 + context.seed)]


@registry.claim(3, source="eq. 3", basis="derived", statement="Three breaks at seed 2.")
def three(context):
    if context.seed == 2:
        raise FloatingPointError("diverged")
    if context.seed == 3:
        raise KeyboardInterrupt
    return None, [part(1.0)]
"""


@pytest.fixture(autouse=True)
def planted_room(tmp_path, monkeypatch):
    """A room `planted`, and a package without claims beside it."""
    rooms = tmp_path / "rooms"
    for name in ("planted", "unclaimed"):
        (rooms / name).mkdir(parents=True)
        (rooms / name / "__init__.py").write_text("")
    (rooms / "planted" / "claims.py").write_text(CLAIMS)
    monkeypatch.setattr(traindyn, "__path__", [str(rooms)])
    for variable in ("TRAINDYN_CLAIMS", "TRAINDYN_SCALE", "TRAINDYN_SEED"):
        monkeypatch.delenv(variable, raising=False)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    yield
    for module in [name for name in sys.modules if name.startswith("traindyn.planted")]:
        del sys.modules[module]


def run(*arguments):
    return main([str(argument) for argument in arguments])


# --- chapters -------------------------------------------------------------------------------------


def test_chapters_are_the_packages_with_claims(capsys):
    assert chapters() == ["planted"]
    assert run("chapters") == 0
    assert capsys.readouterr().out.splitlines() == [
        "planted",
        "  PL-2    Two depends on the seed.",
        "  PL-3    Three breaks at seed 2.",
        "  PL-10   Ten is seen.",
    ]


# --- reproduce ------------------------------------------------------------------------------------


def test_reproduce_prints_the_ledger(capsys):
    assert run("reproduce", "planted", "--scale", "ci", "--seed", 0) == 0
    printed = capsys.readouterr()
    head, blank, *table = printed.out.splitlines()
    assert head.startswith("planted  scale ci  seed 0  python 3.")
    assert " torch " in head
    assert blank == ""
    assert [line.split()[0] for line in table[:5]] == ["claim", "PL-2a", "PL-2b", "PL-3", "PL-10"]
    assert table[-1] == "3 claims: 2 verified, 1 falsified"
    assert [line.split()[:2] for line in printed.err.splitlines()] == [
        ["PL-2", "verified"],
        ["PL-3", "verified"],
        ["PL-10", "falsified"],
    ]


def test_reproduce_says_which_verdict_is_not_as_expected(capsys):
    assert run("reproduce", "planted", "--seed", 1) == 1
    printed = capsys.readouterr()
    unexpected = [line for line in printed.err.splitlines() if line.startswith("not as expected")]
    assert unexpected == ["not as expected: PL-2b: falsified, expected verified (it is one)"]
    assert "3 claims: 1 verified, 2 falsified" in printed.out


def test_reproduce_runs_chosen_claims_once_and_in_order(capsys):
    words = ["--claim", "PL-10", "--claim", "PL-2", "--claim", "PL-10", "--scale", "ci"]
    assert run("reproduce", "planted", *words) == 0
    assert [line.split()[0] for line in capsys.readouterr().err.splitlines()] == ["PL-2", "PL-10"]


def test_scale_and_seed_default_to_the_environment(capsys, monkeypatch):
    monkeypatch.setenv("TRAINDYN_SCALE", "paper")
    monkeypatch.setenv("TRAINDYN_SEED", "4")
    run("reproduce", "planted", "--claim", "PL-3")
    assert capsys.readouterr().out.startswith("planted  scale paper  seed 4  ")


def test_reproduce_writes_its_ledger(tmp_path):
    path = tmp_path / "new" / "ledger.json"
    assert run("reproduce", "planted", "--scale", "ci", "--output", path) == 0
    ledger = read_ledger(path)
    assert (ledger["chapter"], ledger["scale"], ledger["seed"]) == ("planted", "ci", 0)
    assert [row["id"] for row in ledger["claims"]] == ["PL-2a", "PL-2b", "PL-3", "PL-10"]


def test_a_claim_that_raises_loses_nothing(tmp_path, capsys):
    path = tmp_path / "ledger.json"
    assert run("reproduce", "planted", "--seed", 2, "--output", path) == 1
    printed = capsys.readouterr()
    assert "not as expected: PL-3: FloatingPointError: diverged" in printed.err
    assert "Traceback" in printed.err  # a fault of the claim, not of the user
    assert [row["id"] for row in read_ledger(path)["claims"]] == ["PL-2a", "PL-2b", "PL-10"]
    assert "\nPL-10 " in printed.out


def test_an_interrupt_keeps_what_is_done(tmp_path, capsys):
    path = tmp_path / "ledger.json"
    assert run("reproduce", "planted", "--seed", 3, "--output", path) == 130
    printed = capsys.readouterr()
    assert printed.err.splitlines()[-1] == "traindyn: interrupted"
    assert "Traceback" not in printed.err
    assert [row["id"] for row in read_ledger(path)["claims"]] == ["PL-2a", "PL-2b"]
    assert "1 claim: 1 falsified" in printed.out


def test_a_failed_write_is_told_and_the_table_is_printed(tmp_path, capsys, monkeypatch):
    def full(path, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("traindyn.ledger.records.write_json", full)
    output = ["--output", tmp_path / "ledger.json"]
    assert run("reproduce", "planted", "--claim", "PL-2", *output) == 2
    printed = capsys.readouterr()
    (line,) = [line for line in printed.err.splitlines() if "space" in line]
    assert line.startswith("traindyn: error: --output cannot be written: ")
    assert "Traceback" not in printed.err
    assert "PL-2a" in printed.out


def test_an_output_keeps_the_rows_of_its_run_and_replaces_another(tmp_path, capsys):
    path = tmp_path / "ledger.json"
    for claim in ("PL-10", "PL-2"):
        assert run("reproduce", "planted", "--claim", claim, "--output", path) == 0
    assert [row["id"] for row in read_ledger(path)["claims"]] == ["PL-2a", "PL-2b", "PL-10"]
    assert "replaced" not in capsys.readouterr().err
    assert run("reproduce", "planted", "--claim", "PL-3", "--seed", 1, "--output", path) == 0
    assert f"{path} held another run and is replaced (seed: 0 | 1)" in capsys.readouterr().err
    assert [row["id"] for row in read_ledger(path)["claims"]] == ["PL-3"]


@pytest.mark.parametrize("content", ["my notes", '{"schema": 2}', '{"schema": 1, "chapter": "x"}'])
def test_an_output_that_is_no_ledger_is_not_overwritten(content, tmp_path, capsys):
    path = tmp_path / "mine.json"
    path.write_text(content)
    assert run("reproduce", "planted", "--output", path) == 2
    assert path.read_text() == content
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("traindyn: error: --output would overwrite what is no ledger: ")


def test_no_folder_is_made_before_there_is_a_result(tmp_path):
    words = ["--claim", "PL-3", "--seed", 2, "--output", tmp_path / "new" / "ledger.json"]
    assert run("reproduce", "planted", *words) == 1
    assert not (tmp_path / "new").exists()


# --- ledger ---------------------------------------------------------------------------------------


@pytest.fixture
def stored(tmp_path, capsys):
    """Two runs that differ in the verdict of PL-2b: a file, and a folder with the other."""
    ours, theirs = tmp_path / "ours.json", tmp_path / "folder" / "planted.json"
    run("reproduce", "planted", "--seed", 0, "--output", ours)
    run("reproduce", "planted", "--seed", 1, "--output", theirs)
    capsys.readouterr()
    return ours, theirs.parent


def test_ledger_prints_a_file_or_a_folder(stored, capsys):
    assert run("ledger", stored[0]) == 0
    assert "3 claims: 2 verified, 1 falsified" in capsys.readouterr().out
    assert run("ledger", stored[1]) == 0
    assert capsys.readouterr().out.startswith("planted  scale laptop  seed 1")


def test_ledger_defaults_to_the_published_one(stored, capsys):
    PUBLISHED.parent.mkdir()
    stored[1].rename(PUBLISHED)
    assert run("ledger") == 0
    assert "seed 1" in capsys.readouterr().out
    assert run("ledger", "--compare", stored[0]) == 1


def test_compare_shows_settings_and_changes(stored, capsys):
    assert run("ledger", stored[0], "--compare", stored[0]) == 0
    assert capsys.readouterr().out.splitlines()[:3] == ["planted", "4 rows agree", ""]
    assert run("ledger", stored[0], "--compare", stored[1]) == 1
    assert capsys.readouterr().out.splitlines()[:4] == [
        "planted",
        "setting  seed: 0 | 1",
        "changed  PL-2b: verified | falsified (1 | 2)",
        "3 rows agree",
    ]


def test_compare_prints_a_table_of_agreements(stored, capsys):
    run("ledger", stored[0], "--compare", stored[1])
    table = capsys.readouterr().out.splitlines()[5:]
    assert [line.split() for line in table[1:5]] == [
        ["PL-2a", "1", "1", "0", "verified"],
        ["PL-2b", "1", "2", "not", "equal", "verified", "|", "falsified", "(!)"],
        ["PL-3", "1", "1", "0", "verified"],
        ["PL-10", "2", "2", "0", "falsified"],
    ]
    assert table[-1] == "3 of 4 rows have the same verdict, at most 3 errors apart"


def test_compare_folders_tells_a_chapter_that_is_missing(stored, tmp_path, capsys):
    more = tmp_path / "more"
    more.mkdir()
    text = (stored[1] / "planted.json").read_text()
    (more / "planted.json").write_text(text)
    (more / "second.json").write_text(text.replace('"planted"', '"second"'))
    assert run("ledger", stored[1], "--compare", more) == 1
    assert capsys.readouterr().out.splitlines()[-2:] == ["second", "changed  only in the second"]
    assert run("ledger", more, "--compare", stored[1]) == 1
    assert run("ledger", more, "--compare", stored[1] / "planted.json") == 0  # its chapter only


# --- mistakes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["reproduce", "balance"], "chapter must be one of planted, got 'balance'"),
        (["reproduce", "unclaimed"], "chapter must be one of planted, got 'unclaimed'"),
        (
            ["reproduce", "planted", "--claim", "PL-4", "--claim", "PL-2"],
            "--claim must be one of PL-2, PL-3, PL-10, got PL-4",
        ),
        (
            ["reproduce", "planted", "--scale", "big"],
            "scale must be one of ci, laptop, paper, got 'big'",
        ),
        (
            ["reproduce", "planted", "--seed", "-1"],
            "seed must be an integer of at least 0, got '-1'",
        ),
        (["reproduce", "planted", "--output", "."], "--output must be a file, got the folder ."),
        (["reproduce", "planted", "--output", "file/x"], "--output cannot be written: "),
        (["ledger"], "_build/claims does not exist (make book writes it)"),
        (["ledger", "none.json"], "none.json does not exist"),
        (["ledger", "file"], "file must be JSON: "),
        (["ledger", "empty"], "empty holds no ledger"),
    ],
)
def test_mistakes_are_told_in_one_line(words, message, tmp_path, capsys):
    (tmp_path / "work" / "file").write_text("not JSON")
    (tmp_path / "work" / "empty").mkdir()
    assert run(*words) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    (line,) = printed.err.splitlines()
    assert line.startswith(f"traindyn: error: {message}")


def test_ledgers_of_different_chapters_cannot_be_compared(stored, tmp_path, capsys):
    other = tmp_path / "other.json"
    other.write_text(stored[0].read_text().replace('"planted"', '"second"'))
    assert run("ledger", stored[0], "--compare", other) == 2
    assert "hold no common chapter" in capsys.readouterr().err


def test_without_words_the_help_is_printed(capsys):
    assert run() == 0
    assert "reproduce" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["publish"], ["reproduce"], ["ledger", "--colour"]])
def test_words_that_are_no_command_exit_with_usage(words, capsys):
    with pytest.raises(SystemExit) as exit_status:
        run(*words)
    assert exit_status.value.code == 2
    assert "usage: traindyn" in capsys.readouterr().err


def test_the_module_runs_as_a_program():
    command = [sys.executable, "-m", "traindyn", "reproduce", "none"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("traindyn: error: chapter must be one of ")


# --- terminals, pipes and devices -----------------------------------------------------------------


def program(*words, shell="{}", **environment):
    """The real program in a shell line."""
    line = shell.format(" ".join([sys.executable, "-m", "traindyn", *words]))
    return subprocess.run(
        ["bash", "-c", line],
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.fixture
def strange(stored, tmp_path):
    """A ledger with texts that no terminal should obey."""
    path = tmp_path / "strange.json"
    content = json.loads(stored[0].read_text())
    content["claims"][0]["statement"] = "a\nb \x1b[31m ± → \u202e"
    content["environment"]["cpu"] = "fast\x1b]0;title\x07"
    path.write_text(json.dumps(content))
    return path


def test_escapes_are_shown_not_obeyed(strange, stored, capsys):
    assert run("ledger", strange) == 0
    assert run("ledger", strange, "--compare", stored[0]) == 0
    printed = capsys.readouterr().out
    assert not {"\x1b", "\x07", "\u202e"} & set(printed)
    assert r"a b \x1b[31m ± → \u202e" in printed


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_terminal_without_the_characters_gets_question_marks(strange, encoding):
    done = program("ledger", str(strange), PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"1 ? 0.5" in done.stdout or b"1 \xb1 0.5" in done.stdout


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_goes_away_ends_it_quietly(strange, unbuffered):
    shell = "{} | true; exit ${{PIPESTATUS[0]}}"
    done = program("ledger", str(strange), shell=shell, PYTHONUNBUFFERED=unbuffered)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_full_disk_behind_standard_output_is_told_in_one_line(strange):
    done = program("ledger", str(strange), shell="{} > /dev/full")
    assert done.returncode == 2
    assert done.stderr == b"traindyn: error: standard output: No space left on device\n"


def test_an_interrupt_while_libraries_load_is_told_in_one_line():
    code = "import os, signal, sys; sys.argv[1:] = ['chapters']\n"
    code += "class Loader:\n  def find_spec(self, name, *_):\n"
    code += "    if name == 'scipy': os.kill(os.getpid(), signal.SIGINT)\n"
    code += "sys.meta_path.insert(0, Loader())\n"
    code += "from traindyn.__main__ import main; sys.exit(main())"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (130, "traindyn: interrupted\n")
