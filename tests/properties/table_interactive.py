"""Properties of ``traindyn.interactive``."""

from __future__ import annotations

import functools
import itertools
import json
import math
import re
import xml.etree.ElementTree as ET

import numpy as np
from harness import Property
from hypothesis import strategies as st
from strategies import NO_NUMBERS, any_count, any_number, mistreated, numbers, samples

from traindyn.interactive import Choice, Curve, InteractiveFigure, Panel, Slider, axes, drawing

texts = st.text("ab é<>&\"'0", min_size=1, max_size=6).filter(str.strip)
some_texts = st.one_of(
    texts, st.sampled_from(["", " ", "\ud800", "</script>", "<!--", *NO_NUMBERS])
)


def equal(actual, expected):
    return actual == expected


def slider(label, values, start):
    made = Slider(label, values, start)
    return made.first, made.texts


def slow_slider(label, values, start):
    shown = [f"{float(v):g}" for v in values]
    rises = all(a < b for a, b in itertools.pairwise(values)) and len(set(shown)) == len(shown)
    good = rises and len(shown) > 1 and label.strip() and all(map(math.isfinite, values))
    first = len(shown) // 2 if start == -1 else start
    return (first, shown) if good and 0 <= first < len(shown) else None


def choice(label, options):
    return list(Choice(label, options).options)


def slow_choice(label, options):
    good = isinstance(options, list) and len(options) > 1 and all(map(str.strip, options))
    return options if good and label.strip() and len({*options}) == len(options) else None


def place(axis, values, ends, logarithmic):
    """Pixels on an axis, of which the other is short and plain."""
    x, y = (ends, (0, 1)) if axis == "right" else ((0, 1), ends)
    scale = ("x" if axis == "right" else "y") if logarithmic else ""
    made = Panel("x", "y", x, y, [Curve("c", [0, 1], [0, 1])], scale)
    return getattr(made, axis)(values)


def slow_place(start, stop):
    def where(values, ends, logarithmic):
        if logarithmic:
            if min(map(float, ends)) <= 0:
                return None
            values = np.array(values, dtype=float)
            values = [math.log10(v) if v > 0 else math.nan for v in values.ravel()]
            ends = [math.log10(float(end)) for end in ends]
        return slow_pixels(values, ends, start, stop)

    return where


def curve(label, x, y, style):
    made = Curve(label, x, y, style)
    return made.frames, made.x.shape, made.y.shape


def slow_curve(label, x, y, style):
    x, y = np.array(x, dtype=float), np.array(y, dtype=float)
    extra = style == "steps"
    frames = {len(a) for a in (x, y) if a.ndim == 2}
    good = x.shape[-1] == y.shape[-1] + extra and len(frames) < 2 and np.isfinite(x).all()
    good = good and y.size and label.strip() and not (extra and (np.diff(x) <= 0).any())
    return (*(frames or {None}), x.shape, y.shape) if good else None


def slow_pixels(values, ends, start=54, stop=370):
    values = np.array(values, dtype=float)
    found = np.full(values.shape, np.nan)
    for i, v in np.ndenumerate(values):
        if math.isfinite(v):
            part = (float(v) - float(ends[0])) / (float(ends[1]) - float(ends[0]))
            found[i] = round(start + (stop - start) * min(max(part, -1), 2), 1)
    return found


def with_gaps(actual, expected):
    """A tenth may be rounded to either side."""
    return actual.shape == expected.shape and bool(
        np.allclose(actual, expected, atol=0.11, rtol=0, equal_nan=True)
    )


def path(x, y, style, frame):
    one = Curve("c", x, y, style)
    return Panel("x", "y", (-3, 3), (-3, 3), [one]).path(one, frame)


def marks(x, y, style, frame):
    """The numbers of the path, letter by letter."""
    x, y = np.array(x, dtype=float), np.array(y, dtype=float)
    last = max([len(a) for a in (x, y) if a.ndim == 2], default=10_000)
    if frame < 0 or frame >= last:
        return None
    x = x[frame] if x.ndim == 2 else x
    y = y[frame] if y.ndim == 2 else y
    right = [slow_pixels(a, (-3, 3), axes.LEFT, axes.RIGHT) for a in x]
    down = [slow_pixels(b, (-3, 3), axes.BOTTOM, axes.TOP) for b in y]
    drawn, pen = "", "M"
    for i, b in enumerate(down):
        if not np.isfinite(b):
            pen = "M"
            continue
        if style == "steps":
            drawn += f"M{right[i]:g} {b:g}" if pen == "M" else f"V{b:g}"
            drawn += f"H{right[i + 1]:g}"
            pen = "V"
        else:
            drawn += f"{pen}{right[i]:g} {b:g}" + ("h0" if style == "points" else "")
            pen = "M" if style == "points" else "L"
    return drawn


def same_path(actual, expected):
    letters = re.sub(r"[-0-9.]+", "#", actual) == re.sub(r"[-0-9.]+", "#", expected)
    ours, theirs = (
        [float(n) for n in re.findall(r"-?[0-9.]+", drawn)] for drawn in (actual, expected)
    )
    return letters and bool(np.allclose(ours, theirs, atol=0.11, rtol=0))


def panel(label, x_range, y_range, number):
    made = Panel(label, "y", x_range, y_range, [Curve("c", [0, 1], [0, 1])] * number)
    return len(made.curves)


def slow_panel(label, x_range, y_range, number):
    good = label.strip() and all(float(a) < float(b) for a, b in (x_range, y_range))
    return number if good and 1 <= number <= 5 else None


def drawn(label, description, x_range, frame):
    moving = Curve(label, np.arange(3.0), np.eye(3))
    made = drawing.svg(Panel(label, label, x_range, (0, 1), [moving]), frame, description)
    tree = ET.fromstring(made)
    shown = [e.text for e in tree.iter("text")]
    inside = [float(e.get("x")) for e in tree.iter("text") if e.get("x")]
    return (
        tree.get("aria-label"),
        shown.count(label) >= 3,
        min(inside) >= 0,
        max(inside) <= axes.WIDTH,
    )


def slow_drawn(label, description, x_range, frame):
    good = label.strip() and description.strip() and 0 <= frame < 3
    return (description, True, True, True) if good else None


def figure(title, names, number, start):
    made = InteractiveFigure(
        title=title,
        description=title,
        slider=Slider("s", list(range(number)), start),
        panels=[Panel("x", "y", (0, 3), (0, 1), [Curve("c", np.arange(3), np.eye(number, 3))])],
        caption=title,
        readouts={name: [f"{name}{i}" for i in range(number)] for name in names},
    )
    html = made.html()
    data = html.split('<script type="application/json">')[1].split("</script>")
    assert len(data) == 2
    found = json.loads(data[0])
    return found["values"], found["readouts"], len(found["paths"])


def slow_figure(title, names, number, start):
    readouts = [[f"{name}{i}" for name in dict.fromkeys(names)] for i in range(number)]
    good = title.strip() and number > 1 and all(name.strip() for name in names)
    return ([str(i) for i in range(number)], readouts if names else [], number) if good else None


increasing = st.lists(st.integers(-99, 99), min_size=2, max_size=6, unique=True).map(sorted)
ranges = st.tuples(numbers(-9, 0), numbers(1, 9))
positive = st.tuples(numbers(0.01, 0.5), numbers(1, 9))
some_ranges = st.one_of(
    ranges, st.tuples(any_number(), any_number()), st.sampled_from([None, "ab"])
)
styles = st.sampled_from(["line", "points", "steps"])
STEPS = {"line": 0, "points": 0, "steps": 1}


@st.composite
def curves(draw, wild=False):
    style, n = draw(styles), draw(st.integers(1, 5))
    x = np.linspace(-2, 2, n + STEPS[style]) if n + STEPS[style] > 1 else np.zeros(1)
    y = draw(samples(n, n))
    y[draw(st.integers(0, n - 1))] = draw(st.sampled_from([1.0, np.nan, np.inf]))
    if draw(st.booleans()):
        y = np.array([y, y + 1])
    if wild:
        x, y = draw(mistreated(st.just(x))), draw(mistreated(st.just(y)))
        style = draw(styles | st.sampled_from([None, "bars", [1]]))
    return x, y, style


TABLE = {
    "traindyn.interactive.axes.Slider": Property(
        slider,
        slow_slider,
        st.tuples(texts, increasing, st.sampled_from([-1, 0, 1])),
        st.tuples(
            some_texts,
            mistreated(increasing.map(np.array)) | st.lists(any_number(), max_size=3),
            any_count() | st.just(-1),
        ),
        agree=equal,
    ),
    "traindyn.interactive.axes.Choice": Property(
        choice,
        slow_choice,
        st.tuples(texts, st.lists(texts, min_size=2, max_size=4, unique=True)),
        st.tuples(some_texts, st.lists(some_texts, max_size=3) | some_texts),
        agree=equal,
    ),
    "traindyn.interactive.axes.Curve": Property(
        lambda label, c: curve(label, *c),
        lambda label, c: slow_curve(label, *c),
        st.tuples(texts, curves()),
        st.tuples(some_texts, curves(wild=True)),
        agree=equal,
    ),
    "traindyn.interactive.axes.Panel": Property(
        panel,
        slow_panel,
        st.tuples(texts, ranges, ranges, st.integers(1, 5)),
        st.tuples(some_texts, some_ranges, some_ranges, st.integers(0, 7)),
        agree=equal,
    ),
    "traindyn.interactive.axes.Panel.path": Property(
        lambda c, frame: path(*c, frame),
        lambda c, frame: marks(*c, frame),
        st.tuples(curves(), st.just(0)),
        st.tuples(curves(wild=True), any_count()),
        agree=same_path,
    ),
    **{
        f"traindyn.interactive.axes.Panel.{axis}": Property(
            functools.partial(place, axis),
            slow_place(start, stop),
            st.tuples(samples(1, 5), ranges | positive, st.just(False))
            | st.tuples(samples(1, 5), positive, st.just(True)),
            st.tuples(mistreated(samples(1, 5)), some_ranges, st.booleans()),
            agree=with_gaps,
        )
        for axis, start, stop in (("right", 54, 370), ("down", 232, 14))
    },
    "traindyn.interactive.axes.pixels": Property(
        lambda values, ends: axes.pixels(values, ends, 54, 370),
        slow_pixels,
        st.tuples(samples(1, 5), ranges),
        st.tuples(mistreated(samples(0, 5)), some_ranges),
        agree=with_gaps,
    ),
    "traindyn.interactive.drawing.svg": Property(
        drawn,
        slow_drawn,
        st.tuples(texts, texts, st.just((0.001, 0.009)), st.integers(0, 2)),
        st.tuples(some_texts, some_texts, some_ranges, any_count()),
        agree=equal,
    ),
    "traindyn.interactive.figure.InteractiveFigure": Property(
        figure,
        slow_figure,
        st.tuples(texts, st.lists(texts, max_size=2), st.integers(2, 4), st.just(-1)),
        st.tuples(
            some_texts,
            st.lists(some_texts.filter(lambda t: t.__hash__), max_size=2),
            st.integers(0, 4),
            st.just(-1),
        ),
        agree=equal,
    ),
}
