from __future__ import annotations

import sys
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from bookbuild.machine_paths import find_machine_path, machine_paths, output_texts


def test_checkout_environment_home_and_temporary_folder_are_machine_paths(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", "/home/somebody")
    found = machine_paths(Path("/srv/book"))
    assert {"/srv/book", "/home/somebody", sys.prefix} <= set(found)
    assert any(str(tmp_path).startswith(path) for path in found)


def test_a_home_at_the_root_of_the_file_system_is_no_machine_path(monkeypatch):
    monkeypatch.setenv("HOME", "/")
    assert "/" not in machine_paths(Path("/srv/book"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('File "/srv/book/lib/x.py", line 3', "/srv/book"),
        ("/srv/book", "/srv/book"),
        ("file:///srv/book/index.html", "/srv/book"),
        ("/srv/bookshelf", None),
        ("https://example.org/srv/book", None),
        ("lib/x.py", None),
    ],
)
def test_only_whole_paths_are_found(text, found):
    assert find_machine_path(["nothing", text], ["/srv/book", "/home/somebody"]) == found


def test_every_text_of_an_output_is_searched_but_no_picture():
    outputs = [
        new_output("stream", text="stream"),
        new_output("error", ename="E", evalue="v", traceback=["trace", "back"]),
        new_output("display_data", {"text/plain": "plain", "image/png": "cG5n"}),
        new_output("display_data", {"image/svg+xml": "<svg/>", "application/json": {"a": "b"}}),
    ]
    notebook = new_notebook(cells=[new_code_cell(outputs=outputs)])
    texts = " ".join(output_texts(notebook))
    for text in ("stream", "trace\nback", "plain", "<svg/>", "{'a': 'b'}"):
        assert text in texts
    assert "cG5n" not in texts
