"""Buttons of folded cells: words from tags are those that the cell's head would spell out."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bookbuild.site.prompts import KINDS, prompts
from bookbuild.workspace import read_notebook

ROOT = Path(__file__).parents[3]

WORDS = {
    ("hide-cell",): ("imports", "imports", "import numpy"),
    ("hide-input",): ("code of this figure", "code of this figure", "figures.headline(x)"),
    ("hide-input", "source"): (
        "cell that prints this source",
        "cell that prints this source",
        "show_source(f)",
    ),
    ("hide-input", "run"): ("run behind this picture", "run", 'x = run("AB-1")'),
    ("run", "hide-input"): ("runs behind this picture", "runs", 'x, y = run("AB-1"), run("AB-2")'),
    ("hide-input", "check", "run"): ("run and its check", "run", 'run("AB-1").claim.check()'),
    ("hide-input", "check"): ("check of the claim", "check", "x.claim.check()"),
    ("check", "hide-input"): ("check of AB-1", "check", 'run("AB-1").claim.check()'),
}
"""Tags of a cell, what its buttons show and hide, and its code."""

CONF = """
extensions = ["myst_nb", "bookbuild.site.prompts"]
nb_execution_mode = "off"
nb_custom_formats = {".py": ["jupytext.reads", {"fmt": "py:percent"}]}
html_theme = "basic"
exclude_patterns = ["conf.py"]
"""
HEAD = """\
# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Page
"""


@pytest.mark.parametrize("tags", WORDS)
def test_words_follow_from_tags(tags):
    shown, hidden, source = WORDS[tags]
    assert prompts(tags, source) == (f"Show the {shown}", f"Hide the {hidden}")


@pytest.mark.parametrize("chapter", sorted((ROOT / "chapters").glob("*.py")), ids=lambda p: p.stem)
def test_no_head_spells_out_what_tags_say(chapter):
    for cell in read_notebook(chapter).cells:
        words = cell.metadata.get("mystnb", {})
        if "code_prompt_show" in words:
            spelled = words["code_prompt_show"], words["code_prompt_hide"]
            kinds = ([], ["source"], ["run"], ["run", "check"], ["check"])
            hide = [tag for tag in cell.metadata["tags"] if tag not in KINDS]
            assert spelled not in [prompts([*hide, *kind], cell.source) for kind in kinds]


def test_a_cell_holds_one_thing():
    with pytest.raises(ValueError, match="tags must name one thing that a cell holds"):
        prompts(["hide-input", "source", "check"], "")


def test_a_page_of_tags_is_a_page_of_words(tmp_path):
    """Tags make the page that words in the heads make, byte for byte; own words stay."""
    spelled, tagged = HEAD, HEAD
    for tags, (shown, hidden, source) in WORDS.items():
        hide = next(tag for tag in tags if tag.startswith("hide"))
        words = {"code_prompt_show": f"Show the {shown}", "code_prompt_hide": f"Hide the {hidden}"}
        spelled += f'\n# %% tags=["{hide}"] mystnb={json.dumps(words)}\n{source}\n'
        tagged += f"\n# %% tags={json.dumps(tags)}\n{source}\n"
    own = '\n# %% tags=["hide-input"] mystnb={"code_prompt_show": "Look"}\n1\n\n# %%\n2\n'
    pages = []
    for name, text in (("spelled", spelled), ("tagged", tagged)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "conf.py").write_text(CONF)
        (folder / "index.py").write_text(text + own)
        command = [sys.executable, "-m", "sphinx", "-q", "-W", str(folder), str(folder / "out")]
        subprocess.run(command, check=True)
        pages.append((folder / "out" / "index.html").read_text())
    assert pages[0] == pages[1]
    titles = re.findall(r'<p class="collapsed admonition-title">(.*?)</p>', pages[0])
    assert titles == [*(f"Show the {shown}" for shown, *_ in WORDS.values()), "Look"]
