"""Anisotropic noise: how the weights of a trained linear network fluctuate, and why.

Reproduces Gross, Raulf and Räth, *Weight fluctuations in (deep) linear neural networks and a
derivation of the inverse-variance flatness relation* (arXiv 2311.14120).
"""
