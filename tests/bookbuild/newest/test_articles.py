"""Articles are compared by words and links, whatever surrounds them."""

import pytest

from bookbuild.newest.articles import Article, differences, pages

PAGE = "<html><nav>menu</nav><article>Noise &amp; <a href='b.html#x'>balance</a></article></html>"


def site(folder, **texts):
    for name, text in texts.items():
        (folder / "chapters").mkdir(parents=True, exist_ok=True)
        (folder / "chapters" / f"{name}.html").write_text(text)
    return folder


def test_all_text_of_the_first_article_counts():
    html = "<article>a <article>b</article><script>c</script> <svg><text>d</text></svg>e</article>"
    assert Article(html + "f<article>g</article>").words == "abe"
    assert Article("<p>no article</p>").words == ""


@pytest.mark.parametrize(
    "same",
    [
        PAGE,
        PAGE.replace("menu", "another"),
        PAGE.replace("Noise ", "<p>Noise\n\n\xa0</p>"),
        PAGE.replace("</article>", "<style>p {}</style></article>"),
    ],
)
def test_what_is_no_word_of_an_article_makes_no_difference(tmp_path, same):
    old, new = site(tmp_path / "old", a=PAGE), site(tmp_path / "new", a=same)
    assert [*differences(old, new)] == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (PAGE.replace("Noise", "Voice"), "chapters/a.html: 'Noise&balance' became 'Voice&balance'"),
        (PAGE.replace("balance", ""), "chapters/a.html: 'balance' became ''"),
        (PAGE.replace("#x", "#y"), "chapters/a.html: lost link to b.html#x"),
        (PAGE.replace("#x", "#y"), "chapters/a.html: new link to b.html#y"),
    ],
)
def test_what_changed_is_told(tmp_path, text, told):
    old, new = site(tmp_path / "old", a=PAGE), site(tmp_path / "new", a=text)
    assert told in [*differences(old, new)]


PLACED = """<article><a href='#x'>up</a><a href='a.html#y'>on</a><a href='b.html#x'>off</a>
<section id='x'><span id='y'></span><h2>Heading</h2><p id='z'>Text</p></section></article>"""


def test_names_of_one_place_are_one(tmp_path):
    turned = PLACED.replace("#x'>up", "#y'>up").replace(
        "id='x'><span id='y'", "id='y'><span id='x'"
    )
    old, new = site(tmp_path / "old", a=PLACED), site(tmp_path / "new", a=turned)
    assert [*differences(old, new)] == []
    site(tmp_path / "new", a=turned.replace("#y'>up", "#z'>up"))
    assert [*differences(old, new)] == ["chapters/a.html: new link to #z"]
    site(tmp_path / "new", a=turned.replace("b.html#x", "b.html#y"))  # another page's names
    assert [*differences(old, new)] == [
        "chapters/a.html: lost link to b.html#x",
        "chapters/a.html: new link to b.html#y",
    ]


def test_pages_that_only_one_site_holds_are_told(tmp_path):
    old, new = site(tmp_path / "old", a=PAGE, b=PAGE), site(tmp_path / "new", b=PAGE, c=PAGE)
    assert [*differences(old, new)] == ["chapters/a.html: missing", "chapters/c.html: new"]


def test_files_of_the_theme_are_no_pages(tmp_path):
    (tmp_path / "_static").mkdir()
    (tmp_path / "_static" / "macros.html").touch()
    (tmp_path / "index.html").touch()
    assert pages(tmp_path) == ["index.html"]
