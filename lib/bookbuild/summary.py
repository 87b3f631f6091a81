"""The ledger in a few lines, for the end of a build."""

from __future__ import annotations

from bookbuild.site.book import verdicts
from bookbuild.workspace import Workspace
from traindyn.ledger import VERDICTS, read_ledgers


def summary(workspace: Workspace) -> str:
    """Verdict counts per published chapter, and where the site is."""
    lines = []
    for ledger in read_ledgers(workspace.claims):
        counts = verdicts(ledger["claims"])
        shown = [f"{counts[name]} {name}" for name in reversed(VERDICTS) if counts[name]]
        lines.append(f"{ledger['chapter']} ({ledger['scale']}): {', '.join(shown)}")
    return "\n".join([*lines, f"site: {workspace.site / 'index.html'}"])
