"""Every figure of the chapter on planted results: labels and size of the file."""

import numpy as np
import pytest

from traindyn.interactive import MAX_BYTES
from traindyn.your_own_network import figures
from traindyn.your_own_network.results.runs import Escapes, Landscape, LensRun, LensRuns

G = np.random.default_rng(0)
COPIES, STEPS = 3, np.array([0, 10, 100, 400])


def lens_run(pairs, rows=24, columns=30):
    spectra = -np.sort(-G.exponential(size=(4, COPIES, rows)) - 0.1)
    return LensRun(
        0.1,
        1 / columns,
        (rows, columns),
        STEPS,
        2 - G.random((4, COPIES)),
        spectra,
        -np.sort(-G.random((4, COPIES, 10))),
        {pair: G.standard_normal((4, COPIES, 5)) for pair in pairs},
        {pair: 1 + G.random((4, COPIES)) for pair in pairs},
        np.full(COPIES, 0.9),
        {"weight": G.random((COPIES, 2))},
        {"weight": G.random((COPIES, 2))},
    )


CONVOLUTIONS = ("channels of the first convolution", "channels of the second convolution")
BLOCK = ("hidden units", "values and outputs", "queries and keys")
USUAL, SMALL = ((lens_run(CONVOLUTIONS, 32, 72), lens_run(BLOCK)) for _ in range(2))
RUNS = LensRuns(USUAL, SMALL, np.array([2.9, 2.8]))
LANDSCAPE = tuple(
    Landscape(
        np.arange(11.0, 0, -1),
        0.9 + 0.01 * i,
        0.1 + 0.01 * i,
        0.1,
        0.05,
        7.0,
        10.0 + i,
        6.0,
        10.0,
        0.0,
        0.1,
    )
    for i in range(COPIES)
)
FOUND = {"convolutional": LANDSCAPE, "transformer": LANDSCAPE}
ESCAPES = {
    kind: Escapes(np.array([0.1, 0.05]), 30 * G.random((2, COPIES)), 1.0, 0.2, 3.0, 0.9, 6.0)
    for kind in FOUND
}
BALANCE = dict(zip(FOUND, USUAL, strict=True))


@pytest.mark.parametrize(
    ("figure", "labels"),
    [
        (lambda: figures.indices(RUNS), {"usual start", "small start", "random matrices"}),
        (lambda: figures.stages(RUNS), {"usual start", "small start", "two directions"}),
        (lambda: figures.alignment(FOUND), {"random direction"}),
        (lambda: figures.noise(FOUND), {"proportional", "networks", "alike in all directions"}),
        (lambda: figures.balance(BALANCE), {"first convolution", *BLOCK}),
        (lambda: figures.escapes(ESCAPES, (6.0, 2.0)), {"measured", "two layers"}),
    ],
)
def test_figures_name_what_they_draw(figure, labels):
    drawn = figure()
    found = {
        text.get_text()
        for axes in drawn.axes
        if axes.get_legend()
        for text in axes.get_legend().get_texts()
    }
    assert labels <= found
    assert all(axes.get_xlabel() or axes.get_xticklabels() for axes in drawn.axes)


def test_the_moving_figure_has_a_frame_for_every_look():
    figure = figures.moving(RUNS)
    assert len(figure.frames) == 2 * 2 * len(STEPS)
    assert len(figure._repr_html_().encode()) < MAX_BYTES
    assert figure.readouts["Steps"][:4] == ["0", "10", "100", "400"]
    spectrum = figure.panels[1].curves[0].y
    assert np.isnan(spectrum[-1]).sum() == 32 - 24  # the transformer has fewer rows
