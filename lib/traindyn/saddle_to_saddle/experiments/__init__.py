"""Simulations: deep linear networks, their costs, flows and descents."""
