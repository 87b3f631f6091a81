"""The pages of this book's directives, built from two planted chapters and planted ledgers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_output

from bookbuild.keys import run_key
from bookbuild.records import current_record, save_record, summarize
from bookbuild.site.code_pages import PLACE
from bookbuild.snapshot import Origin
from bookbuild.workspace import Workspace
from traindyn.inference import Estimate, exact
from traindyn.ledger import (
    Claim,
    Ledger,
    Part,
    Size,
    at_least,
    at_most,
    ledger_of,
    other_system,
    within,
    write_json,
    wrong_prediction,
)
from traindyn.ledger.seeds import Reading
from traindyn.system.files import digest

ROOT = Path(__file__).parents[3]
PLANTED = Path(__file__).parents[1] / "planted"
REPOSITORY = "https://github.com/someone/book"
NARROW = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 9"><path d="M0 0h2v9Z"/></svg>'
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"><path d="M0 0h4v3Z"/></svg>'

SECOND_LAYOUT = {"image/svg+xml": {"narrow": NARROW}}

TOC = """\
format: jb-book
root: book/intro
chapters:
  - file: chapters/coin
  - file: chapters/die
  - file: book/ledger
  - file: book/status
  - file: book/speed
  - file: book/trust
  - file: book/challenge
  - file: book/replicate
  - file: book/how_to_read
  - file: book/glossary
  - file: book/code/coin
"""

INTRO = """\
# Planted

Heads: {claim}`CO-1a`; the whole claim {claim}`CO-1`; the die {claim}`DI-2`.

```{summary}
```

```{claims} coin
```

```{claims}
:only: DI-2
```

```{forest}
```

```{cards}
```

````{repository}
Sources: [REPOSITORY](REPOSITORY)

```{launch}
```
````
"""

CODE = f"""\
---
description: How a coin is thrown.
---
# Code

{PLACE}"""

SECOND_LEVEL = """
# %% [markdown]
# ## All claims
#
# ```{claims} coin
# ```
#
# ### Tails
#
# A coin has {claim}`CO-2`, and an edge: {claim}`CO-1b`.
# Controls are needed, and a control of an outlier, which controls nothing.
# See {numref}`fig-co-throws`, and equation {eq}`eq-co-tails`:
#
# $$
# q = 1 - p .
# $$ (eq-co-tails)

# %% mystnb={"figure": {"caption": "Throws.", "name": "fig-co-throws"}, "image": {"alt": "A box."}}
print("a picture")
"""

EQUATION = """
# %% [markdown]
# $$
# p = 1/6
# $$ (eq-di-face)
#
# So says {eq}`eq-di-face`.
"""

GLOSSARY = """\
# Glossary

control
: What a rule must reject.

outlier
: What stands apart.
"""

PAGES = (
    *("ledger.md", "status.md", "speed.md", "trust.md", "challenge.md", "replicate.md"),
    "references.bib",
)
"""Pages of the real book."""

BENCH = {
    "environment": {
        **{"python": "3.11", "cpu": "Abacus <3>", "load": 0.1, "scale": "laptop"},
        **{"pools": {"blas 1.0": 1, "torch": 1}, "cores": 2, "best_of": 7},
    },
    "rows": [
        {
            **{"name": name, "ours_s": 2e-3, "reference": "a plain loop", "reference_s": 2e-3 * r},
            **{"ratio": r, "lowest": 0.9 * r, "highest": 1.2 * r},
            **{"minimum": 5.0, "accuracy": 2e-15},
        }
        for name, r in (("tossing", 2345.0), ("throwing", 4.0), ("rolling", 6.0))
    ],
    "claims": {"DI-2": 10.0, "CO-1": 200.0, "CO-2": 30.0},
    "schedule": [
        {"cores": cores, "seconds": seconds}
        for cores, seconds in ((1, 240.0), (2, 200.0), (4, 200.0))
    ],
}
"""What ``make bench`` might have written."""


OF_THESE_SOURCES = digest(b"")[:16]
"""What a mutant of a claim whose rows have no key was tried on."""

MUTANTS = [{"id": f"CO-m0{number}"} for number in range(1, 6)]

COLUMNS = [*Reading._fields]

MAPS = [
    {
        "asked": "CO-1a",
        "chapter": "coin",
        "statement": "Rate of <heads>",
        "key": "of older sources",
        "scale": "ci",
        "seeds": [0],
        "settings": [
            {"label": "coin.bias@0.5", "values": ["0.5", "0.6"]},
            {"label": "throws", "values": ["9"]},
        ],
        "places": [
            {"place": [0], "told": "verified", "parts": {"CO-1a": "verified"}},
            {"place": [1], "told": "refused", "parts": {"CO-1a": "refused"}},
        ],
        "turns": ["CO-1a turns with coin.bias@0.5: verified at 0.5; refused at 0.6"],
        "refusals": ["1 run was refused: bias must be < 0.6"],
        "why": "A bent coin is none.",
        "command": "traindyn challenge CO-1a --set coin.bias@0.5=0.5,0.6 --scale ci",
    },
    {
        "asked": "DI-2",
        "chapter": "die",
        "statement": "Mean",
        "key": "",
        "scale": "ci",
        "seeds": [1, 2],
        "settings": [
            {"label": "faces", "values": ["6", "7"]},
            {"label": "bound", "values": ["0.1"]},
            {"label": "throws", "values": ["10", "20"]},
        ],
        "places": [
            {"place": [i, j], "told": f"{i}/{j + 1}", "parts": {}} for j in (0, 1) for i in (0, 1)
        ],
        "turns": [],
        "refusals": [],
        "why": "Seven faces have another mean.",
        "command": "traindyn challenge DI-2",
    },
]
"""What ``make challenges`` might have written."""

DATA = {
    "bench.json": BENCH,
    "challenges.json": {"environment": {}, "maps": MAPS},
    "mutants.json": {
        "mutants": [
            {"id": f"CO-m0{number}", "what": what, "claims": ["CO-1"], "outcome": outcome}
            | {"sources": sources}
            for number, what, outcome, sources in (
                (1, "a factor of <two>", "caught", OF_THESE_SOURCES),
                (2, "no noise", "caught", "older"),
                (3, "another exponent", "survived", OF_THESE_SOURCES),
                (4, "a loop without end", "crash", OF_THESE_SOURCES),
                (9, "in no catalogue any more", "survived", OF_THESE_SOURCES),
            )
        ]
    },
    "seeds.json": {
        "scale": "ci",
        "columns": COLUMNS,
        "runs": [
            {
                "claim": "CO-2",
                "seed": seed,
                "key": "old",
                "parts": [
                    [
                        *("CO-2", verdict, "pass", 0.5, 0.1, 0.52, None, None, True),
                        *("at_most", "size", 2.0),
                    ]
                ],
            }
            for seed, verdict in ((0, "toy"), (3, "toy"), (4, "falsified"))
        ],
    },
    "faults.json": {
        "trials": [
            {"kind": "kill", "wrong": []},
            {"kind": "kill", "wrong": ["a file is torn"]},
            {"kind": "disk", "wrong": []},
        ]
    },
}
"""What other commands might have written into ``book/data``."""


def claims_of(chapter: str) -> list[Claim]:
    """Claims with every verdict, a diverged control, sizes, notes and formulas."""

    why = "Chosen *beforehand* for $p$."
    thrown = {"compares": "simulation", "replicates": "throws"}
    if chapter == "die":
        diverged = other_system("a die without faces", exact(float("inf")))
        mean = Estimate(3.51, 0.002, 900, "dots")
        part = Part("Mean", mean, within(0.1, why, "size"), [diverged], prediction=3.5, **thrown)
        return [Claim("DI-2", "page 3 & 4", "derived", "A die has mean $7/2$.", [part])]
    head = Part(
        "Rate of *heads* if 1 < 2 & so on",
        Estimate(0.503, 0.001, 400),
        within(0.02, why, "size"),
        [
            other_system("bent coin", Estimate(0.7, 0.001, 400)),
            wrong_prediction("a third", 1 / 3),
        ],
        prediction=0.5,
        **thrown,
    )
    few = Estimate(9.0, 0.1, 40)
    paper = at_most(1.0, why, "paper")
    wrong = Part("Edge", few, paper, **thrown, expected="falsified", seen=True)
    tails = Estimate(0.5, 0.001, 40)
    bare = Part("Tails", tails, at_least(0.4, why, "convention"), **thrown, expected="toy")
    trend = Part("Limit", Estimate(1.01, 0.002, 40), within(0.05, why, "size"),
                 [other_system("no limit", Estimate(2.0, 0.1, 40))], prediction=1.0,
                 **thrown, asymptotic=True,
                 sizes=[Size(n, Estimate(1 + 1 / n, 1e-4, 40)) for n in (2.0, 10.0, 100.0)],
                 note="The note says `why`.")  # fmt: skip
    return [
        Claim("CO-1", "eq 1", "stated", "A coin is fair.", [head, wrong]),
        Claim("CO-2", "eq 2", "extension", "A coin has tails.", [bare]),
        Claim("CO-10", "eq 3", "attributed", "A coin has a limit.", [trend]),
    ]


@dataclass(frozen=True)
class Site:
    """A planted book with the real configuration, styles, and pages for ledger and status."""

    root: Path

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.root, self.root / "_build", "ci")

    def plant(self) -> None:
        shutil.copytree(PLANTED, self.root, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(ROOT / "book" / "_static", self.root / "book" / "_static")
        shutil.copytree(ROOT / "book" / "_templates", self.root / "book" / "_templates")
        for name in PAGES:
            shutil.copy(ROOT / "book" / name, self.root / "book")
        for name, content in DATA.items():
            write_json(self.root / "book" / "data" / name, content)
        write_json(self.root / "tests" / "mutants" / "coin.json", MUTANTS)
        for name in ("README.md", "LICENSE", "CITATION.cff", "environment.yml", "pyproject.toml"):
            shutil.copy(ROOT / name, self.root)
        (self.root / "index.md").unlink()
        (self.root / "_toc.yml").write_text(TOC)
        (self.root / "book" / "intro.md").write_text(INTRO)
        (self.root / "book" / "glossary.md").write_text(GLOSSARY)
        (self.root / "book" / "code").mkdir()
        (self.root / "book" / "code" / "coin.md").write_text(CODE)
        (self.root / "book" / "how_to_read.md").write_text("# How to read\n")
        config = (ROOT / "_config.yml").read_text()
        for name, value in (("book_repository", REPOSITORY), ("html_baseurl", "https://a.org/b")):
            assert f'    {name}: ""' in config
            config = config.replace(f'    {name}: ""', f"    {name}: {value}")
        (self.root / "_config.yml").write_text(config)
        with (self.root / "chapters" / "coin.py").open("a") as coin:
            coin.write(SECOND_LEVEL)
        with (self.root / "chapters" / "die.py").open("a") as die:
            die.write(EQUATION)
        for chapter in ("coin", "die"):
            self.record(chapter)

    def record(self, chapter: str) -> None:
        """The record of a run whose cells drew a picture, without running it."""
        workspace = self.workspace
        notebook = workspace.notebook(chapter)
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        for number, cell in enumerate(cells, start=1):
            cell.execution_count = number
            drawing = {"image/svg+xml": PICTURE}
            cell.outputs = [new_output("display_data", drawing, metadata=SECOND_LAYOUT)]
            if "claim.check()" in cell.source:
                shown = claims_of(chapter)[0]
                table = {"text/markdown": shown._repr_markdown_(), "text/plain": repr(shown)}
                cell.outputs.append(new_output("display_data", table))
        notebook.metadata["language_info"] = {"name": "python"}
        key = run_key(workspace, chapter)
        claims = self.root / "claims.json"
        write_json(claims, ledger_of(chapter, claims_of(chapter), scale="ci", seed=0, key=key))
        origin = Origin.of(workspace)
        summary = summarize(workspace, chapter, key, seconds=61.0, cells=len(cells), origin=origin)
        save_record(workspace, summary, notebook, claims)

    def edit(self, chapter: str, change: Callable[[Ledger, NotebookNode], object]) -> None:
        """Change a record as if its run had written something else."""
        record = current_record(self.workspace, chapter)
        ledger, notebook = json.loads(record.claims_file.read_text()), record.notebook
        change(ledger, notebook)
        claims = self.root / "claims.json"
        claims.write_text(json.dumps(ledger))
        save_record(self.workspace, record.summary, notebook, claims)

    def make(self, *arguments: str) -> tuple[int, str]:
        """Exit status and output of ``python -m bookbuild ...`` in this book."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("TRAINDYN_")}
        environment |= {"PYTHONPATH": str(ROOT / "lib"), "TRAINDYN_SCALE": "ci"}
        run = subprocess.run(
            [sys.executable, "-m", "bookbuild", *arguments],
            cwd=self.root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        return run.returncode, run.stdout

    def page(self, name: str) -> str:
        return (self.workspace.site / f"{name}.html").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The planted site, built once; tests only read it."""
    site = Site(tmp_path_factory.mktemp("site") / "book")
    site.plant()
    for command in ("notebooks", "build", "host"):
        status, output = site.make(command)
        assert status == 0, output
    return site


@pytest.fixture(scope="session")
def new_site() -> type[Site]:
    """How a planted site is made, for tests that change it before it is built."""
    return Site


@pytest.fixture
def planted(tmp_path: Path) -> Site:
    """The planted site, not built yet."""
    site = Site(tmp_path / "book")
    site.plant()
    return site
