from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bookbuild.finished import UnfinishedError
from bookbuild.site.pdf import pages, print_book
from bookbuild.workspace import Workspace

ROOT = Path(__file__).parents[2]


@pytest.mark.browser
def test_the_book_prints_as_one_document_with_outline_and_inner_links(site: Path) -> None:
    workspace = Workspace.at(ROOT)
    assert workspace.site == site
    command = [sys.executable, "-m", "bookbuild", "pdf"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert printed.returncode == 0, printed.stderr
    content = Path(printed.stdout.strip()).read_bytes()
    assert content.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", content)) > len(pages(workspace))
    titles = re.findall(rb"/Title \(([^)]*)\)", content)  # an outline entry beyond ASCII is coded
    chapters = [name for name in pages(workspace) if name.startswith("chapters/")]
    heads = [re.search("<title>(.*?) &#8212; ", (site / name).read_text())[1] for name in chapters]
    assert [head for head in heads if head.encode() not in titles] == []
    assert b"/StructTreeRoot" in content
    targets = re.findall(rb"/URI \(([^)]*)\)", content)
    assert targets
    assert not [t for t in targets if b"127.0.0.1" in t or t.startswith(b"file:")]
    assert content.count(b"/Dest") > 20


def test_without_a_site_there_is_nothing_to_print(tmp_path: Path) -> None:
    with pytest.raises(UnfinishedError, match="there is no finished site"):
        print_book(Workspace(tmp_path, tmp_path / "_build"))
