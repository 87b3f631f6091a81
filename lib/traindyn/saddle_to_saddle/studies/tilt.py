"""Escapes over the scale of the start: how straight a network leaves zero, and when."""

from __future__ import annotations

from traindyn.runs import Context, study
from traindyn.saddle_to_saddle.results.escape import EscapeRun
from traindyn.saddle_to_saddle.studies.escape_runs import run_escapes

STARTS = {"ci": 48, "laptop": 48, "paper": 96}
"""Enough for a median whose interval leaves the outermost starts out."""


@study(stream="SS-10")
def tilts(context: Context, depth: int, values: tuple[float, ...]) -> EscapeRun:
    """Escapes of one depth to a target with these singular values."""
    generator = context.numpy_generator(f"depth {depth}, {values}")
    return run_escapes(depth, values, context.choose(**STARTS), generator)
