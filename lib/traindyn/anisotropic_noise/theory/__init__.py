"""Closed forms: covariances, spectra, currents, flatness, two layers."""
