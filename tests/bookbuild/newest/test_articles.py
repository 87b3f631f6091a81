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


def test_pages_that_only_one_site_holds_are_told(tmp_path):
    old, new = site(tmp_path / "old", a=PAGE, b=PAGE), site(tmp_path / "new", b=PAGE, c=PAGE)
    assert [*differences(old, new)] == ["chapters/a.html: missing", "chapters/c.html: new"]


def test_files_of_the_theme_are_no_pages(tmp_path):
    (tmp_path / "_static").mkdir()
    (tmp_path / "_static" / "macros.html").touch()
    (tmp_path / "index.html").touch()
    assert pages(tmp_path) == ["index.html"]
