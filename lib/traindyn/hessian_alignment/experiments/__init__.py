"""Simulations: one-pass SGD on mixtures, and the spectra of its Hessians and gradients."""
