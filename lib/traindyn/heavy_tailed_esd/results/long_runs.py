"""Results of long runs."""

from __future__ import annotations

from traindyn.heavy_tailed_esd.experiments.long_runs import LongRun

__all__ = ["LongRun"]
