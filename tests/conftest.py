"""Settings and checks that all tests share."""

import io
import os
import signal
from collections.abc import Callable

import jaxtyping
import matplotlib as mpl
import pytest
from hypothesis import settings
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from traindyn import style
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
def draws_in_style():
    """Draws a figure of a chapter and checks what holds for all: labels, legend, colors, size."""

    def check(draw: Callable[[], Figure]) -> Figure:
        with mpl.rc_context(style.RC):
            figure = draw()
            assert figure.axes[0].get_ylabel()
            assert any(axes.get_legend() is not None for axes in figure.axes)
            for axes in figure.axes:
                assert axes.get_xlabel()
                for line in axes.lines:
                    assert to_hex(line.get_color()) in style.COLORS
            file = io.BytesIO()
            figure.savefig(file, format="svg")
        assert 3000 < file.tell() < 300_000
        return figure

    return check
