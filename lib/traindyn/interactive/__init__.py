"""Interactive figures without a server: a slider and switches over precomputed frames.

A chapter cell computes what each position of the slider shows and ends with the figure::

    figure = InteractiveFigure(
        title="Stationary law of v",
        description="Density of v for the chosen temperature, with the histogram of SGD.",
        slider=Slider("T / Tc", [0.1, 0.5, 0.9]),
        panels=[
            Panel(
                x_label="v", y_label="density", x_range=(0, 3), y_range=(0, 2),
                curves=[
                    Curve("theory", v, densities),              # densities: one row per position
                    Curve("SGD", edges, histograms, "steps"),   # one value per bin
                ],
            ),
        ],
        readouts={"mean": ["0.90", "0.50", "0.10"], "variance": ["0.18", "0.50", "0.18"]},
        caption="Noise moves the mean to zero; the variance grows, then falls.",
    )
    figure

The page shows the frame at ``start`` and a table of the readouts; a script adds the slider, a
button that plays it, and the switches, if there are ``choices``. Data are drawn here, in Python,
and lie inline in the page, so the figure works from a file, without a network, in print and, as its
first frame with the table, without a script. In a notebook it carries style sheet and script along;
the site has them once.
"""

from traindyn.interactive.axes import Choice, Curve, Panel, Slider, Style
from traindyn.interactive.figure import MAX_BYTES, InteractiveFigure

__all__ = ["MAX_BYTES", "Choice", "Curve", "InteractiveFigure", "Panel", "Slider", "Style"]
