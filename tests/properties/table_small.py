"""Properties of ``data``, ``digits``, ``style`` and ``notebook`` of ``traindyn``."""

from __future__ import annotations

import ast
import contextlib
import functools
import inspect
import math
import textwrap
from statistics import NormalDist

import matplotlib as mpl
import numpy as np
import torch
from harness import Property, close
from hypothesis import strategies as st
from matplotlib.figure import Figure
from scipy import stats
from sklearn.datasets import load_digits
from strategies import NO_NUMBERS, any_count, any_number, mistreated, numbers, samples, seeds

from traindyn import style
from traindyn.data import ScalarRegression
from traindyn.digits import handwritten_digits
from traindyn.inference import BOOK_ERROR_RATE, BOOK_RANDOM_TESTS, Estimate
from traindyn.narrow import narrow
from traindyn.notebook import show_source
from traindyn.system.lines import wrapped


def equal(actual, expected):
    return actual == expected


def made(slope, noise, inputs):
    data = ScalarRegression(slope, noise, inputs)
    return data.slope, data.noise, data.inputs


def slow_made(slope, noise, inputs):
    return float(np.asarray(slope)), float(np.asarray(noise)), inputs


TENSORS = {
    "double": lambda n: torch.zeros(n, dtype=torch.float64),
    "single": lambda n: torch.zeros(n),
    "every second": lambda n: torch.zeros(2 * n)[::2],
    "half": lambda n: torch.zeros(n, dtype=torch.float16),
    "brain": lambda n: torch.zeros(n, dtype=torch.bfloat16),
    "whole": lambda n: torch.zeros(n, dtype=torch.int64),
    "complex": lambda n: torch.zeros(n, dtype=torch.complex64),
    "graph": lambda n: torch.zeros(n, requires_grad=True),
    "overlapping": lambda n: torch.zeros(1).expand(n),
    "two axes": lambda n: torch.zeros(n, 2),
    "numpy": np.zeros,
    "nothing": lambda n: None,
}
GOOD = ("double", "single", "every second")


def source_of(seed):
    return torch.Generator().manual_seed(seed) if isinstance(seed, int) else seed


def draw(kinds, replicas, size, seed, law):
    second, cross = (TENSORS[kind](replicas) for kind in kinds)
    ScalarRegression(*law).draw_batch_means(second, cross, size, source_of(seed))
    return second.double().numpy(), cross.double().numpy()


def slow_draw(kinds, replicas, size, seed, law):
    """The same draws, and the rest of the arithmetic in numpy."""
    slope, noise, inputs = law
    generator, empty = source_of(seed), TENSORS[kinds[0]](replicas).clone()

    def uniform(low, high):
        return torch.empty_like(empty).uniform_(low, high, generator=generator).double().numpy()

    if inputs == "rademacher":
        half = math.sqrt(3) * noise
        drawn = torch.empty((size, replicas), dtype=empty.dtype)
        drawn = drawn.uniform_(slope - half, slope + half, generator=generator)
        return np.ones(replicas), drawn.double().numpy().mean(axis=0)
    if size == 1:
        angle = uniform(0, 2 * math.pi)
        energy = -np.log1p(-uniform(0, 1))
        second = energy * (1 + np.cos(angle))
        return second, noise * energy * np.sin(angle) + slope * second
    shape = torch.full_like(empty, size / 2)
    second = torch._standard_gamma(shape, generator=generator).double().numpy() * 2 / size
    normal = torch.empty_like(empty).normal_(std=noise / math.sqrt(size), generator=generator)
    return second, normal.double().numpy() * np.sqrt(second) + slope * second


def in_single_precision(actual, expected):
    scale = 1 + np.abs(expected[1]).max(initial=0)
    return all(
        a.shape == b.shape and np.abs(a - b).max(initial=0) < 2e-5 * scale
        for a, b in zip(actual, expected, strict=False)
    )


@functools.cache
def all_digits():
    return load_digits(return_X_y=True)


def slow_digits(classes):
    """Those of all images that show one of the classes."""
    images, labels = all_digits()
    return tuple(array[labels < int(np.asarray(classes))] for array in (images, labels))


def same_arrays(actual, expected):
    return all(
        np.array_equal(a, b) and a.dtype == b.dtype and not a.flags.writeable
        for a, b in zip(actual, expected, strict=True)
    )


def used():
    with mpl.rc_context():
        mpl.rcdefaults()
        style.use()
        return [mpl.rcParams[name] for name in mpl.RcParams(style.RC)]


def panels(columns, height):
    figure, axes = style.panels(columns, height)
    return len(axes), figure.get_size_inches().tolist()


def decided(found):
    """Estimates of drawn numbers; what is no tuple stays."""
    return [Estimate(*e[:2], 9, "1", e[2]) if isinstance(e, tuple) else e for e in found]


def slow_half_widths(found):
    """Of Student's law; what one of a billion degrees of freedom leaves is normal."""
    normal, tail = NormalDist(), BOOK_ERROR_RATE / (2 * BOOK_RANDOM_TESTS)
    z = -normal.inv_cdf(tail)
    widths = [z if freedom > 1e9 else stats.t.ppf(1 - tail, freedom) for *_, freedom in found]
    return [width * stderr for width, (_, stderr, _) in zip(widths, found, strict=True)]


def bars(x, found):
    axes = Figure().subplots()
    drawn = style.error_bars(axes, x, decided(found), fmt="o", label="name")
    assert drawn.get_label() == "name"
    points, _, (lines,) = drawn
    segments = np.array(lines.get_segments()).reshape(-1, 2, 2)
    return [*points.get_xdata()], [*points.get_ydata()], segments[..., 1].tolist()


def noted(text):
    figure, _ = style.panels(1)
    style.note(figure, text)
    return figure.get_supxlabel().split()


def slow_wrapped(text, letters):
    """Words one after the other, each in the line of the last one while there is room."""
    if letters < 1:
        return None
    lines = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= letters:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def stacked(figure):
    """Size of the narrow layout; a number stands for so many panels without words."""
    figure = style.panels(figure, 3.0)[0] if type(figure) is int else figure
    return narrow(figure).get_size_inches().tolist()


def slow_bars(x, found):
    """None, which equals nothing, unless there is a place for each."""
    x, widths = [float(v) for v in x], slow_half_widths(found)
    ends = [[e[0] - w, e[0] + w] for e, w in zip(found, widths, strict=False)]
    return (x, [e[0] for e in found], ends) if len(x) == len(found) else None


def same_bars(actual, expected):
    return expected is not None and all(map(close, actual, expected))


def ticks(values):
    with mpl.rc_context({"text.usetex": False}):
        axes = Figure().subplots()
        axes.set_xscale("log")
        axes.set_xlim(1e-3, 1e3)
        style.plain_ticks(axes.xaxis, values)
        shown = [axes.xaxis.get_major_formatter()(v) for v in axes.xaxis.get_majorticklocs()]
        return shown, axes.xaxis.get_minor_formatter()(5.0)


def slow_ticks(values):
    values = [float(v) for v in values]
    shown = [f"{v:g}".replace("-", "\N{MINUS SIGN}") for v in values]
    return (shown, "") if values and min(values) > 0 else None


# fmt: off
def one_line(x): "Documented."; return x  # noqa: E702
# fmt: on


def only_text():
    """Nothing but this."""


def ellipsis_first(x):
    ...
    return x


def odd_text(x):
    """Text
    at the margin."""
    text = """also
at the margin"""
    return x + text


class Owner:
    """A class."""

    def method(self, x):
        """A text that goes."""
        return x

    @functools.cached_property
    def cached(self):
        """A text that goes."""
        return 1

    @staticmethod
    def odd(x):
        """Text
        at the margin."""
        text = """also
at the margin"""
        return x + text

    @contextlib.contextmanager
    def managed(self):
        """A text that goes."""
        yield 1

    async def later(self):
        """A text that goes."""
        return 2


DEFINED = (
    one_line, only_text, ellipsis_first, odd_text, Owner.method, Owner().method, Owner.odd,
    Owner.__dict__["odd"], Owner.cached.func, Owner.managed, Owner.later, textwrap.indent,
    style.panels, show_source, inspect.getsource,
)  # fmt: skip
UNDEFINED = (
    len, Owner, Owner(), int, np.sin, torch.cos, lambda x: x, functools.partial(style.panels, 1),
    math, "style.panels", None, 3, np.zeros(2), Owner.cached, property(one_line),
)  # fmt: skip


def shown(index):
    text = str(show_source((DEFINED + UNDEFINED)[index]))
    tree = ast.parse(f"if True:\n{text}" if text[0].isspace() else text).body[0]
    return ast.dump(tree.body[0] if isinstance(tree, ast.If) else tree)


def slow_shown(index):
    """The syntax tree of the source, less its first statement if that is a text."""
    if index >= len(DEFINED):
        return None
    function = inspect.unwrap(DEFINED[index])
    lines = inspect.getsource(function)
    tree = ast.parse(f"if True:\n{lines}" if lines[0].isspace() else lines).body[0]
    definition = tree.body[0] if isinstance(tree, ast.If) else tree
    goes = ast.get_docstring(definition) is not None and len(definition.body) > 1
    if goes and definition.body[0].lineno > definition.lineno:
        del definition.body[0]
    return ast.dump(definition)


laws = st.tuples(numbers(0.1, 9), numbers(0, 9), st.sampled_from(["gaussian", "rademacher"]))
some_laws = st.tuples(
    any_number() | numbers(0.1, 9),
    any_number() | numbers(0, 9),
    st.sampled_from(["gaussian", "rademacher"]),
)
some_estimates = st.tuples(
    numbers(-9, 9), numbers(0, 2), st.sampled_from([2.0, 7.0, 40.0, math.inf])
)
kinds = st.sampled_from([("double", "double"), ("single", "single"), ("single", "every second")])
some_kinds = st.tuples(*2 * [st.sampled_from(sorted(TENSORS))])

TABLE = {
    "traindyn.data.ScalarRegression": Property(
        made,
        slow_made,
        laws,
        st.tuples(any_number(), any_number(), st.sampled_from(["gaussian", "normal", *NO_NUMBERS])),
        agree=equal,
    ),
    "traindyn.data.ScalarRegression.draw_batch_means": Property(
        draw,
        slow_draw,
        st.tuples(kinds, st.integers(1, 5), st.integers(1, 5), seeds, laws),
        st.tuples(
            kinds | some_kinds,
            st.integers(0, 5),
            any_count(),
            st.one_of(seeds, st.sampled_from([None, np.random.default_rng(0), "seed"])),
            laws | some_laws,
        ),
        agree=in_single_precision,
    ),
    "traindyn.digits.handwritten_digits": Property(
        handwritten_digits,
        slow_digits,
        st.tuples(st.integers(2, 10)),
        st.tuples(any_count() | st.integers(1, 11)),
        agree=same_arrays,
    ),
    "traindyn.style.use": Property(
        used, lambda: [*mpl.RcParams(style.RC).values()], st.tuples(), st.tuples(), agree=equal
    ),
    "traindyn.style.panels": Property(
        panels,
        lambda columns, height: (int(columns), [style.WIDTH, float(np.asarray(height))]),
        st.tuples(st.integers(1, 3), numbers(2, 5)),
        st.tuples(any_count() | st.integers(1, 3), any_number() | numbers(1, 5)),
        agree=equal,
    ),
    "traindyn.style.note": Property(
        noted,
        lambda text: text.split() or None,
        st.tuples(st.text("ab =,;é", min_size=1).filter(str.strip)),
        st.tuples(st.sampled_from(["", " ", *NO_NUMBERS])),
        agree=equal,
    ),
    "traindyn.system.lines.wrapped": Property(
        wrapped,
        slow_wrapped,
        st.tuples(st.text("ab ", max_size=30), st.integers(1, 9)),
        st.tuples(st.sampled_from(["a b", *NO_NUMBERS]), st.integers(-1, 2)),
        agree=equal,
    ),
    "traindyn.narrow.narrow": Property(
        stacked,
        lambda columns: [3.6, columns * 0.46 * 3.0],
        st.tuples(st.integers(1, 3)),
        st.tuples(st.sampled_from(NO_NUMBERS)),
    ),
    "traindyn.style.half_widths": Property(
        lambda found: style.half_widths(decided(found)),
        slow_half_widths,
        st.tuples(st.lists(some_estimates, max_size=4)),
        st.tuples(st.lists(some_estimates | st.sampled_from(NO_NUMBERS), max_size=4)),
    ),
    "traindyn.style.error_bars": Property(
        bars,
        slow_bars,
        st.lists(st.tuples(numbers(-9, 9), some_estimates), max_size=4).map(
            lambda pairs: ([x for x, _ in pairs], [e for _, e in pairs])
        ),
        st.tuples(mistreated(samples(0, 3)), st.lists(some_estimates, max_size=3)),
        agree=same_bars,
    ),
    "traindyn.style.plain_ticks": Property(
        ticks,
        slow_ticks,
        st.tuples(samples(1, 4).map(lambda x: np.abs(x) + 0.1)),
        st.tuples(mistreated(samples(0, 4).map(lambda x: np.abs(x) + 0.1))),
        agree=equal,
    ),
    "traindyn.notebook.show_source": Property(
        shown,
        slow_shown,
        st.tuples(st.integers(0, len(DEFINED) - 1)),
        st.tuples(st.integers(0, len(DEFINED) + len(UNDEFINED) - 1)),
        agree=equal,
    ),
}
