from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
from jupyter_cache import get_cache

from bookbuild.publish import MissingRecordError, missing_records, publish, with_outputs
from traindyn.ledger import read_ledger


def cached(book, chapter):
    """What the site build finds for a chapter."""
    _, notebook = get_cache(book.workspace.cache).merge_match_into_notebook(
        book.workspace.notebook(chapter)
    )
    return notebook


def test_a_chapter_without_a_record_stops_the_publication(book):
    book.record("coin")
    assert missing_records(book.workspace) == ["die"]
    with pytest.raises(MissingRecordError, match="no passing run at scale ci of die;"):
        publish(book.workspace)
    assert not book.workspace.claims.exists()


def test_ledgers_and_outputs_of_the_records_are_published(book):
    made = {chapter: book.record(chapter) for chapter in ("coin", "die")}
    assert publish(book.workspace) == made
    for chapter, record in made.items():
        assert read_ledger(book.workspace.claims / f"{chapter}.json") == record.claims
        outputs = [c.outputs[0].text for c in cached(book, chapter).cells if "outputs" in c]
        assert outputs == [f"output {i}\n" for i in range(1, record.summary.cells + 1)]


def test_what_is_not_in_the_book_is_withdrawn(book):
    for chapter in ("coin", "die"):
        book.record(chapter)
    publish(book.workspace)
    forgotten = book.workspace.notebook("die")
    book.edit("_toc.yml", "  - file: chapters/die\n", "")
    publish(book.workspace)
    assert [path.name for path in book.workspace.claims.iterdir()] == ["coin.json"]
    with pytest.raises(KeyError):
        get_cache(book.workspace.cache).match_cache_notebook(forgotten)


def test_captions_and_tags_of_the_source_reach_the_page_without_a_new_run(book):
    for chapter in ("coin", "die"):
        book.record(chapter)
    book.edit("chapters/coin.py", "# %% mystnb=", '# %% tags=["remove-input"] mystnb=')
    publish(book.workspace)
    assert cached(book, "coin").cells[-1].metadata["tags"] == ["remove-input"]


def test_outputs_go_to_equal_cells_only(book):
    executed = book.record("coin").notebook
    with pytest.raises(ValueError, match="must have the same code cells"):
        with_outputs(book.workspace.notebook("die"), executed)


def test_publications_at_the_same_time_do_not_disturb_each_other(book):
    for chapter in ("coin", "die"):
        book.record(chapter)
    with ProcessPoolExecutor(4, mp_context=get_context("fork")) as pool:
        published = list(pool.map(publish, [book.workspace] * 8))
    assert all(set(records) == {"coin", "die"} for records in published)
    assert cached(book, "coin").cells[-1].outputs[0].text == "output 3\n"
