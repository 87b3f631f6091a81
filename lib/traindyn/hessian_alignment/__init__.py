"""Hessian alignment: SGD moves inside the outlier eigenspaces of its Hessian and gradient matrix.

Reproduces Ben Arous, Gheissari, Huang and Jagannath, *High-dimensional SGD aligns with emerging
outlier eigenspaces* (arXiv 2310.03010).
"""
