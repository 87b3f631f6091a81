"""The built site as files: links, anchors, sizes, spelling. No browser needed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bookbuild.machine_paths import find_machine_path

ROOT = Path(__file__).parents[2]
PAGE_LIMIT = 1_500_000
SHARED_LIMIT = 3_300_000
SITE_LIMIT = 27_500_000


class References(HTMLParser):
    """Ids, links and loaded files of a page, and what a phone loads in their place."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.narrow: list[str] = []
        self.alts: list[str | None] = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        if name := values.get("id"):
            self.ids.add(name)
        if tag == "a" and (link := values.get("href")):
            self.links.append(link)
        if tag in {"img", "script"} and (source := values.get("src")):
            self.loaded.append(source)
        if tag == "link" and values.get("rel") in {"stylesheet", "icon"}:
            self.loaded.append(values["href"] or "")
        if tag == "source" and (source := values.get("srcset")):
            self.narrow.append(source)
        if tag == "img":
            self.alts.append(values.get("alt"))


@cache
def references(page: Path) -> References:
    return References(page)


def html_pages(site: Path) -> list[Path]:
    return [page for page in sorted(site.rglob("*.html")) if "_static" not in page.parts]


def broken(site: Path, page: Path) -> list[str]:
    """Links and loaded files of a page that lead nowhere inside the site."""
    found = []
    told = references(page)
    for link in [*told.links, *told.loaded, *told.narrow]:
        parts = urlsplit(link)
        if parts.scheme in {"http", "https", "mailto", "data"}:
            continue
        target = page if not parts.path else (page.parent / unquote(parts.path)).resolve()
        anchor = unquote(parts.fragment)
        if not target.is_file() or not target.is_relative_to(site.resolve()):
            found.append(f"{page.relative_to(site)}: {link} is no file of the site")
        elif anchor and target.suffix == ".html" and anchor not in references(target).ids:
            found.append(f"{page.relative_to(site)}: {link} has no such anchor")
    return found


def test_internal_links_and_anchors_resolve(site: Path) -> None:
    pages = [page.resolve() for page in html_pages(site)]
    assert len(pages) > 8
    problems = [line for page in pages for line in broken(site.resolve(), page)]
    assert not problems, "\n".join(problems)


def test_no_page_tells_of_the_machine_that_built_it(site: Path) -> None:
    """Neither its folders nor the environment, as a default that Python shows by its value."""
    paths = [str(path) for path in (ROOT, Path(sys.prefix), Path.home()) if path != Path("/")]
    texts = {".html", ".ipynb", ".json", ".js", ".csv", ".svg", ".txt", ".xml", ".md", ".py"}
    shown = [file for file in site.rglob("*") if file.suffix in texts]
    assert len(shown) > 50
    for file in shown:
        text = file.read_text(encoding="utf-8")
        assert find_machine_path([text], paths) is None, file
        assert "environ({" not in text, file


def test_broken_links_are_seen(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_text('<p id="x"></p><a href="#x"></a><a href="#y"></a><a href="b.html"></a>')
    assert [line.split(": ")[1] for line in broken(tmp_path, page)] == [
        "#y has no such anchor",
        "b.html is no file of the site",
    ]


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    for page in html_pages(site):
        outside = [s for s in references(page).loaded if urlsplit(s).netloc]
        assert not outside, f"{page.relative_to(site)} loads {outside}"


def test_every_picture_says_what_it_shows(site: Path) -> None:
    for page in html_pages(site):
        for alt in references(page).alts:
            assert alt is not None, f"a picture of {page.relative_to(site)} has no alt"
            assert "_images/" not in alt


def test_what_fails_stands_among_the_findings(site: Path) -> None:
    """And no page of findings calls a claim by a name that the ledger does not hold."""
    ledgers = json.loads((site / "ledger.json").read_text("utf-8"))
    rows = [row for ledger in ledgers for row in ledger["claims"]]
    verdicts = {row["claim"]: row["claim_verdict"] for row in rows}
    page = (site / "book" / "what_we_found.html").read_text("utf-8")
    named = set(re.findall(r'href="ledger\.html#([A-Z]{2}-[0-9]+)', page))
    assert {name for name, verdict in verdicts.items() if verdict != "verified"} <= named
    assert named <= {*verdicts}


def weight(page: Path, sources: list[str]) -> int:
    """Bytes of files that belong to one page."""
    own = [s for s in sources if "_images/" in s or "thumbnails/" in s]
    return sum(f.stat().st_size for f in {(page.parent / urlsplit(s).path).resolve() for s in own})


def test_pages_are_light(site: Path) -> None:
    """A reader loads each figure in one of its two layouts."""
    for page in html_pages(site):
        told = references(page)
        size = page.stat().st_size + max(weight(page, told.loaded), weight(page, told.narrow))
        assert size < PAGE_LIMIT, f"{page.relative_to(site)} has {size} bytes"


def test_the_reference_links_names_that_docstrings_write_without_a_module(site: Path) -> None:
    page = (site / "book" / "api" / "anisotropic_noise.html").read_text("utf-8")
    name = r"traindyn\.anisotropic_noise\.experiments\.sampling\.draw_batches"
    assert re.search(rf'<a [^>]*href="#{name}"[^>]*><code class="xref py py-func', page)


def test_shared_files_are_trimmed(site: Path) -> None:
    static = site / "_static"
    size = sum(path.stat().st_size for path in static.rglob("*") if path.is_file())
    assert size < SHARED_LIMIT, f"_static has {size} bytes"
    mathjax = {path.name for path in (static / "mathjax").iterdir()}
    assert mathjax == {"tex-chtml.js", "input", "output"}
    assert not list(static.rglob("*.map"))


def test_the_whole_site_does_not_grow(site: Path) -> None:
    size = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
    assert size < SITE_LIMIT, f"the site has {size} bytes"


def test_the_workflow_runs_commands_of_the_makefile() -> None:
    workflow = (ROOT / ".github" / "workflows" / "book.yml").read_text()
    commands = re.findall(r"- run: make ([\w-]+)", workflow)
    assert commands[:3] == ["test", "book", "publish"]
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(commands) <= targets


def misspelled(*places: Path) -> str:
    """What codespell finds in prose and comments."""
    command = [sys.executable, "-m", "codespell_lib", "--skip=*.bib,*.svg,*.png", *places]
    return subprocess.run(command, capture_output=True, text=True).stdout


def test_prose_is_spelled_well() -> None:
    folders = [ROOT / name for name in ("book", "lib", "chapters")]
    assert misspelled(*folders, *sorted(ROOT.glob("*.md"))) == ""


def test_a_misspelled_word_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("This sen" + "tense has a mistake, this sen" + "tance too.\n")
    assert "==> sentence" in misspelled(page)


def test_no_two_pages_share_a_description(site: Path) -> None:
    found: dict[str, list[str]] = {}
    for page in html_pages(site):
        text = page.read_text(encoding="utf-8")
        if 'http-equiv="Refresh"' in text:
            continue  # it only leads on
        (told,) = re.findall(r'<meta name="description" content="([^"]+)"/>', text)
        found.setdefault(told, []).append(page.relative_to(site).as_posix())
    assert [pages for pages in found.values() if len(pages) > 1] == []
