"""Studies in a planted library: drawn once, keyed by what they can execute and read."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from traindyn.runs.studies import default_root, study

LIB = Path(__file__).parents[2] / "lib"
FILES = {
    "lib/traindyn/__init__.py": (LIB / "traindyn" / "__init__.py").read_text(),
    "lib/traindyn/room/__init__.py": "",
    "lib/traindyn/room/experiments.py": """
import json
from pathlib import Path

def draw(generator, size):
    return json.loads(Path(__file__).with_name("table.json").read_text()) + generator.random(size)
""",
    "lib/traindyn/room/theory.py": "def mean():\n    return 0.5\n",
    "lib/traindyn/room/studies.py": """
from traindyn.room.experiments import draw
from traindyn.runs import Context, study

@study(stream="S")
def sample(context: Context, size: int):
    print("sample is drawn")
    return draw(context.numpy_generator("x"), size)

@study(stream="T")
def nested(context: Context, size: int):
    print("nested is drawn")
    return float(sample(context, size).mean())
""",
    "lib/traindyn/room/other.py": """
from traindyn.room.theory import mean
from traindyn.runs import Context, study

@study(stream="O")
def bare(context: Context):
    print("bare is drawn")
    return mean()
""",
    "lib/traindyn/room/figures.py": "COLOR = 1\n",
    "lib/traindyn/room/claims/__init__.py": "",
    "lib/traindyn/room/claims/registry.py": """
from traindyn.inference import Estimate
from traindyn.ledger import Part, Registry, at_most

registry = Registry("room", "RO")

def part(value):
    rule = at_most(9.0, "it is", "convention")
    return Part("It is small.", Estimate(value, 0.0), rule, compares="algebra", replicates="draws")
""",
    "lib/traindyn/room/claims/sampled.py": """
from traindyn.room.claims.registry import part, registry
from traindyn.room.studies import sample

@registry.claim(1, source="eq. 1", basis="stated", statement="Sampled.")
def sampled(context):
    print("sampled is drawn")
    return None, [part(float(sample(context, 3)[0]))]
""",
    "lib/traindyn/room/claims/derived.py": """
from traindyn.room.claims.registry import part, registry
from traindyn.room.theory import mean

@registry.claim(2, source="eq. 2", basis="stated", statement="Derived.")
def derived(context):
    print("derived is drawn")
    return None, [part(mean())]
""",
    "lib/traindyn/room/table.json": "0",
    "requirements.lock": "numpy==2\n",
}
RUN = """
import traindyn
traindyn.__path__.append({real!r})
from traindyn.room import other, studies
from traindyn.runs import Context
context = Context("ci", 0, "any")
print(studies.nested(context, 3), studies.sample(context, 3).tolist(), other.bare(context))
"""
RUN_CLAIMS = """
import traindyn
traindyn.__path__.append({real!r})
from traindyn.room import figures
from traindyn.room.claims.registry import registry
registry.discover("traindyn.room.claims")
print([registry.run(name).claim.parts[0].measurement.value for name in registry.ids])
"""


@pytest.fixture
def library(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def drawn(
    library: Path, before: str = "", run: str = RUN, **variables: str
) -> tuple[set[str], str]:
    """Which studies and claims a new process draws, and what it prints as their results."""
    script = before + run.format(real=str(LIB / "traindyn"))
    store = {"TRAINDYN_STUDIES": str(library / "store"), "PYTHONPATH": str(library / "lib")}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **store, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    *lines, result = done.stdout.splitlines()
    return {line.split()[0] for line in lines}, result


def test_a_study_is_drawn_once(library):
    names, first = drawn(library)
    assert names == {"nested", "sample", "bare"}
    assert drawn(library) == (set(), first)


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("lib/traindyn/room/experiments.py", "\nX = 1\n", {"nested", "sample"}),
        ("lib/traindyn/room/studies.py", "\nX = 1\n", {"nested", "sample"}),
        ("lib/traindyn/room/theory.py", "\nX = 1\n", {"bare"}),
        ("lib/traindyn/room/table.json", " ", {"nested", "sample", "bare"}),
        ("requirements.lock", "scipy==1\n", {"nested", "sample", "bare"}),
        ("lib/traindyn/room/.studies.py.swp", "x", set()),
        ("lib/traindyn/room/unused.py", "X = 1\n", set()),
        ("chapters/room.py", "# prose", set()),
    ],
)
def test_an_edit_draws_again_what_depends_on_it(library, file, text, expected):
    _, first = drawn(library)
    path = library / file
    before = path.read_text() if path.exists() else None
    path.parent.mkdir(exist_ok=True)
    path.write_text((before or "") + text)
    assert drawn(library) == (expected, first)
    path.unlink() if before is None else path.write_text(before)
    assert drawn(library) == (set(), first), "what was undone is found again"


def test_an_edit_decides_again_what_depends_on_it(library):
    """A claim is drawn again with what it imports, and what it shares with others is not."""
    room = library / "lib/traindyn/room"
    names, first = drawn(library, run=RUN_CLAIMS)
    assert names == {"sampled", "sample", "derived"}
    for file, expected in (
        ("claims/sampled.py", {"sampled"}),
        ("claims/registry.py", {"sampled", "derived"}),
        ("experiments.py", {"sampled", "sample"}),
        ("theory.py", {"derived"}),
        ("figures.py", set()),
    ):
        with (room / file).open("a") as source:
            source.write("\nX = 1\n")
        assert drawn(library, run=RUN_CLAIMS) == (expected, first), file


def test_other_versions_and_variables_draw_again(library):
    drawn(library)
    every = {"nested", "sample", "bare"}
    assert drawn(library, MKL_CBWR="AVX2")[0] == every
    other = "from traindyn.system import versions\n"
    other += "versions.installed_versions = lambda lock: 'numpy 3'\n"
    reach = f"import traindyn; traindyn.__path__.append({str(LIB / 'traindyn')!r})\n"
    assert drawn(library, reach + other)[0] == every


def test_an_edit_after_the_import_stores_nothing(library):
    edit = f"""
import traindyn
traindyn.__path__.append({str(LIB / "traindyn")!r})
import traindyn.room.studies
with open({str(library / "lib/traindyn/room/experiments.py")!r}, "a") as file:
    file.write("X = 2")
"""
    assert drawn(library, edit)[0] == {"nested", "sample", "bare"}
    kept = [path.parent.name for path in (library / "store").rglob("*.npz")]
    assert kept == ["traindyn.room.other.bare"]


def test_an_edit_between_two_imports_stores_nothing(library):
    """The experiment in memory is older than the file that the study's key is taken of."""
    edit = f"""
import time, traindyn
traindyn.__path__.append({str(LIB / "traindyn")!r})
import traindyn.room.experiments
time.sleep(0.1)
with open({str(library / "lib/traindyn/room/experiments.py")!r}, "a") as file:
    file.write("X = 2")
"""
    every = {"nested", "sample", "bare"}
    assert drawn(library, edit)[0] == every
    kept = [path.parent.name for path in (library / "store").rglob("*.npz")]
    assert kept == ["traindyn.room.other.bare"]
    assert drawn(library)[0] == every - {"bare"}


def test_what_is_no_study_is_refused():
    def inner(context):
        return None

    for function in (inner, len, lambda: None):
        with pytest.raises(ValueError, match="top of its module"):
            study(stream="S")(function)


def test_results_lie_in_the_build_root(monkeypatch, tmp_path):
    monkeypatch.delenv("TRAINDYN_STUDIES", raising=False)
    monkeypatch.setenv("TRAINDYN_BUILD", str(tmp_path / "b"))
    assert default_root() == tmp_path / "b" / "studies"
    monkeypatch.setenv("TRAINDYN_STUDIES", str(tmp_path / "s"))
    assert default_root() == tmp_path / "s"
    monkeypatch.setenv("TRAINDYN_STUDIES", "")
    monkeypatch.setenv("TRAINDYN_BUILD", "")
    assert default_root() == LIB.parent / "_build" / "studies"


def test_a_damaged_result_is_drawn_again(library):
    _, first = drawn(library)
    files = sorted((library / "store").rglob("*.npz"))
    for file in files:
        file.write_bytes(file.read_bytes()[:-40])
    names, again = drawn(library)
    assert (names, again) == ({"nested", "sample", "bare"}, first)
    one, other = files[0].read_bytes(), files[1].read_bytes()
    files[0].write_bytes(other)
    files[1].write_bytes(one)
    assert drawn(library)[1] == first


def test_two_processes_draw_it_once(library):
    slow = FILES["lib/traindyn/room/experiments.py"] + "\nimport time\ntime.sleep(2)\n"
    source = slow.replace("    return", "    import time; time.sleep(1)\n    return")
    (library / "lib/traindyn/room/experiments.py").write_text(source)
    script = RUN.format(real=str(LIB / "traindyn"))
    environment = {
        **os.environ,
        "TRAINDYN_STUDIES": str(library / "store"),
        "PYTHONPATH": str(library / "lib"),
    }
    command = [sys.executable, "-c", script]
    runs = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [run.communicate(timeout=60)[0].splitlines() for run in runs]
    assert said[0][-1] == said[1][-1]
    assert sorted(line for lines in said for line in lines[:-1]) == [
        "bare is drawn",
        "nested is drawn",
        "sample is drawn",
    ]
    assert json.dumps(said[0][-1])
