from __future__ import annotations

import json
import sys

import pytest

from bookbuild.build_root import is_generated
from bookbuild.site.cards import first_picture
from bookbuild.site.cells import claims_run
from bookbuild.site.notebooks import clean_notebook, write_notebooks

SOURCE = "# %% [markdown]\n# # Title\n\n# %%\nx = 1\n"


def test_a_clean_notebook_has_the_cells_and_a_kernel(tmp_path):
    source = tmp_path / "coin.py"
    source.write_text(SOURCE)
    notebook = json.loads(clean_notebook(source))
    assert [cell["cell_type"] for cell in notebook["cells"]] == ["markdown", "code", "code"]
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert clean_notebook(source) == clean_notebook(source)


def test_with_a_repository_the_cell_below_the_title_installs_the_package(tmp_path):
    source = tmp_path / "coin.py"
    source.write_text(SOURCE)
    below = json.loads(clean_notebook(source, "https://github.com/a/b"))["cells"][1]
    text = "".join(below["source"])
    assert "except ModuleNotFoundError:" in text
    assert '"traindyn @ git+https://github.com/a/b"' in text


def test_without_a_repository_the_cell_below_the_title_tells_what_to_install(tmp_path, monkeypatch):
    source = tmp_path / "coin.py"
    source.write_text(SOURCE)
    text = "".join(json.loads(clean_notebook(source))["cells"][1]["source"])
    exec(text)  # the package is there
    monkeypatch.setitem(sys.modules, "traindyn", None)
    with pytest.raises(ModuleNotFoundError, match=r"`pip install \.` in a checkout"):
        exec(text)


def test_a_notebook_without_a_title_begins_with_the_package(tmp_path):
    source = tmp_path / "coin.py"
    source.write_text("# %%\nx = 1\n")
    first, _ = json.loads(clean_notebook(source))["cells"]
    assert "import traindyn" in "".join(first["source"])


def test_a_missing_source_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"gone\.py must be a text notebook, but there is"):
        clean_notebook(tmp_path / "gone.py")


def test_one_notebook_is_written_per_chapter(tmp_path):
    for name in ("die", "coin", ".#coin", "coin copy"):
        (tmp_path / f"{name}.py").write_text(SOURCE)
    assert write_notebooks(tmp_path) == ["coin.ipynb", "die.ipynb"]
    assert sorted(path.name for path in tmp_path.glob("*.ipynb")) == ["coin.ipynb", "die.ipynb"]
    assert all(is_generated(path) for path in tmp_path.glob("*.ipynb"))


def test_a_generated_notebook_follows_its_source(tmp_path):
    source = tmp_path / "coin.py"
    for text in (SOURCE, SOURCE.replace("1", "2")):
        source.write_text(text)
        assert write_notebooks(tmp_path) == ["coin.ipynb"]
        assert (tmp_path / "coin.ipynb").read_text() == clean_notebook(source)


@pytest.mark.parametrize("old", ["Title", "x = 1", '"python3"', "\n"])
def test_an_edited_notebook_is_kept(tmp_path, old):
    (tmp_path / "coin.py").write_text(SOURCE)
    write_notebooks(tmp_path)
    notebook = tmp_path / "coin.ipynb"
    clean = notebook.read_text()
    for number in (1, 2):
        edited = clean.replace(old, f" {number} {old}", 1)
        notebook.write_text(edited)
        kept = f"coin.kept-{number}.ipynb"
        assert write_notebooks(tmp_path) == [f"coin.ipynb was edited: kept as {kept}", "coin.ipynb"]
        assert (tmp_path / kept).read_text() == edited
        assert notebook.read_text() == clean


def test_a_link_to_somebodys_notebook_is_kept(tmp_path):
    (tmp_path / "coin.py").write_text(SOURCE)
    mine = tmp_path / "mine"
    mine.write_text("{}")
    for target in (mine, tmp_path / "gone"):
        (tmp_path / "coin.ipynb").symlink_to(target)
        assert "was edited: kept as" in write_notebooks(tmp_path)[0]
        (tmp_path / "coin.ipynb").unlink()
    assert mine.read_text() == "{}"
    assert not (tmp_path / "gone").exists()


def test_a_byte_order_mark_is_no_text(tmp_path):
    source = tmp_path / "coin.py"
    source.write_text(SOURCE)
    plain = clean_notebook(source)
    source.write_bytes(b"\xef\xbb\xbf" + SOURCE.encode())
    assert clean_notebook(source) == plain
    source.write_text(SOURCE, encoding="utf-16")
    with pytest.raises(ValueError, match=r"coin\.py must be UTF-8"):
        clean_notebook(source)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('a = run("BR-1")\nb = chapter.run(\n    "BR-10", scale="ci")', ["BR-1", "BR-10"]),
        ("run('BR-8')", ["BR-8"]),
        ('rerun("BR-8"); print("BR-9"); run(name)', []),
    ],
)
def test_the_claims_that_a_cell_runs_are_found(code, expected):
    assert claims_run(code) == expected


def test_the_first_picture_prefers_vectors_and_decodes_the_rest():
    from nbformat.v4 import new_code_cell, new_notebook, new_output

    text = new_output("stream", text="hello")
    png = new_output("display_data", {"image/png": "AAEC"})
    both = new_output("display_data", {"image/png": "AAEC", "image/svg+xml": ["<svg>", "</svg>"]})
    pictures = [
        first_picture(new_notebook(cells=[new_code_cell(outputs=[text, output])]))
        for output in (png, both)
    ]
    assert pictures == [("png", b"\x00\x01\x02"), ("svg", b"<svg></svg>")]
    assert first_picture(new_notebook(cells=[new_code_cell(outputs=[text])])) is None
