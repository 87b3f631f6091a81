"""The configuration of Sphinx that needs no jupyter-book says what jupyter-book's says."""

from pathlib import Path

import pytest
from jupyter_book.config import get_final_config

from bookbuild.newest.configuration import PACKAGE, PLACES, configuration, write_configuration

ROOT = Path(__file__).parents[3]

OF_JUPYTER_BOOK = {
    *("comments_config", "html_logo", "use_jupyterbook_latex", "use_multitoc_numbering"),
    *("latex_engine", "pygments_style"),
    *("nb_execution_allow_errors", "nb_execution_cache_path", "nb_execution_excludepatterns"),
    "nb_execution_in_temp",
}
"""Settings of jupyter-book that the pages do not show, or that are defaults of their extensions."""

OTHERWISE = {"extensions", "exclude_patterns", "external_toc_path", "html_theme_options", *PLACES}
"""Settings that may differ, each compared below."""


@pytest.fixture(scope="module")
def theirs():
    settings, _ = get_final_config(
        user_yaml=ROOT / "_config.yml", cli_config={"latex_individualpages": False}
    )
    return settings


def test_all_settings_are_those_of_jupyter_book(theirs):
    ours = configuration(ROOT)
    assert {*theirs} - {*ours} == OF_JUPYTER_BOOK
    for name in {*ours} - OTHERWISE:
        assert ours[name] == theirs[name], name


def test_what_differs_is_paths_and_the_package(theirs):
    ours = configuration(ROOT)
    left_out = {PACKAGE, "sphinx_jupyterbook_latex"}
    assert ours["extensions"] == [name for name in theirs["extensions"] if name not in left_out]
    assert {*theirs["exclude_patterns"]} - {*ours["exclude_patterns"]} <= {".DS_Store", "Thumbs.db"}
    assert ours["html_theme_options"].items() <= theirs["html_theme_options"].items()
    for name in {"external_toc_path", *PLACES} & {*theirs}:
        values = (of if isinstance(of, list) else [of] for of in (ours[name], theirs[name]))
        for our, their in zip(*values, strict=True):
            assert Path(our) == ROOT / their
            assert Path(our).exists()


def test_the_file_sets_the_same(tmp_path):
    made = write_configuration(ROOT, tmp_path / "conf")
    read: dict[str, object] = {}
    exec((tmp_path / "conf" / "conf.py").read_text("utf-8"), read)
    del read["__builtins__"]
    assert read == made == configuration(ROOT)


GOOD = "title: A book\nsphinx: {config: {extensions: [jupyter_book, myst_nb], language: en}}\n"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("logo: a.png\n", "logo has no counterpart; known are title, "),
        ("html: {home_page_in_navbar: true}\n", "html.home_page_in_navbar has no counterpart"),
        ("html: {baseurl: https://a.org}\n", "html.baseurl has no counterpart"),
        ("title: [\n", "must be YAML"),
    ],
)
def test_a_setting_without_a_counterpart_is_refused(tmp_path, more, told):
    (tmp_path / "_config.yml").write_text(GOOD + more)
    with pytest.raises(ValueError, match=told):
        configuration(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "title: A book\n", "title: \xff"])
def test_a_file_without_the_section_is_refused(tmp_path, text):
    (tmp_path / "_config.yml").write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match="section sphinx"):
        configuration(tmp_path)


def test_extensions_of_both_kinds_are_loaded(tmp_path):
    (tmp_path / "_config.yml").write_text(GOOD.replace("{config", "{extra_extensions: [x], config"))
    assert configuration(tmp_path)["extensions"] == ["myst_nb", "x"]
