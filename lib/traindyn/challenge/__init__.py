"""Challenges: a claim under other arguments, seeds, bounds, and how its verdict moves."""
