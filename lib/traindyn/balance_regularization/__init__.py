"""Law of balance: SGD noise equalizes the layers of a network with rescaling symmetry.

Reproduces Ziyin, Li and Ueda, *Law of Balance and Stationary Distribution of Stochastic Gradient
Descent* (arXiv 2308.06671).
"""
