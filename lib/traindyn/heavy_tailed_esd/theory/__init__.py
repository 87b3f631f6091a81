"""Closed forms: the first step, its spike, and what random weights give without training."""
