"""What the digits section shows."""

from __future__ import annotations

from traindyn.hessian_alignment.experiments.digits import LayerAlignment, Part

__all__ = ["LayerAlignment", "Part"]
