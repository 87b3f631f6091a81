"""Studies: named runs that are drawn once, stored as data, and computed on all cores."""

from traindyn.runs.context import SCALES, Context, Scale, resolve_scale, resolve_seed
from traindyn.runs.studies import study

__all__ = ["SCALES", "Context", "Scale", "resolve_scale", "resolve_seed", "study"]
