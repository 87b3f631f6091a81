from __future__ import annotations

import csv
import json
import re
from html import unescape
from urllib.parse import parse_qs, urlparse

import nbformat
import pytest

pytestmark = pytest.mark.xdist_group("planted site")  # built once, not once per worker


def text_of(html: str) -> str:
    """Words of a piece of HTML."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def row(page: str, claim_id: str) -> str:
    found = re.search(rf'<tr role="row" id="{claim_id}".*?</tr>', page, re.DOTALL)
    assert found, f"no row {claim_id}"
    return found.group()


def claim(page: str, claim_id: str) -> str:
    """The part of the ledger page that opens from the line of a claim."""
    parts = page.split('<details class="ledger-claim"')
    [found] = [part for part in parts if f'<span class="ledger-id">{claim_id}</span>' in part]
    return found


def test_the_role_shows_a_short_number_that_opens_a_card(built):
    page = built.page("book/intro")
    button, card = re.search(
        r'(<button type="button" class="claim-value" popovertarget="(card-\d+)">.*?)'
        r'(<span class="claim-card" id="\2" popover>.*?its code)',
        page,
        re.DOTALL,
    ).group(1, 3)
    assert text_of(button) == "0.503"  # and no verdict
    assert text_of(card).startswith("CO-1a ● verified Rate of heads if 1 < 2 & so on Predicted 0.5")
    for part in (
        "Accepted 0.5 ± 0.02: Chosen beforehand for",
        "Measured 0.5030 ± 0.0010, 400 throws",
        "bent coin : 0.7000 ± 0.0010 (other system, fails); a third : predicted 0.3333",
    ):
        assert part in text_of(card)
    assert 'href="ledger.html#CO-1a"' in card
    assert 'href="../chapters/coin.html#cell-CO-1"' in card
    assert 'href="code/coin.html#code-CO-1"' in card
    assert "3.51 dots" in text_of(page)


def test_the_code_of_a_claim_is_that_of_the_file(built):
    """It opens from one line; rows, cards and evidence lead to it."""
    page = built.page("book/code/coin")
    assert '<meta name="description" content="How a coin is thrown."/>' in page
    title, code = re.search(
        r'<section id="co-1">(.*?)<details class="evidence" id="code-CO-1">(.*?)</details>',
        page,
        re.DOTALL,
    ).groups()
    assert text_of(title).startswith("CO-1 # A coin is fair.")
    source = (built.root / "lib" / "traindyn" / "coin" / "claims.py").read_text()
    function = source[source.index("coin = Registry") :]
    shown = unescape(re.sub(r"<[^>]+>", "", re.search(r"<pre>(.*?)</pre>", code, re.DOTALL)[1]))
    assert shown.strip() == function.strip()
    assert '<span class="n">' not in code
    assert '<span class="k">def</span>' in code
    assert 'href="code/coin.html#code-CO-1"' in claim(built.page("book/ledger"), "CO-1")
    assert 'href="../book/code/coin.html#code-CO-1"' in built.page("chapters/coin")
    assert "#code-CO-2" not in built.page("book/ledger")  # no function of the room has that claim


def test_the_address_of_the_repository_shows_where_it_is_asked_for(built):
    page = built.page("book/intro")
    assert re.search(r'<p>Sources: <a [^>]*href="https://github.com/someone/book">', page)
    (places,) = re.findall(r'<ul class="launch">(.*?)</ul>', page)
    assert text_of(places) == "coin: Colab · Binder die: Colab · Binder"
    chapter = built.page("chapters/coin")
    for link in re.findall(r'href="([^"]+)"', places)[:2]:
        assert link in unescape(chapter).replace("%2F", "/")  # as the theme's own buttons
        assert page.count(f'href="{link}"') == 2  # in the list and on the card


def test_the_role_of_a_whole_claim_leads_to_its_rows(built):
    whole = r'<a [^>]*href="ledger.html#CO-1".*?</a>(.*?</span>)</span>'
    found = re.search(whole, built.page("book/intro"), re.DOTALL)
    assert text_of(found.group()) == "CO-1 ◆ falsified"


def test_a_number_that_fails_says_so_in_prose(built):
    """And that of the section that is closed opens a card there as well."""
    page = built.page("chapters/coin")
    assert text_of(page.split("and an edge:")[1]).startswith("9.0 ◆ falsified CO-1b ◆ falsified")
    assert 'href="#cell-CO-1"' in page


def test_a_caption_and_an_alternative_text_hold_the_measured_number(built):
    """And so does the notebook that a reader downloads."""
    page = built.page("chapters/coin")
    assert 'alt="Up to 0.503."' in page
    caption = re.search(r"<figcaption>.*?</figcaption>", page, re.DOTALL).group()
    assert 'class="claim-value"' in caption
    assert "0.503 CO-1a ● verified" in text_of(caption)
    downloaded = nbformat.read(
        built.workspace.site / "chapters" / "coin-executed.ipynb", as_version=4
    )
    captions = [cell.source for cell in downloaded.cells if cell.source.startswith("**Figure")]
    assert captions[0].startswith("**Figure CO-1.** [0.503](")
    assert captions[1] == "**Figure CO-2.** Throws."


def test_evidence_is_a_line_that_holds_code_table_and_command(built):
    evidence = re.search(
        r'<details class="evidence" open>.*?</details>', built.page("chapters/coin"), re.DOTALL
    ).group()
    words = text_of(evidence)
    assert words.startswith("CO-1: 1 of 2 parts hold; not CO-1b throws = run")
    assert "traindyn reproduce coin --claim CO-1 --scale ci --seed 0" in words
    assert evidence.count("<tr") == 3


def test_the_second_level_of_a_chapter_is_closed(built):
    """The list of its claims, and the sections below that heading; their titles show."""
    page = built.page("chapters/coin")
    assert "<summary>All 3 claims of this chapter and their verdicts</summary>" in page
    section = re.search(r'<section id="tails">(.*?)</section>', page, re.DOTALL).group(1)
    assert re.match(r'\s*<details class="more"><summary>\s*<h3>Tails', section)
    assert re.search(r"</h3>\s*</summary>\s*<p>A coin has", section)
    assert re.search(r"</details>\s*$", section)


def test_every_link_into_the_ledger_finds_its_anchor(built):
    ledger = built.page("book/ledger")
    anchors = set(re.findall(r' id="([^"]+)"', ledger))
    assert {"CO-1", "CO-1a", "CO-1b", "CO-2", "CO-10", "DI-2"} <= anchors
    linked = set(re.findall(r'ledger\.html#([^"]+)"', built.page("book/intro")))
    assert {"CO-1", "CO-1a"} <= linked
    assert linked <= anchors


def test_a_table_has_one_line_per_claim_and_chosen_parts_in_full(built):
    tables = re.findall(r"<table role=.*?</table>", built.page("book/intro"), re.DOTALL)
    ids = [re.findall(r"rowheader.*?>([A-Z]{2}-\w+)<", table, re.DOTALL) for table in tables]
    assert ids == [["CO-1", "CO-2", "CO-10"], ["DI-2"]]
    assert "2 ◆ falsified" in text_of(tables[0])


def test_a_row_of_the_ledger_tells_all(built):
    page = built.page("book/ledger")
    text = text_of(row(page, "CO-10"))
    for part in (
        "Limit",
        "1.0100 ± 0.0020",
        "accepted 1 ± 0.05",
        "no limit : 2.00 ± 0.10 (other system, fails)",
        "2: 1.50000 ± 0.00010; 10: 1.10000 ± 0.00010; 100: 1.01000 ± 0.00010",
        "eq 3 (attributed)",
        "The note says why",
        "accepted 1 ± 0.05: pass. Decided with ± 0.0104",
        "The bound comes from size: Chosen beforehand",
        "40 throws",
        "Compares simulation",
    ):
        assert part in text, f"{part!r} is missing in {text!r}"
    again = "traindyn reproduce coin --claim CO-10 --scale ci --seed 0"
    assert again in text_of(claim(page, "CO-10"))
    assert "a third : predicted 0.3333 (wrong theory, fails)" in text_of(row(page, "CO-1a"))
    limit = text_of(row(page, "CO-1b"))
    assert "a limit accepted ≤ 1" in limit
    assert "Expected falsified; the result at seed 0 was known before the rule took" in limit
    assert "was known before" not in text
    assert "(other system, fails)" in row(page, "DI-2")
    assert "∞" in row(page, "DI-2")
    assert "Rate of <em>heads</em> if 1 &lt; 2 &amp; so on" in row(page, "CO-1a")
    assert "<em>beforehand</em>" in row(page, "CO-1a")


def test_the_ledger_leads_to_the_cell_that_computes_a_claim(built):
    assert 'href="../chapters/coin.html#cell-CO-1"' in claim(built.page("book/ledger"), "CO-1")
    chapter = built.page("chapters/coin")
    _, cell = chapter.split('id="cell-CO-1"')
    assert text_of(cell[1:])[:30].startswith('throws = run( "CO-1" )')
    for claim_id in ("CO-1", "CO-2", "CO-10"):
        assert chapter.count(f'id="cell-{claim_id}"') == 1


def test_summary_cards_and_banner_count_claims(built):
    page = built.page("book/intro")
    summary = re.search(r'<div class="summary">.*?</div>', page, re.DOTALL).group()
    assert text_of(summary) == (
        "4 claims in 5 decided parts: 2 ● verified 1 ◆ falsified 1 ▲ toy "
        "Falsified: 1 of the papers, 0 of the book's own hypotheses."
    )
    card = re.search(r'<article class="chapter-card">.*?</article>', page, re.DOTALL).group()
    assert text_of(card).startswith("A coin It shows heads in half of all throws.")
    assert "Runs in 61 s" in card
    thumbnail = re.search(r'src="\.\./(thumbnails/coin\.svg)"', card).group(1)
    assert (built.workspace.site / thumbnail).read_text().startswith("<svg")
    assert "Runs in 61 s at" in built.page("chapters/coin")


def test_downloads_hold_the_ledger_whole(built):
    site, claims = built.workspace.site, built.workspace.claims
    whole = json.loads((site / "ledger.json").read_text())
    assert whole == [json.loads((claims / f"{c}.json").read_text()) for c in ("coin", "die")]
    with (site / "ledger.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["id"] for line in lines] == ["CO-1a", "CO-1b", "CO-2", "CO-10", "DI-2"]
    assert float(lines[0]["value"]) == 0.503
    assert lines[4]["controls"] == "a die without faces: ∞ (fail)"
    assert lines[3]["sizes"].startswith("2: 1.50000 ± 0.00010; 10: 1.10000")
    parts = whole[0]["claims"][0]
    columns = {*parts, *parts["measurement"], *parts["rule"]} - {"measurement", "rule"}
    assert {*lines[0]} == {"chapter", *columns}


def test_executed_and_clean_notebooks_are_offered(built):
    folder = built.workspace.site / "chapters"
    executed = nbformat.read(folder / "coin-executed.ipynb", as_version=4)
    assert sum(bool(cell.get("outputs")) for cell in executed.cells) == 4
    outputs = [output for cell in executed.cells for output in cell.get("outputs", [])]
    assert not any("narrow" in str(output.metadata) for output in outputs)  # a notebook is wide
    (claim,) = [output for output in outputs if "text/markdown" in output.data]
    assert {*claim.data} == {"text/markdown"}
    clean = nbformat.read(folder / "coin.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in clean.cells)
    for notebook in (executed, clean):
        assert notebook.cells[0].source.startswith("# A coin")
        assert "git+https://github.com/someone/book" in notebook.cells[1].source
        assert not [cell for cell in notebook.cells if "{claim" in cell.source]
        assert not any("mystnb" in cell.metadata for cell in notebook.cells)
    prose = ["\n".join(cell.source for cell in notebook.cells) for notebook in (executed, clean)]
    edge = "https://a.org/b/book/ledger.html#CO-1b"
    assert f"and an edge: [9.0 (falsified)]({edge})." in prose[0]
    assert f"and an edge: [**CO-1b**]({edge})." in prose[1]
    assert "| CO-1 | A coin is fair. | 2 | falsified |" in prose[0]
    assert "* **CO-1** Half of all throws show heads." in prose[1]
    page = built.page("chapters/coin")
    assert page.count('href="coin-executed.ipynb"') == page.count('href="coin.ipynb"') == 2


def test_launch_buttons_open_notebooks_of_the_published_folder(built):
    page, published = built.page("chapters/coin"), built.workspace.build / "publish"
    colab = re.search(r'href="(https://colab\.research\.google\.com/[^"]+)"', page).group(1)
    assert urlparse(colab).path == "/github/someone/book/blob/gh-pages/chapters/coin.ipynb"
    binder = re.search(r'href="(https://mybinder\.org/[^"]+)"', page).group(1)
    assert urlparse(binder).path == "/v2/gh/someone/book/gh-pages"
    (opened,) = parse_qs(urlparse(binder).query)["urlpath"]
    assert opened == "lab/tree/chapters/coin.ipynb"
    assert (published / "chapters" / "coin.ipynb").is_file()
    for name in ("environment.yml", "requirements.lock", "lib", "pyproject.toml", ".nojekyll"):
        assert (published / name).exists()


def test_the_published_folder_has_a_sitemap_of_its_pages(built):
    published = built.workspace.build / "publish"
    places = re.findall(
        r"<loc>https://a\.org/b/(.*?)</loc>", (published / "sitemap.xml").read_text()
    )
    assert "book/ledger.html" in places
    assert "404.html" not in places
    assert all((published / place).is_file() for place in places)
    assert '<base href="https://a.org/b/">' in (published / "404.html").read_text()


def test_pages_carry_a_card(built):
    page = built.page("book/ledger")
    assert '<meta property="og:title" content="Ledger"/>' in page
    assert '<meta property="og:url" content="https://a.org/b/book/ledger.html"/>' in page
    image = re.search(r'property="og:image" content="https://a\.org/b/([^"]+)"', page).group(1)
    assert image == "_static/card.png"
    assert (built.workspace.site / image).is_file()


def test_the_card_of_a_page_with_a_figure_shows_it_first(built):
    page = built.page("chapters/coin")
    first, second = re.findall(r'property="og:image" content="https://a\.org/b/([^"]+)"', page)
    assert first.startswith("_images/")
    assert (built.workspace.site / first).read_text().count("0 0 4 3") == 1  # the wide layout
    assert second == "_static/card.png"
    assert 'property="og:image:alt" content="' in page


def test_every_page_has_a_description_and_a_title_of_its_own(built):
    pages = {
        path.relative_to(built.workspace.site).as_posix(): path.read_text()
        for path in built.workspace.site.rglob("*.html")
        if "_static" not in path.parts and path.name != "index.html"  # which only leads on
    }
    for name in ('name="description"', 'property="og:description"', 'property="og:title"'):
        found = {p: re.findall(f'<meta {name} content="([^"]+)"/>', t) for p, t in pages.items()}
        assert [page for page, told in found.items() if len(told) != 1] == []
        told = [texts[0] for texts in found.values()]
        assert sorted({text for text in told if told.count(text) > 1}) == []


def test_the_status_page_tells_time_scale_and_versions(built):
    text = text_of(built.page("book/status"))
    assert "coin 61 s 4 3" in text
    assert "jupyter-book 1.0.4.post1" in text


def test_no_launch_button_without_a_repository_and_no_unknown_claim(planted):
    config = (planted.root / "_config.yml").read_text()
    config = config.replace(
        "book_repository: https://github.com/someone/book", 'book_repository: ""'
    )
    (planted.root / "_config.yml").write_text(config)
    status, output = planted.make("build")
    assert status == 0, output
    finished = planted.page("chapters/coin")
    assert "colab" not in finished
    assert not {"launch", "Sources: "} & {
        *re.findall("launch|Sources: ", planted.page("book/intro"))
    }

    intro = planted.root / "book" / "intro.md"
    wrong = "\n{claim}`CO-7`\n\n```{claims} dice\n```\n\n```{claims}\n:only: CO-1a CO-8\n```\n"
    intro.write_text(intro.read_text() + wrong)
    coin = planted.root / "chapters" / "coin.py"
    coin.write_text(coin.read_text().replace("Up to {claim}`CO-1a`", "Up to {claim}`CO-1`"))
    status, output = planted.make("build")
    assert status != 0
    assert "claim 'CO-7' is in no published ledger" in output
    assert "chapter must be one of coin, die, got 'dice'" in output
    assert "claim CO-8 is in no published ledger" in output
    assert "claim must name one row in an alternative text, got 'CO-1'" in output
    assert planted.page("chapters/coin") == finished  # a failed build leaves the site alone


def test_a_ledger_beyond_the_error_budget_stops_the_build(planted):
    def repeat(ledger, _):
        row = ledger["claims"][0]
        row["controls"] = row["controls"][:1] * 5001
        row["random_tests"] = 5002

    planted.edit("coin", repeat)
    status, output = planted.make("build")
    assert status != 0
    assert "the error budget pays for 5000 random tests" in output


def test_a_section_opens_the_definition_of_a_word_once(built):
    page = built.page("chapters/coin")
    buttons = re.findall(r'<button type="button" popovertarget="(term-\d+)">(.*?)</button>', page)
    assert [text_of(word) for _, word in buttons] == ["Controls", "outlier"]
    for name, _ in buttons:
        assert page.count(f'id="{name}" popover>') == 1
    assert "popover>What a rule must reject.</span>" in page
    assert "term-" not in built.page("book/intro")


def test_a_figure_is_one_picture_with_two_layouts(built):
    page = built.page("chapters/coin")
    (figure,) = re.findall(r'<figure [^>]*id="fig-co-throws".*?</figure>', page, re.DOTALL)
    source, wide = re.search(
        r'<picture><source media="screen and \(max-width: 600px\)" srcset="\.\./([^"]+)"/>\s*'
        r'<img alt="A box\." src="\.\./([^"]+)"\s*/>\s*</picture>',
        figure,
    ).groups()
    shapes = [(built.workspace.site / name).read_text() for name in (source, wide)]
    assert ["0 0 2 9" in shape for shape in shapes] == [True, False]
    assert "0 0 4 3" in shapes[1]
    assert page.count("A box.") == page.count("Throws.") == 1


def test_numbers_start_with_the_letters_of_the_chapter(built):
    coin, die = built.page("chapters/coin"), built.page("chapters/die")
    _, caption = re.findall(r"<figcaption>.*?</figcaption>", coin, re.DOTALL)
    assert text_of(caption).startswith("Figure CO-2 Throws.")
    assert "See Figure CO-2 , and equation (CO-1)" in text_of(coin)
    assert re.search(r'<span class="eqno">\(DI-1\)', die)
    assert "So says (DI-1)" in text_of(die)
