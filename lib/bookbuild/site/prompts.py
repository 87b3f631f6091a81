"""What the button over a folded cell says, derived from the tags of the cell.

A cell with the tag ``hide-cell`` holds imports, one with ``hide-input`` the code of a figure; a
further tag says otherwise: ``source``, ``run``, ``check``, or the last two together. A cell with
words of its own, ``code_prompt_show`` and ``code_prompt_hide``, keeps them.
"""

from __future__ import annotations

from collections.abc import Collection

from docutils import nodes
from sphinx.application import Sphinx

from bookbuild.site.cells import claims_run

KINDS = ("source", "run", "check")
"""Tags that say what a folded cell holds. They steer the words only, and style nothing."""


def prompts(tags: Collection[str], source: str) -> tuple[str, str]:
    """The words that offer to show a folded cell, and to hide it again.

    Args:
        tags: The tags of the cell.
        source: Its code, which may run claims by their names.

    >>> prompts(["hide-input"], "figures.headline(law.result)")
    ('Show the code of this figure', 'Hide the code of this figure')
    >>> prompts(["hide-input", "run"], 'law, mean = run("BR-8"), run("BR-10")')
    ('Show the runs behind this picture', 'Hide the runs')
    """
    claims = claims_run(source)
    match [kind for kind in KINDS if kind in tags]:
        case []:
            shown = hidden = "the imports" if "hide-cell" in tags else "the code of this figure"
        case ["source"]:
            shown = hidden = "the cell that prints this source"
        case ["run"]:
            hidden = "the run" if len(claims) < 2 else "the runs"
            shown = f"{hidden} behind this picture"
        case ["run", "check"]:
            shown, hidden = "the run and its check", "the run"
        case ["check"]:
            shown, hidden = f"the check of {claims[0] if claims else 'the claim'}", "the check"
        case kinds:
            raise ValueError(f"tags must name one thing that a cell holds, got {kinds}")
    return f"Show {shown}", f"Hide {hidden}"


def set_prompts(app: Sphinx, doctree: nodes.document) -> None:
    """Put the words on the folded cells of a page."""
    del app
    for cell in doctree.findall(nodes.container):
        if not cell.get("hide_mode"):
            continue
        about = cell["cell_metadata"]
        marks = {f"tag_{kind}" for kind in KINDS}
        cell["classes"] = [name for name in cell["classes"] if name not in marks]
        if "code_prompt_show" not in about.get("mystnb", {}):
            code = next(iter(cell.findall(nodes.literal_block)), nodes.literal_block())
            cell["prompt_show"], cell["prompt_hide"] = prompts(about["tags"], code.astext())


def setup(app: Sphinx) -> None:
    """Act after a page is read; what folds the cells comes later."""
    app.connect("doctree-read", set_prompts)
