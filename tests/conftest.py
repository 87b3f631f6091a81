"""Settings and checks that all tests share."""

import io
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import jaxtyping
import matplotlib as mpl
import pytest
from hypothesis import settings
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from traindyn import style
from traindyn.narrow import WIDTH, narrow
from traindyn.runs.studies import STORE
from traindyn.system.versions import THREAD_LIMITS

# One thread, as in the chapters: two threads that wait for each other on a busy machine make small
# tensors twenty times slower.
for name in THREAD_LIMITS:
    os.environ.setdefault(name, "1")

# A test computes what it looks at: it neither finds what the book has stored nor leaves anything.
STORE.root = None

# A shell starts what runs in its background deaf to Ctrl-C; what the tests interrupt must hear it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples on every run, and no time limit per example: a busy machine is not a failure.
settings.register_profile("traindyn", deadline=None, derandomize=True)
settings.load_profile("traindyn")


@pytest.fixture
def unchecked():
    """Lets arguments of a wrong type through to the function's own validation."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.fixture
def restored_style():
    """Settings of matplotlib that end with the test."""
    with mpl.rc_context():
        yield mpl.rcParams


def data_of(figure: Figure) -> list[object]:
    """What a figure draws, panel by panel, wherever it is drawn."""
    return [
        [
            [line.get_xydata().tolist() for line in axes.lines],
            [[path.vertices.tolist() for path in c.get_paths()] for c in axes.collections],
            [patch.get_path().vertices.tolist() for patch in axes.patches],
            [text.get_text() for text in axes.texts],
        ]
        for axes in figure.axes
    ]


@pytest.fixture
def same_data():
    """Checks that two figures draw the same data, and some."""

    def check(one: Figure, other: Figure) -> None:
        assert repr(data_of(one)) == repr(data_of(other))  # NaN equals itself in words
        assert any(map(any, data_of(one)))

    return check


@pytest.fixture
def draws_in_style(same_data):
    """Draws a figure of a chapter in both layouts and checks what holds for all.

    Every panel has labels, the figure a legend; colors are those of the style, nothing is wider
    than the page, and no letter on a phone is smaller than 9 pixels.
    """

    def check(draw: Callable[[], Figure]) -> Figure:
        with mpl.rc_context(style.RC):
            figure = draw()
            assert any(axes.get_legend() is not None for axes in figure.axes)
            for axes in figure.axes:
                assert axes.get_xlabel()
                named = any(label.get_text()[:1].isalpha() for label in axes.get_yticklabels())
                assert axes.get_ylabel() or named
                for line in axes.lines:
                    assert to_hex(line.get_color()) in style.COLORS
            file = io.BytesIO()
            figure.savefig(file, format="svg")
            phone = narrow(figure)
            same_data(figure, phone)
            phone.draw_without_rendering()
            assert phone.get_tightbbox().width < 1.15 * WIDTH  # scaled by that, 8 points still do
            for text in phone.findobj(Text):
                assert not text.get_text() or text.get_fontsize() * 96 / 72 >= 9
        assert 3000 < file.tell() < 300_000
        return figure

    return check


LIB = Path(__file__).parents[1] / "lib" / "traindyn"
MACHINERY = ("__init__.py", "__main__.py", "runs", "ledger", "inference", "system")
DRAWING = ("challenge", "style.py", "narrow.py")


@pytest.fixture(scope="session")
def plant():
    """Make a checkout that holds the machinery of this one; its one room is called coin."""

    def make(root: Path, claims: str) -> Path:
        package = root / "lib" / "traindyn"
        (package / "coin").mkdir(parents=True)
        (package / "coin" / "__init__.py").write_text("")
        (package / "coin" / "claims.py").write_text(claims)
        for name in MACHINERY + DRAWING:
            copy = shutil.copytree if (LIB / name).is_dir() else shutil.copyfile
            copy(LIB / name, package / name)
        (root / "_toc.yml").write_text("format: jb-book\nroot: index\n")
        return root

    return make
