"""Simulations: full-batch training of a two-layer network, and the spectrum of its weights."""
