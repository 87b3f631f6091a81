"""Closed forms and independent numerics: what the experiments should give."""
