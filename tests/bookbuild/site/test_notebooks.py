from __future__ import annotations

import json

import pytest

from bookbuild.site.cards import first_picture
from bookbuild.site.cells import claims_run
from bookbuild.site.notebooks import clean_notebook, write_notebooks

SOURCE = "# %% [markdown]\n# # Title\n\n# %%\nx = 1\n"


def test_a_clean_notebook_has_the_cells_and_a_kernel(tmp_path):
    source = tmp_path / "coin.py"
    source.write_text(SOURCE)
    notebook = json.loads(clean_notebook(source))
    assert [cell["cell_type"] for cell in notebook["cells"]] == ["markdown", "code"]
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert clean_notebook(source) == clean_notebook(source)


def test_with_a_repository_the_first_cell_installs_the_package(tmp_path):
    source = tmp_path / "coin.py"
    source.write_text(SOURCE)
    first = json.loads(clean_notebook(source, "https://github.com/a/b"))["cells"][0]
    text = "".join(first["source"])
    assert "except ModuleNotFoundError:" in text
    assert '"traindyn @ git+https://github.com/a/b"' in text


def test_a_missing_source_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"source must be a text notebook, got gone\.py"):
        clean_notebook(tmp_path / "gone.py")


def test_one_notebook_is_written_per_chapter(tmp_path):
    for name in ("die", "coin"):
        (tmp_path / f"{name}.py").write_text(SOURCE)
    written = write_notebooks(tmp_path, tmp_path / "out")
    assert [path.name for path in written] == ["coin.ipynb", "die.ipynb"]
    assert all(path.is_file() for path in written)


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
