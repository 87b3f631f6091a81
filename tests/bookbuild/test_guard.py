"""``jupyter-book build``, called directly, builds from records or not at all."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from sphinx.errors import ExtensionError

from bookbuild.guard import use_records

BUILD = ("jupyter-book", "build", ".", "--all", "-W", "-n", "--keep-going", "-q")


def test_a_missing_record_fails_every_build(book):
    book.record("coin")
    for _ in range(2):
        status, output = book.run(*BUILD)
        assert status != 0
        assert "no passing run at scale ci of die" in output
    assert not (book.workspace.site / "chapters").exists()


def test_a_page_with_code_that_is_no_chapter_is_not_executed(book):
    for chapter in ("coin", "die"):
        book.record(chapter)
    trace = book.root / "trace"
    (book.root / "index.md").write_text(
        "---\nfile_format: mystnb\nkernelspec: {name: python3}\n---\n# Page\n\n"
        f"```{{code-cell}} python3\nopen({str(trace)!r}, 'w')\n```\n"
    )
    status, output = book.run(*BUILD)
    assert status != 0
    assert "a page with code cells must be a chapter with a recorded run" in output
    assert not trace.exists()


@pytest.mark.parametrize(
    ("mode", "strict", "allowed"),
    [("cache", True, True), ("cache", False, False), ("auto", True, False), ("off", True, False)],
)
def test_the_configuration_must_read_from_the_cache(book, monkeypatch, mode, strict, allowed):
    monkeypatch.setenv("TRAINDYN_BUILD", "elsewhere")
    app = SimpleNamespace(srcdir=str(book.root))
    config = SimpleNamespace(nb_execution_mode=mode, nb_execution_raise_on_error=strict)
    if allowed:
        use_records(app, config)
        assert config.nb_execution_cache_path == str(book.root.resolve() / "elsewhere/cache")
    else:
        with pytest.raises(ExtensionError, match="must set execute_notebooks: cache"):
            use_records(app, config)
