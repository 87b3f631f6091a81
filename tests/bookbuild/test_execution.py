"""The whole path on a planted book: execute, record, build; and each way to go wrong."""

from __future__ import annotations

import re

import pytest

from bookbuild.build import serve_site
from bookbuild.execute import execute
from bookbuild.finished import UnfinishedError
from bookbuild.records import current_records
from traindyn.ledger import format_estimate, read_ledger


def executed(output):
    """Chapters whose cells ran, from the progress lines."""
    return set(re.findall(r"^(\w+)  cell \d+ of \d+  ", output, flags=re.MULTILINE))


def test_one_run_makes_the_page_and_the_ledger(book):
    trace = book.root / "trace"
    cell = f'\n# %%\nwith open("{trace}", "a") as trace:\n    trace.write("x")\n'
    book.append("chapters/die.py", cell)
    status, output = book.make("execute")
    assert status == 0, output
    assert executed(output) == {"coin", "die"}
    assert "6 passed" in output
    assert trace.read_text() == "x"
    records = current_records(book.workspace)
    cells = {chapter: record.summary.cells for chapter, record in records.items()}
    assert cells == {"coin": 3, "die": 3}

    status, output = book.make("execute")
    assert status == 0, output
    assert executed(output) == set()
    assert "coin: nothing changed since its last run at scale ci" in output

    status, output = book.make("build")
    assert status == 0, output
    assert "coin (ci): 1 verified\ndie (ci): 1 verified\nsite: " in output
    ledger = read_ledger(book.workspace.claims / "coin.json")
    assert ledger == records["coin"].claims
    (row,) = ledger["claims"]
    page = book.page("chapters/coin")
    assert format_estimate(row["measurement"]["value"], row["measurement"]["stderr"]) in page
    assert f"heads: {round(row['measurement']['value'] * row['measurement']['n'])}" in page

    book.edit("chapters/coin.py", "The end.", "That was all.")
    book.edit("chapters/die.py", "import run\n", "import run  # edited\n")
    status, output = book.make("execute")
    assert status == 0, output
    assert executed(output) == {"die"}
    status, output = book.make("build")
    assert status == 0, output
    assert "That was all." in book.page("chapters/coin")
    assert "# edited" in book.page("chapters/die")
    assert read_ledger(book.workspace.claims / "coin.json") == ledger


FAULTS = {
    "failing": (
        'run("DI-1")\nassert 1 + 1 == 3, "planted"',
        r"AssertionError\S*: planted",
    ),
    "slow": (
        "import time\n\ntime.sleep(120)",
        "Timeout of 20 seconds exceeded",
    ),
    "leaking": (
        'print(run.__func__.__code__.co_filename)\nrun("DI-1")',
        r"leaking: outputs or claims contain the machine path \S+",
    ),
    "silent": (
        "",
        "silent: no claim was recorded",
    ),
    "foreign": (
        'import os\n\nos.environ["TRAINDYN_SEED"] = "5"\nrun("DI-1")',
        "foreign: claims must have seed 0, got 5",
    ),
}
"""Code of a chapter and what its run must say."""


@pytest.fixture
def faulty(book):
    """The planted book with one more chapter per fault, each with a room that works."""
    die = book.root / "lib/traindyn/die/__init__.py"
    for name, (code, _) in FAULTS.items():
        book.append("_toc.yml", f"  - file: chapters/{name}\n")
        room = book.root / "lib/traindyn" / name / "__init__.py"
        room.parent.mkdir()
        room.write_text(die.read_text().replace('"die"', f'"{name}"'))
        source = f"# %%\nfrom traindyn.{name} import run\n\n# %%\n{code}\n\n# %%\nprint(1)\n"
        (book.root / f"chapters/{name}.py").write_text(source)
    return book


def test_every_fault_fails_the_run_and_the_build_each_time(faulty):
    names = [name for name in FAULTS if name != "skipping"]
    for names in (list(FAULTS), ["failing"]):
        status, output = faulty.make("execute", "--cell-timeout", "20", *names)
        assert status == 1, output
        for name in names:
            assert re.search(FAULTS[name][1], output), f"{name}: {output}"
        assert "skipped" not in output
        assert "xfailed" not in output
        assert current_records(faulty.workspace) == {}
        status, output = faulty.make("build")
        assert status == 2
        assert "no passing run at scale ci of coin, die, failing" in output
    assert not faulty.workspace.claims.exists()
    assert list(faulty.workspace.runs.parent.rglob("*.json")) == []


def test_cells_after_a_failure_do_not_run(book):
    book.edit("chapters/coin.py", "throws.claim.check()", "raise SystemError('planted')")
    status, output = book.make("execute", "coin")
    assert status == 1
    assert "coin  cell 3 of 3  failed" in output
    assert "not executed, because cell 2 of 3 failed" in output
    assert "2 failed, 1 passed" in output


@pytest.mark.parametrize(
    "cell", ["# %%\n# NBVAL_SKIP\n", '# %% tags=["skip-execution"]\n', '# %% tags=["nbval-skip"]\n']
)
def test_a_cell_that_asks_to_be_left_out_stops_the_run(book, cell):
    book.edit("chapters/die.py", '# %%\nrun("DI-1")', f'{cell}run("DI-1")')
    status, output = book.run(
        "pytest", "-p", "bookbuild.plugin", "--nbval", "--rootdir=.", "chapters/die.py"
    )
    assert status != 0
    assert "cell 2 of 2 of die.py has a forbidden tag or comment" in output
    assert executed(output) == set()


def test_a_chapter_never_imports_another_checkout(book):
    for path in (book.root / "lib").iterdir():
        path.rename(book.root / path.name)
    (book.root / "elsewhere").mkdir()
    (book.root / "traindyn").rename(book.root / "elsewhere" / "traindyn")
    status, output = book.run(
        "python",
        "-c",
        "import sys; sys.path.insert(0, 'elsewhere'); import pytest;"
        "sys.exit(pytest.main(['-p', 'bookbuild.plugin', '--nbval', '--rootdir=.', 'chapters']))",
    )
    assert status == pytest.ExitCode.USAGE_ERROR
    assert re.search(r"traindyn must be imported from \S+/lib, but comes from \S+elsewhere", output)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"chapters": ["moon"]}, "chapters must be among coin, die, got 'moon'"),
        ({"jobs": 0}, "jobs must be at least 1, got 0"),
        ({"cell_timeout": 0.0}, "cell_timeout must be above 0, got 0.0"),
        ({"cell_timeout": float("nan")}, "cell_timeout must be above 0, got nan"),
    ],
)
def test_bad_settings_are_named(book, settings, message):
    with pytest.raises(ValueError, match=message):
        execute(book.workspace, **settings)


def test_nothing_is_served_before_a_build(book):
    with pytest.raises(UnfinishedError, match="there is no finished site"):
        serve_site(book.workspace)
