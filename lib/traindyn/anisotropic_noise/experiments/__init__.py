"""Simulations: stochastic gradient descent of many replicas of linear networks."""
